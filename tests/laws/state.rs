//! Laws on state: an effect is never lost, never half done, and an assertion that may be used once is used once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::thread;

use proptest::prelude::*;
use serde_json::Value;
use tenantproof_mocks::landscape::profile::switch;
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::state::{CommitError, Effect, Job, JobKey, State, TokenIdKey};
use tenantproof_mocks::wire::Response;

use crate::law::{Premise, holds, holds_in};
use crate::plan::{AGENT_PATH, plans};

/// What a state remembers, in plain maps.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    token_ids: BTreeMap<TokenIdKey, u64>,
    jobs: BTreeMap<JobKey, Job>,
}

impl Model {
    fn of(state: &State) -> Self {
        Self {
            token_ids: state
                .token_ids
                .iter()
                .map(|(key, until)| (key.clone(), *until))
                .collect(),
            jobs: state.jobs.iter().map(|(key, job)| (key.clone(), job.clone())).collect(),
        }
    }

    fn commit(&self, effects: &[Effect], now: u64) -> Option<Self> {
        let mut after = self.clone();
        for effect in effects {
            match effect {
                Effect::SpendTokenId { key, until } => {
                    if after.token_ids.get(key).is_some_and(|until| now <= *until) {
                        return None;
                    }
                    after.token_ids.insert(key.clone(), *until);
                }
                Effect::StartJob { key, job } => {
                    if after.jobs.insert(key.clone(), job.clone()).is_some() {
                        return None;
                    }
                }
            }
        }
        Some(after)
    }
}

/// Effects on few keys, so that they meet; ids are spent until one of these seconds.
fn effects(until: Range<u64>) -> impl Strategy<Value = Vec<Effect>> {
    let key = prop::sample::select(&["a", "b", "c", "d"][..]);
    let spend = (key.clone(), key.clone(), until).prop_map(|(client, id, until)| Effect::SpendTokenId {
        key: ("domain".to_owned(), client.to_owned(), id.to_owned()),
        until,
    });
    let start = (key, 0_u64..50).prop_map(|(id, started)| Effect::StartJob {
        key: ("pod".to_owned(), id.to_owned()),
        job: Job {
            agent: "agent".to_owned(),
            user: "user".to_owned(),
            conversation: "conversation".to_owned(),
            started,
        },
    });
    prop::collection::vec(prop_oneof![3 => spend, 1 => start], 0..3)
}

#[test]
fn effects_hold_all_or_not_at_all() {
    let commits = prop::collection::vec((effects(0..50), 0_u64..50), 1..12);
    holds(file!(), commits, |commits| {
        let (mut state, mut model, mut refused) = (State::default(), Model::default(), 0);
        for (effects, now) in commits {
            match (state.commit(&effects, now), model.commit(&effects, now)) {
                (Ok(after), Some(expected)) => {
                    prop_assert_eq!(&Model::of(&after), &expected);
                    (state, model) = (after, expected);
                }
                (Err(error), None) => {
                    prop_assert_eq!(error, CommitError::Conflict);
                    prop_assert_eq!(&Model::of(&state), &model);
                    refused += 1;
                }
                (committed, expected) => prop_assert!(false, "{:?}, but {:?}", committed, expected),
            }
            for (key, until) in &model.token_ids {
                prop_assert_eq!(state.is_spent(key, now), now <= *until);
            }
        }
        Ok((refused > 0).into())
    });
}

#[test]
fn of_two_decisions_on_one_snapshot_none_is_lost() {
    // No decision spends an id whose time is over.
    let effects = || effects(50..100);
    holds(
        file!(),
        (effects(), effects(), effects(), 0_u64..50),
        |(before, one, other, now)| {
            let Ok(snapshot) = State::default().commit(&before, now) else {
                return Ok(Premise::Missed);
            };
            // Both were decided on the snapshot, so each would hold there alone.
            let (Ok(first), Ok(_)) = (snapshot.commit(&one, now), snapshot.commit(&other, now)) else {
                return Ok(Premise::Missed);
            };
            let in_order = first.commit(&other, now);
            let turned = snapshot.commit(&other, now).and_then(|second| second.commit(&one, now));
            match (in_order, turned) {
                (Ok(both), Ok(turned)) => {
                    let both = Model::of(&both);
                    prop_assert_eq!(&both, &Model::of(&turned));
                    for effect in one.iter().chain(&other) {
                        let is_there = match effect {
                            Effect::SpendTokenId { key, until } => both.token_ids.get(key) == Some(until),
                            Effect::StartJob { key, job } => both.jobs.get(key) == Some(job),
                        };
                        prop_assert!(is_there, "{:?} was lost", effect);
                    }
                }
                (in_order, turned) => prop_assert_eq!(in_order.is_err(), turned.is_err()),
            }
            Ok(Premise::Held)
        },
    );
}

#[test]
fn of_many_who_send_one_assertion_at_once_one_gets_a_token() {
    holds_in(48, file!(), (plans(), any::<bool>()), |(plan, single_use)| {
        let mut world = plan.world();
        let setting = if single_use { "on" } else { "off" };
        let profile = &mut world.landscape.profile;
        profile.set(switch::SINGLE_USE_ASSERTIONS, setting).unwrap();
        let request = world.exchange(&world.assertion(&[]));
        let mock = Mock::fixed(world.landscape.clone(), world.now, world.seed);
        let statuses = at_once(4, || mock.answer(&request).status);
        let granted = statuses.iter().filter(|status| **status == 200).count();
        prop_assert_eq!(granted, if single_use { 1 } else { 4 });
        Ok(single_use.into())
    });
}

#[test]
fn jobs_that_are_started_at_once_are_all_there() {
    holds_in(48, file!(), plans(), |plan| {
        let world = plan.world();
        let mock = Mock::fixed(world.landscape.clone(), world.now, world.seed);
        let scope = world.landscape.pods[&world.pod].agent_scope();
        let granted = mock.answer(&world.exchange_for(&world.assertion(&[]), &scope));
        let token = member(&granted, "access_token");
        let call = world.call("POST", AGENT_PATH, &token, r#"{"message":"Hello?"}"#);
        for job in at_once(4, || member(&mock.answer(&call), "jobId")) {
            let path = AGENT_PATH.replace("invokeAsync", &format!("status/{job}"));
            prop_assert_eq!(mock.answer(&world.call("GET", &path, &token, "")).status, 200);
        }
        Ok(Premise::Held)
    });
}

/// A text in the body of an answer; nothing where it is not there.
fn member(answer: &Response, name: &str) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body[name].as_str().unwrap_or_default().to_owned()
}

/// Does the same on so many threads, and gives what came of it.
fn at_once<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"))
            .collect()
    })
}

//! Laws on state: an effect is never lost, never half done, and an assertion that may be used once is used once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::thread;

use proptest::prelude::*;
use serde_json::Value;
use tenantproof_mocks::landscape::profile::switch;
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::state::{CommitError, Effect, Expects, Key, Kind, State, Thing};
use tenantproof_mocks::wire::Response;

use crate::law::{Premise, holds, holds_in};
use crate::plan::{AGENT_PATH, plans};

/// What a state remembers, in a plain map: version and last second of each id.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    kept: BTreeMap<Key, (u64, u64)>,
}

impl Model {
    fn of(state: &State) -> Self {
        let kept = state.all(Kind::TokenId).map(|((site, id), kept)| {
            let key = Key::new(Kind::TokenId, site, id);
            (key, (kept.version, kept.until))
        });
        Self { kept: kept.collect() }
    }

    fn commit(&self, effects: &[Effect], now: u64) -> Option<Self> {
        let mut after = self.clone();
        for effect in effects {
            let Effect::Keep { key, expects, thing } = effect else {
                continue;
            };
            let found = after.kept.get(key).filter(|(_, until)| now <= *until);
            let version = found.map(|(version, _)| *version);
            let is_expected = match expects {
                Expects::Anything => true,
                Expects::Absent => version.is_none(),
                Expects::Version(wanted) => version == Some(*wanted),
            };
            if !is_expected {
                return None;
            }
            match thing {
                Some((_, until)) => {
                    after
                        .kept
                        .insert(key.clone(), (version.unwrap_or_default() + 1, *until));
                }
                None => {
                    after.kept.remove(key);
                }
            }
        }
        Some(after)
    }
}

/// Effects on few keys, so that they meet; what they keep, they keep until one of these seconds.
fn effects(until: Range<u64>) -> impl Strategy<Value = Vec<Effect>> {
    let key =
        prop::sample::select(&["a", "b", "c", "d", "e", "f"][..]).prop_map(|id| Key::new(Kind::TokenId, "domain", id));
    let expects = prop_oneof![
        12 => Just(Expects::Absent),
        3 => (1_u64..3).prop_map(Expects::Version),
        1 => Just(Expects::Anything),
    ];
    let thing = prop_oneof![
        6 => until.prop_map(|until| Some((Thing::Mark, until))),
        1 => Just(None),
    ];
    let effect = (key, expects, thing).prop_map(|(key, expects, thing)| Effect::Keep { key, expects, thing });
    prop::collection::vec(effect, 0..3)
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
            for (key, (_, until)) in &model.kept {
                prop_assert_eq!(state.get(key, now).is_some(), now <= *until);
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
            // What takes whatever it finds claims nothing, so it may be overwritten.
            let claims = |effect: &Effect| {
                !matches!(
                    effect,
                    Effect::Keep {
                        expects: Expects::Anything,
                        ..
                    }
                )
            };
            if !one.iter().chain(&other).all(claims) {
                return Ok(Premise::Missed);
            }
            // Both were decided on the snapshot, so each would hold there alone.
            let (Ok(first), Ok(second)) = (snapshot.commit(&one, now), snapshot.commit(&other, now)) else {
                return Ok(Premise::Missed);
            };
            let before = Model::of(&snapshot);
            for both in [first.commit(&other, now), second.commit(&one, now)]
                .into_iter()
                .flatten()
            {
                let both = Model::of(&both);
                for after in [Model::of(&first), Model::of(&second)] {
                    let keys = before.kept.keys().chain(after.kept.keys());
                    for key in keys.filter(|key| before.kept.get(key) != after.kept.get(key)) {
                        prop_assert_eq!(both.kept.get(key), after.kept.get(key), "{:?} was lost", key);
                    }
                }
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

//! Laws on user assertions: what else may stand in one, when it is good, what it must say, and for whom.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tenantproof_harness::token::{Alteration, Edit, Part};
use tenantproof_mocks::decide::Decision;

use crate::law::holds;
use crate::plan::{json_values, plans, signed};

/// The claims that mean something to a domain.
const KNOWN: [&str; 7] = ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"];

fn is_accepted(decision: &Decision) -> bool {
    decision.answer.status == 200
}

fn claim(name: &str, edit: Edit) -> Alteration {
    Alteration::Member {
        part: Part::Claims,
        name: name.to_owned(),
        edit,
    }
}

/// Members that nobody knows.
fn unknown_members() -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::btree_map("x?[A-Z_/: äß-]{1,8}", json_values(), 0..4)
        .prop_map(|members| members.into_iter().collect())
}

#[test]
fn unknown_members_and_their_order_change_nothing() {
    let orders = prop::collection::vec(any::<Index>(), 16);
    let cases = (plans(), unknown_members(), unknown_members(), orders);
    holds(file!(), cases, |(plan, more_header, more_claims, order)| {
        let world = plan.world();
        let plain = world.assertion(&[]);
        let reordered = |mut members: Vec<(String, Value)>, more: Vec<(String, Value)>| {
            members.extend(more);
            for (at, other) in order.iter().enumerate().take(members.len()) {
                let other = other.index(members.len());
                members.swap(at, other);
            }
            members
        };
        let changed = signed(
            reordered(world.header(), more_header),
            reordered(world.claims(), more_claims),
            &[],
        );
        let before = world.answer(&world.exchange(&plain));
        prop_assert_eq!(before.status, 200);
        prop_assert_eq!(before, world.answer(&world.exchange(&changed)));
        Ok((plain != changed).into())
    });
}

#[test]
fn an_assertion_is_good_from_its_start_to_its_end_give_or_take_the_leeway() {
    let cases = (
        plans(),
        0_u64..600,
        0_u64..600,
        1_u64..3000,
        any::<Index>(),
        any::<Index>(),
    );
    holds(file!(), cases, |(plan, issued, begins, lives, inside, far)| {
        let world = plan.world();
        let (issued, begins) = (world.now + issued, world.now + begins);
        let start = issued.max(begins);
        let end = start + lives.min(3600 - (start - issued));
        let times = [("iat", issued), ("nbf", begins), ("exp", end)];
        let times = times.map(|(name, time)| claim(name, Edit::Set(json!(time).into())));
        let request = world.exchange(&world.assertion(&times));

        let leeway = world.domain().leeway;
        let (first, past) = (start - leeway, end + leeway);
        let within = first + u64::try_from(inside.index(usize::try_from(past - first).unwrap())).unwrap();
        for now in [first, within, past - 1] {
            prop_assert!(is_accepted(&world.decide_at(now, &request)), "refused at {}", now);
        }
        let far = u64::try_from(far.index(900_000_000)).unwrap();
        for now in [first - 1, first - 1 - far, past, past + far] {
            prop_assert!(!is_accepted(&world.decide_at(now, &request)), "accepted at {}", now);
        }
        Ok((leeway > 0 && issued != begins).into())
    });
}

#[test]
fn an_assertion_without_a_required_claim_is_refused() {
    let cases = (plans(), prop::sample::select(&["iss", "sub", "aud", "exp"][..]));
    holds(file!(), cases, |(plan, name)| {
        let world = plan.world();
        let whole = world.exchange(&world.assertion(&[]));
        let lacking = world.exchange(&world.assertion(&[claim(name, Edit::Remove)]));
        prop_assert!(!is_accepted(&world.decide(&lacking)));
        Ok(is_accepted(&world.decide(&whole)).into())
    });
}

/// The types of RFC 7519 section 4.1, stated once more.
fn type_is_allowed(name: &str, value: &Value) -> bool {
    match name {
        "iat" | "nbf" | "exp" => value.is_number(),
        "aud" => value.is_string() || value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        _ => value.is_string(),
    }
}

#[test]
fn a_claim_of_a_type_that_its_definition_does_not_allow_is_refused() {
    let values = prop_oneof![
        json_values(),
        Just(json!([1])),
        Just(json!("1795176000")),
        Just(json!({ "value": 1 })),
    ];
    let cases = (plans(), prop::sample::select(&KNOWN[..]), values);
    holds(file!(), cases, |(plan, name, value)| {
        let world = plan.world();
        let wrong = !type_is_allowed(name, &value);
        let request = world.exchange(&world.assertion(&[claim(name, Edit::Set(value.into()))]));
        prop_assert!(!wrong || !is_accepted(&world.decide(&request)));
        Ok(wrong.into())
    });
}

#[test]
fn one_audience_of_several_is_enough_and_without_it_none_is() {
    let edit = (any::<Index>(), prop_oneof![Just(None), any::<char>().prop_map(Some)]);
    let other = prop_oneof!["\\PC{0,24}".prop_map(Err), (any::<Index>(), edit).prop_map(Ok)];
    let cases = (
        plans(),
        any::<Index>(),
        prop::collection::vec(other, 0..4),
        any::<Index>(),
    );
    holds(file!(), cases, |(plan, accepted, others, place)| {
        let world = plan.world();
        let right = world.accepted_audiences();
        // Strangers, and texts that are one character away from an accepted audience.
        let near = |(which, (at, with)): (Index, (Index, Option<char>))| {
            let mut text: Vec<char> = which.get(&right).chars().collect();
            let at = at.index(text.len());
            match with {
                Some(other) => text[at] = other,
                None => drop(text.remove(at)),
            }
            text.into_iter().collect::<String>()
        };
        let mut audiences: Vec<String> = others
            .into_iter()
            .map(|other| other.map_or_else(|text| text, near))
            .collect();
        let nobody = !audiences.iter().any(|audience| right.contains(audience));
        let of = |audiences: &[String]| {
            let set = claim("aud", Edit::Set(json!(audiences).into()));
            world.decide(&world.exchange(&world.assertion(&[set])))
        };
        if nobody {
            prop_assert!(!is_accepted(&of(&audiences)), "accepted {:?}", audiences);
        }
        let place = place.index(audiences.len() + 1);
        audiences.insert(place, accepted.get(&right).clone());
        prop_assert!(is_accepted(&of(&audiences)), "refused {:?}", audiences);
        Ok((nobody && audiences.len() > 1).into())
    });
}

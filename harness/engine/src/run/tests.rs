//! What runs come to: verdicts, skips and their reasons, isolation and order, on a small server with known faults.

use crate::system::Stop;

use super::for_tests::{Faults, TABLE, levers, library, library_with, server};
use super::*;
use crate::flow::for_tests::{Fake, cast, cast_of};
use crate::flow::{Cast, Forgeries, Nature};
use crate::scenario::Library;
use crate::scenario::model::Effect;
use crate::system::Levers;

/// One run and what it can differ in.
struct Attempt {
    library: Library,
    cast: Cast,
    system: Fake,
    profile: &'static str,
    switches: Vec<(String, String)>,
    select: Vec<String>,
    require: Vec<String>,
    jobs: usize,
    is_interrupted: bool,
}

impl Attempt {
    fn on(faults: &[&str]) -> Self {
        Self {
            library: library(),
            cast: cast(),
            system: server(levers(), Faults::of(faults)),
            profile: "rfc",
            switches: Vec::new(),
            select: Vec::new(),
            require: Vec::new(),
            jobs: 2,
            is_interrupted: false,
        }
    }

    /// A server of somebody else, who lends nothing.
    fn elsewhere(faults: &[&str]) -> Self {
        let effects = vec![Effect::Token, Effect::Invoke];
        let mut system = server(Levers::default(), Faults::of(faults));
        system.can_fork = false;
        let mut target = crate::flow::for_tests::target();
        target.allow.effects.clone_from(&effects);
        target.allow.agents.push("HELPER".to_owned());
        Self {
            cast: Cast::new(target, Nature::Foreign { effects }),
            system,
            ..Self::on(&[])
        }
    }

    fn run(&self) -> RunRecord {
        self.run_with(&mut |_| {})
    }

    fn run_with(&self, on_event: &mut dyn FnMut(Event<'_>)) -> RunRecord {
        let wanted = Wanted {
            profile: self.profile,
            switches: &self.switches,
            select: &self.select,
        };
        let plan = Plan::new(
            &self.library,
            &self.cast,
            crate::system::System::levers(&self.system),
            wanted,
        )
        .unwrap();
        let stop = Stop::default();
        if self.is_interrupted {
            stop.say("somebody said so");
        }
        let settings = Settings {
            cast: &self.cast,
            seed: "7",
            jobs: self.jobs,
            require: &self.require,
            command: "tenantproof run",
            carrier: None,
            started: None,
            plan: None,
            forgeries: &Forgeries::default(),
            exchanges: Exchanges::Recorded,
            stop: Some(&stop),
        };
        run(&plan, &settings, &self.system, on_event)
    }

    /// The verdicts by the part of the id behind the table's name.
    fn verdicts(&self) -> Vec<(String, Verdict)> {
        let cases = self.run().cases.into_iter();
        cases
            .map(|case| (case.id.trim_start_matches("table#").to_owned(), case.verdict))
            .collect()
    }

    fn case(&self, id: &str) -> CaseRecord {
        let cases = self.run().cases.into_iter();
        cases
            .into_iter()
            .find(|case| case.id == id)
            .unwrap_or_else(|| panic!("no case {id}"))
    }
}

fn differing(faults: &[&str]) -> Vec<(String, Verdict)> {
    let sound = Attempt::on(&[]).verdicts();
    let broken = Attempt::on(faults).verdicts();
    broken
        .into_iter()
        .zip(sound)
        .filter_map(|(broken, sound)| (broken != sound).then_some(broken))
        .collect()
}

#[test]
fn a_sound_server_passes_and_its_journal_agrees() {
    let record = Attempt::on(&[]).run();
    for case in &record.cases {
        assert_eq!(case.verdict, Verdict::Pass, "{case:#?}");
        assert_eq!(case.evidence, Evidence::Witnessed, "{}", case.id);
    }
    let ids: Vec<&str> = record.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(
        ids[..4],
        ["flow", "table#stranger:one", "table#stranger:other", "table#expired"]
    );
    assert_eq!(record.summary.pass, 10);
    assert_eq!(exit_code(&record.cases, Strictness::Strict), 0);
    assert_eq!(
        record.cases[1].reproduce,
        "tenantproof run 'table#stranger:one' --profile rfc --seed 7"
    );
    let exchange = &record.cases[1].exchanges[0];
    assert_eq!((exchange.step.as_str(), exchange.status), ("token", Some(400)));
}

#[test]
fn the_record_does_not_depend_on_the_threads() {
    let texts = [1, 4].map(|jobs| {
        let attempt = Attempt {
            jobs,
            ..Attempt::on(&["assertion.subject"])
        };
        let cases = attempt.run().cases.into_iter();
        let cases = cases.map(|case| (case.id, case.verdict, case.reason));
        format!("{:?}", cases.collect::<Vec<_>>())
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn what_is_accepted_refused_otherwise_or_broken_is_told_apart() {
    use Verdict::{Fail, RefusedOtherwise};
    let case = |name: &str, verdict| (name.to_owned(), verdict);
    let all_refused = [
        "stranger:one",
        "stranger:other",
        "expired",
        "stranger-expired",
        "locked",
        "later",
    ];
    let table: [(&[&str], Vec<_>); 6] = [
        // A rule that is not there lets its cases in.
        (&["assertion.subject-active"], vec![case("locked", Fail)]),
        (
            &["assertion.subject/nobody"],
            vec![case("stranger:one", Fail), case("stranger-expired", Verdict::Broken)],
        ),
        (
            &["assertion.subject/status"],
            vec![
                case("stranger:one", RefusedOtherwise),
                case("stranger:other", RefusedOtherwise),
                case("stranger-expired", RefusedOtherwise),
            ],
        ),
        (&["assertion.expiry/strict"], vec![case("barely-valid", Fail)]),
        (&["leak"], all_refused.map(|name| case(name, Fail)).to_vec()),
        (&["fail"], all_refused.map(|name| case(name, Fail)).to_vec()),
    ];
    for (faults, expected) in table {
        assert_eq!(differing(faults), expected, "{faults:?}");
    }
}

#[test]
fn a_control_that_fails_makes_its_cases_inconclusive() {
    let attempt = Attempt::on(&["issued.type/mac"]);
    let record = attempt.run();
    assert_eq!(record.cases[0].verdict, Verdict::Fail, "the flow itself");
    for case in &record.cases[1..] {
        assert_eq!(case.verdict, Verdict::Inconclusive, "{}", case.id);
        assert!(
            case.reason
                .as_ref()
                .unwrap()
                .contains("json /token_type: expected \"Bearer\", found \"MAC\""),
            "{case:?}"
        );
        assert_eq!(case.findings.len(), 1, "the finding of the control");
    }
    assert_eq!(
        Attempt::on(&["down"]).run().summary.inconclusive,
        10,
        "nothing can be reached"
    );
}

#[test]
fn catches_that_are_not_what_the_journal_says_are_broken() {
    let mistaken = |from: &str, to: &str| {
        let attempt = Attempt {
            library: library_with(|text| text.replace(from, to)),
            ..Attempt::on(&[])
        };
        let cases = attempt
            .run()
            .cases
            .into_iter()
            .filter(|case| case.verdict != Verdict::Pass);
        cases
            .map(|case| (case.id, case.verdict, case.reason.unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        mistaken("catches: [assertion.subject-active]", "catches: [assertion.subject]"),
        [(
            "table#locked".to_owned(),
            Verdict::Broken,
            "expected to violate assertion.subject; the journal says assertion.subject-active".to_owned()
        )]
    );
    let too_few = mistaken(
        "catches: [assertion.subject, assertion.expiry]",
        "catches: [assertion.expiry]",
    );
    assert_eq!((too_few.len(), too_few[0].1), (1, Verdict::Broken));
    assert!(
        mistaken(
            "[assertion.subject, assertion.expiry]",
            "[assertion.expiry, assertion.subject]"
        )
        .is_empty()
    );
}

#[test]
fn what_is_reported_fails_only_where_it_is_forbidden() {
    let replayed = |faults: &[&str], switches: &[(&str, &str)]| {
        let switches = switches
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let attempt = Attempt {
            switches: switches.collect(),
            ..Attempt::on(faults)
        };
        let case = attempt.case("table#replayed");
        (case.verdict, case.findings[0].actual.clone())
    };
    assert_eq!(replayed(&[], &[]), (Verdict::Pass, "accepted".to_owned()));
    assert_eq!(replayed(&["single-use"], &[]), (Verdict::Pass, "refused".to_owned()));
    assert_eq!(replayed(&[], &[("single-use", "off")]).0, Verdict::Pass);
    assert_eq!(replayed(&[], &[("single-use", "on")]).0, Verdict::Fail);
    assert_eq!(replayed(&["single-use"], &[("single-use", "on")]).0, Verdict::Pass);
}

#[test]
fn a_miss_weighs_as_the_row() {
    assert_eq!(
        Attempt::on(&["issued.lifetime/long"]).case("table#token-life").verdict,
        Verdict::Warn
    );
    let otherwise = |profile| {
        let attempt = Attempt {
            profile,
            ..Attempt::elsewhere(&["assertion.subject/status"])
        };
        attempt.case("table#stranger:one").verdict
    };
    assert_eq!(otherwise("rfc"), Verdict::RefusedOtherwise);
    assert_eq!(otherwise("oracle"), Verdict::Warn, "nobody knows how it looks there");
}

#[test]
fn every_skip_says_why() {
    let reason = |from: &str, to: &str, id: &str, attempt: Attempt| {
        let attempt = Attempt {
            library: library_with(|text| text.replace(from, to)),
            ..attempt
        };
        let case = attempt.case(id);
        assert_eq!(case.verdict, Verdict::Skipped, "{case:?}");
        (case.reason.unwrap(), case.missing)
    };
    let nothing = || ("up-to", "up-to");
    let table = [
        (
            ("user: employee", "user: nobody"),
            "flow",
            "the target has no `nobody` to play `user`",
            Some("nobody"),
        ),
        (
            nothing(),
            "table#locked",
            "the target has no lever `registration`",
            Some("registration"),
        ),
        (
            nothing(),
            "table#later",
            "the target has no lever `clock`",
            Some("clock"),
        ),
        (
            ("case: expired", "case: expired\n    needs: [listener]"),
            "table#expired",
            "the target has no lever `listener`",
            Some("listener"),
        ),
        (
            ("case: expired", "case: expired\n    only-under: [bis]"),
            "table#expired",
            "only under bis",
            None,
        ),
        (
            ("covers: [ROW-003]", "covers: [ROW-007]"),
            "table#expired",
            "row ROW-007 off under oracle",
            None,
        ),
        (
            ("effect: invoke", "effect: admin"),
            "flow",
            "the effect `admin` of the step `call` is not allowed",
            Some("admin"),
        ),
        (
            ("trusted-certificate: { of: client }", "client-inactive: { of: client }"),
            "table#expired",
            "`client-inactive` is neither possible here nor attested by the target",
            Some("registration"),
        ),
        (
            ("client: backend", "client: keyless"),
            "flow",
            "`trusted-certificate` is neither possible here nor attested by the target",
            Some("registration"),
        ),
        (
            ("exp: \"${now+300}\"", "exp: \"${api.prompt}\""),
            "flow",
            "the target's `agents` has no prompt",
            Some("agents"),
        ),
    ];
    for ((from, to), id, expected, missing) in table {
        let attempt = Attempt {
            profile: "oracle",
            ..Attempt::elsewhere(&[])
        };
        assert_eq!(
            reason(from, to, id, attempt),
            (expected.to_owned(), missing.map(str::to_owned))
        );
    }
    let interrupted = Attempt {
        is_interrupted: true,
        ..Attempt::on(&[])
    };
    assert_eq!(interrupted.run().summary.skipped, 10);
}

#[test]
fn a_skip_for_what_is_required_fails() {
    let attempt = Attempt {
        require: vec!["clock".to_owned()],
        ..Attempt::elsewhere(&[])
    };
    let failed: Vec<_> = attempt
        .run()
        .cases
        .into_iter()
        .filter(|case| case.verdict == Verdict::Fail)
        .collect();
    assert_eq!((failed.len(), failed[0].id.as_str()), (1, "table#later"));
    assert_eq!(
        failed[0].reason.as_deref(),
        Some("required, but the target has no lever `clock`")
    );
}

#[test]
fn without_levers_verdicts_rest_on_answers_and_on_the_targets_word() {
    let attempt = Attempt {
        library: library_with(|text| text.replace("arrange: { user-locked: { of: user } }", "with: { user: locked }")),
        ..Attempt::elsewhere(&[])
    };
    let swapped = attempt.case("table#locked");
    assert_eq!((swapped.verdict, swapped.evidence), (Verdict::Pass, Evidence::Attested));
    assert_eq!(
        attempt.case("table#expired").evidence,
        Evidence::Attested,
        "the control's certificate is attested"
    );
    let bare = Attempt {
        library: library_with(|text| text.replace("arrange: [{ trusted-certificate: { of: client } }]", "")),
        ..Attempt::elsewhere(&[])
    };
    assert_eq!(bare.case("table#expired").evidence, Evidence::Answered);
}

#[test]
fn without_forks_what_disturbs_runs_last_and_is_undone() {
    let undoing = "steps:\n  - step: first\n    do: { call: { to: api, effect: read, method: GET, path: /first } }\n    expect: [{ status: { is: 401 } }]";
    let finally = "  - step: last\n    do: { call: { to: api, effect: admin, method: DELETE, path: /undone } }\n";
    let mut attempt = Attempt {
        library: library_with(|text| match text {
            TABLE => text.replace("later", "a-later"),
            _ => format!("{}finally:\n{finally}", text.replace("steps:", undoing)),
        }),
        ..Attempt::on(&[])
    };
    attempt.system.can_fork = false;
    let mut order = Vec::new();
    let record = attempt.run_with(&mut |event| {
        if let Event::Finished(case) = event {
            order.push(case.id.clone());
        }
    });
    let last: Vec<&str> = order.iter().rev().take(3).map(String::as_str).collect();
    assert_eq!(last, ["table#a-later", "table#locked", "flow"]);
    assert_eq!(record.cases[0].id, "flow", "the record keeps the order of the plan");
    let undone = attempt
        .system
        .sent
        .lock()
        .unwrap()
        .iter()
        .filter(|request| request.url.ends_with("/undone"))
        .count();
    // Once after each walk of the flow or control, and after each of the eight cases that send something.
    assert_eq!(undone, 3 + 8);
}

#[test]
fn a_case_that_changes_the_landscape_does_not_trouble_the_others() {
    let attempt = Attempt {
        library: library_with(|text| {
            let (head, cases) = text.split_once("cases:").unwrap_or((text, ""));
            match text {
                TABLE => format!(
                    "{head}cases:{}{cases}",
                    "\n  - case: first\n    title: locked at once\n    covers: [ROW-006]\n    change: { arrange: { user-locked: { of: user } } }\n    catches: [assertion.subject-active]"
                ),
                _ => text.to_owned(),
            }
        }),
        ..Attempt::on(&[])
    };
    let record = attempt.run();
    assert_eq!((record.summary.pass, record.cases[1].id.as_str()), (11, "table#first"));
}

#[test]
fn a_change_that_goes_nowhere_is_broken() {
    let change = |from: &str, to: &str| {
        let attempt = Attempt {
            library: library_with(|text| text.replace(from, to)),
            ..Attempt::on(&[])
        };
        attempt.case("table#expired").verdict
    };
    assert_eq!(
        change("at: assertion.claims.exp, to: \"${now-11}\"", "at: call.path, to: /x"),
        Verdict::Broken
    );
    assert_eq!(change("to: \"${now-11}\"", "to: \"${assertion.jwt}\""), Verdict::Broken);
}

#[test]
fn selections_choose_and_must_mean_something() {
    let select = |text: &str| {
        let (library, cast) = (library(), cast_of(Nature::Embedded));
        let select = [text.to_owned()];
        let wanted = Wanted {
            profile: "rfc",
            switches: &[],
            select: &select,
        };
        let plan = Plan::new(&library, &cast, &levers(), wanted);
        plan.map(|plan| plan.ids().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(
        select("table#stranger").unwrap(),
        ["table#stranger:one", "table#stranger:other"]
    );
    assert_eq!(select("*one").unwrap(), ["table#stranger:one"]);
    assert_eq!(select("nothing"), Err(PlanError::NothingSelected("nothing".to_owned())));
}

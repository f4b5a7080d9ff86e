//! Holds one expectation against one exchange.

use serde_json::Value;

use super::answer::token_in;
use super::finding::{Finding, FindingVerdict, shown};
use super::key_set;
use super::matcher::compare;
use super::sight::{sight, text_at};
use super::weight::{Standing, Weight, is_certain, standing};
use crate::flow::{Drive, Exchange, FlowError, Scope, Secrets};
use crate::scenario::Library;
use crate::scenario::model::{Check, Expectation, Level, Recorded, Sureness};
use crate::token::{is_credential, verify};

/// What is needed to judge, beside the exchange.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Where the requirement rows are.
    pub library: &'a Library,
    /// The profile under which they are read.
    pub profile: &'a str,
    /// Whether the servers are mocks of ours: then even what we are not sure of must be as we say.
    pub is_embedded: bool,
}

/// How a check came out.
enum Outcome {
    Held {
        expected: String,
        actual: String,
    },
    Missed {
        expected: String,
        actual: String,
    },
    /// It could not be judged.
    Skipped(String),
}

impl Outcome {
    fn of(holds: bool, expected: String, actual: String) -> Self {
        if holds {
            Self::Held { expected, actual }
        } else {
            Self::Missed { expected, actual }
        }
    }
}

impl Judge<'_> {
    /// Judges one exchange of a drive. `default` is the level where neither the expectation nor its rows say one.
    pub fn judge(
        &self,
        expectation: &Expectation,
        exchange: &Exchange,
        drive: &Drive<'_>,
        default: Level,
    ) -> Result<Finding, FlowError> {
        let sure = expectation.sure.unwrap_or(Sureness::Specified);
        let mut finding = Finding {
            step: exchange.step.clone(),
            what: what(&expectation.check),
            expected: String::new(),
            actual: String::new(),
            covers: expectation.covers.iter().map(ToString::to_string).collect(),
            sure,
            verdict: FindingVerdict::Skipped,
        };
        let level = match (
            expectation.level,
            standing(self.library, &expectation.covers, self.profile),
        ) {
            (_, Standing::Off(row)) => {
                finding.actual = format!("row {row} off under {}", self.profile);
                return Ok(finding);
            }
            (Some(level), _) | (None, Standing::Applies(level)) => level,
            (None, Standing::Uncovered) => default,
        };
        match outcome(&expectation.check, exchange, drive)? {
            Outcome::Skipped(why) => finding.actual = why,
            Outcome::Held { expected, actual } => {
                (finding.expected, finding.actual) = (expected, actual);
                finding.verdict = FindingVerdict::Pass;
            }
            Outcome::Missed { expected, actual } => {
                (finding.expected, finding.actual) = (expected, actual);
                finding.verdict = self.missed(level, sure);
            }
        }
        Ok(finding)
    }

    /// What a miss makes of a finding: what we are not sure of only warns, unless the target is ours.
    pub fn missed(&self, level: Level, sure: Sureness) -> FindingVerdict {
        match Weight::of(level) {
            Weight::Fail if !self.is_embedded && !is_certain(sure) => FindingVerdict::Warn,
            weight => weight.of_miss(),
        }
    }
}

/// Whether a check holds; what cannot be judged does not.
pub fn holds(check: &Check, exchange: &Exchange, scope: &Scope<'_>) -> Result<bool, FlowError> {
    Ok(matches!(read(check, exchange, scope)?, Some(Outcome::Held { .. })))
}

fn outcome(check: &Check, exchange: &Exchange, drive: &Drive<'_>) -> Result<Outcome, FlowError> {
    match check {
        Check::Recorded { of, by, wanted } => recorded(of, by.as_ref(), wanted, drive),
        Check::Signed { token, by } => signed(token, by, exchange, &drive.scope),
        _ => {
            let outcome = read(check, exchange, &drive.scope)?;
            Ok(outcome.expect("all kinds but the two above read the exchange alone"))
        }
    }
}

/// Judges what can be read from the exchange alone; none for the kinds that need more.
fn read(check: &Check, exchange: &Exchange, scope: &Scope<'_>) -> Result<Option<Outcome>, FlowError> {
    let Ok(answer) = &exchange.answer else {
        let actual = exchange
            .answer
            .as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default();
        let expected = "an answer".to_owned();
        return Ok(Some(Outcome::Missed { expected, actual }));
    };
    let json = exchange.json.as_ref();
    if matches!(check, Check::NoToken) {
        let expected = "no token".to_owned();
        return Ok(Some(match token_in(answer, json) {
            None => Outcome::Held {
                actual: expected.clone(),
                expected,
            },
            Some(actual) => Outcome::Missed { expected, actual },
        }));
    }
    if let Check::Keys(quality) = check {
        let expected = quality.says().to_owned();
        return Ok(Some(match key_set::check(*quality, json) {
            Ok(()) => Outcome::Held {
                actual: expected.clone(),
                expected,
            },
            Err(fault) => Outcome::Missed {
                expected,
                actual: shown(&fault),
            },
        }));
    }
    let Some(sight) = sight(check, answer, exchange) else {
        return Ok(None);
    };
    Ok(Some(match sight.value {
        Ok(value) => {
            let compared = compare(
                sight.matcher,
                value.as_ref(),
                &|place| text_at(exchange, place).ok().map(std::borrow::Cow::into_owned),
                sight.words,
                scope,
            )?;
            Outcome::of(compared.holds, compared.expected, said(value.as_ref(), sight.name))
        }
        Err(unfit) => Outcome::Missed {
            expected: unfit.expected.to_owned(),
            actual: unfit.actual,
        },
    }))
}

/// A value in words; of what may be a credential nothing but its length.
fn said(value: Option<&Value>, at: &str) -> String {
    let name = at.rsplit('/').next().unwrap_or_default();
    match value.map(|value| masked(name, value)) {
        None => "nothing".to_owned(),
        Some(Value::String(text)) if is_credential(name) => text,
        Some(value) => shown(&value.to_string()),
    }
}

/// A value in which everything that may be a credential, going by its name, is replaced by words.
fn masked(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if is_credential(name) => format!("a text of {} characters", text.chars().count()).into(),
        Value::Array(elements) => elements.iter().map(|element| masked(name, element)).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), masked(name, member)));
            Value::Object(members.collect())
        }
        value => value.clone(),
    }
}

fn signed(token: &str, by: &str, exchange: &Exchange, scope: &Scope<'_>) -> Result<Outcome, FlowError> {
    let player = scope.player(by)?;
    let Some(keys) = scope.cast.signing_keys(player) else {
        return Ok(Outcome::Skipped(format!(
            "the target does not say with which keys `{player}` signs"
        )));
    };
    let expected = format!("a signature of `{player}`");
    let verified =
        text_at(exchange, token).and_then(|compact| verify(&compact, keys).map_err(|refusal| refusal.to_string()));
    Ok(match verified {
        Ok(_) => Outcome::Held {
            actual: expected.clone(),
            expected,
        },
        Err(actual) => Outcome::Missed { expected, actual },
    })
}

/// Judges what the target's own journal says of the answer to a step.
fn recorded(
    of: &str,
    by: Option<&crate::scenario::Located<String>>,
    wanted: &Recorded,
    drive: &Drive<'_>,
) -> Result<Outcome, FlowError> {
    if !drive.system().levers().witness {
        return Ok(Outcome::Skipped("the target has no lever `witness`".to_owned()));
    }
    let ecid = drive.exchange(of).and_then(Exchange::ecid);
    let witnessed = ecid.and_then(|ecid| drive.system().witness(ecid)).unwrap_or_default();
    let (found_user, found_client) = match by {
        None => (witnessed.user, witnessed.client),
        Some(by) => {
            let player = drive.scope.player(by)?;
            let host = drive.scope.cast.host_of_api(player);
            let mut calls = witnessed.calls.into_iter().rev();
            let last = calls.find(|call| host.as_deref() == Some(call.site.as_str()));
            last.map_or((None, None), |call| (call.user, call.client))
        }
    };
    let (mut expected, mut actual) = (Vec::new(), Vec::new());
    let outcome = if witnessed.is_allowed { "allowed" } else { "refused" };
    for (what, text) in wanted.texts() {
        let found = match what {
            "user" => found_user.as_deref(),
            "client" => found_client.as_deref(),
            "token-id" => witnessed.token_id.as_deref(),
            "outcome" => ecid.map(|_| outcome),
            // The first violated rule is the one that refused.
            _ => witnessed.violated.first().map(String::as_str),
        };
        expected.push(format!("{what} `{}`", drive.scope.text(text, Secrets::Refused)?));
        actual.push(format!("{what} `{}`", found.unwrap_or("nobody")));
    }
    let (expected, actual) = (expected.join(", "), actual.join(", "));
    Ok(Outcome::of(expected == actual, expected, actual))
}

/// What is looked at, in a few words.
fn what(check: &Check) -> String {
    match check {
        Check::Status(_) => "status".to_owned(),
        Check::Header { name, .. } => format!("header {name}"),
        Check::Json { at, .. } => format!("json {at}"),
        Check::Claim { token, at, .. } => format!("claim {at} in {token}"),
        Check::JoseHeader { token, at, .. } => format!("jose-header {at} in {token}"),
        Check::Location(_) => "location".to_owned(),
        Check::Redirect { at, .. } => format!("redirect {at}"),
        Check::Fragment { at, .. } => format!("fragment {at}"),
        Check::Field { name, .. } => format!("field {name}"),
        Check::Html(_) => "page".to_owned(),
        Check::Cookie { name, attribute, .. } => format!("cookie {name} {}", attribute.as_str()),
        Check::Signed { token, .. } => format!("signature of {token}"),
        Check::Keys(_) => "keys".to_owned(),
        Check::Recorded { of, .. } => format!("record of {}", **of),
        Check::NoToken => "no token".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::for_tests::{Fake, answer, cast, cast_of, names};
    use crate::flow::{Cast, Forgeries, Nature, Stage};
    use crate::scenario::load;
    use crate::scenario::model::Scenario;
    use crate::system::{Levers, Witnessed};
    use crate::token::key::testing::key;
    use crate::token::{Algorithm, Draft, SigningKey, forge};
    use serde_json::json;

    fn token(key: &SigningKey) -> String {
        let draft = Draft {
            header: [("alg", json!("RS256"))].into_iter().collect(),
            claims: [("sub", json!("ada")), ("aud", json!(["agents"]))]
                .into_iter()
                .collect(),
            algorithm: Algorithm::Rs256,
        };
        forge(&draft, key, &[]).unwrap().compact
    }

    const ROWS: &str = "
format: 1
group: ROW
title: rows
rows:
  - { id: ROW-001, on: [AS], level: must, says: a, checked: own, under: { rfc: { off: { because: no such thing } } } }
  - { id: ROW-002, on: [AS], level: should, says: b, checked: own }
  - { id: ROW-003, on: [AS], level: must, says: c, checked: own }
";

    /// Judges an expectation of the answer to the only step.
    fn judged(expectation: &str, token: &str, levers: Levers, cast: &Cast, profile: &str) -> Finding {
        let expectation: Expectation =
            serde_saphyr::from_str(expectation).unwrap_or_else(|e| panic!("{expectation}: {e}"));
        let flow = "{ format: 1, title: one step, with: { api: agents, domain: home }, steps: [{ step: call, do: { call: \
                    { to: api, effect: read, method: GET, path: / } } } ] }";
        let Ok(Scenario::Flow(flow)) = load::scenario("a.yaml", flow) else {
            panic!("a flow")
        };
        let body = json!({ "access_token": token, "expires_in": 10 });
        let fake = Fake::new(levers, move |_, _| Ok(answer(200, &body)));
        let witnessed = Witnessed {
            user: Some("ada".to_owned()),
            token_id: Some("id-1".to_owned()),
            violated: vec!["token.expiry".to_owned(), "access.scope".to_owned()],
            ..Witnessed::default()
        };
        fake.journal.lock().unwrap().insert("ecid-1".to_owned(), witnessed);
        let names = names(&[("api", "agents"), ("domain", "home"), ("other-domain", "elsewhere")]);
        let forgeries = Forgeries::default();
        let stage = Stage {
            system: &fake,
            forgeries: &forgeries,
        };
        let mut drive = Drive::new(stage, Scope::new(cast, names, "", ""), None);
        drive.perform(&flow.steps[0], &|_, _, _| Ok(true)).unwrap();
        let rows = ("requirements/ROW.yaml".to_owned(), ROWS.to_owned());
        let library = Library::load([rows].into_iter()).unwrap_or_else(|mistakes| panic!("{}", mistakes[0]));
        let judge = Judge {
            library: &library,
            profile,
            is_embedded: cast.is_embedded(),
        };
        judge
            .judge(&expectation, drive.exchange("call").unwrap(), &drive, Level::Must)
            .unwrap()
    }

    fn verdict(expectation: &str) -> FindingVerdict {
        judged(expectation, &token(&key()), Levers::default(), &cast(), "oracle").verdict
    }

    #[test]
    fn every_kind_tells_right_from_wrong() {
        let table = [
            ("status: { is: 200 }", "status: { is: 201 }"),
            (
                "header: { name: cache-control, has: No-Store }",
                "header: { name: Cache-Control, has: private }",
            ),
            (
                "json: { at: /expires_in, at-most: 10 }",
                "json: { at: /expires_in, at-most: 9 }",
            ),
            (
                "claim: { in: /access_token, at: /aud, has: agents }",
                "claim: { in: /access_token, at: /aud, has: x }",
            ),
            (
                "jose-header: { in: /access_token, at: /alg, is: RS256 }",
                "claim: { in: /expires_in, at: /sub, is: ada }",
            ),
            ("json: { at: /refresh_token, absent: true }", "no-token: {}"),
        ];
        for (right, wrong) in table {
            assert_eq!(verdict(right), FindingVerdict::Pass, "{right}");
            assert_eq!(verdict(wrong), FindingVerdict::Fail, "{wrong}");
        }
    }

    #[test]
    fn a_signature_is_checked_with_the_keys_that_the_target_publishes() {
        let expectation = "signed: { in: /access_token, by: domain }";
        let judged = |token: &str, text| judged(text, token, Levers::default(), &cast(), "rfc").verdict;
        assert_eq!(judged(&token(&key()), expectation), FindingVerdict::Pass);
        assert_eq!(judged(&token(&SigningKey::fresh()), expectation), FindingVerdict::Fail);
        assert_eq!(judged("opaque", expectation), FindingVerdict::Fail);
        assert_eq!(
            judged("opaque", "signed: { in: /access_token, by: other-domain }"),
            FindingVerdict::Skipped
        );
    }

    #[test]
    fn the_journal_is_asked_where_there_is_one() {
        let with = |witness, text| {
            let levers = Levers {
                witness,
                ..Levers::default()
            };
            judged(text, "opaque", levers, &cast(), "rfc").verdict
        };
        assert_eq!(with(true, "recorded: { of: call, user: ada }"), FindingVerdict::Pass);
        assert_eq!(with(true, "recorded: { of: call, user: eve }"), FindingVerdict::Fail);
        assert_eq!(with(true, "recorded: { of: call, client: ada }"), FindingVerdict::Fail);
        for (text, verdict) in [
            ("recorded: { of: call, token-id: id-1 }", FindingVerdict::Pass),
            ("recorded: { of: call, token-id: id-2 }", FindingVerdict::Fail),
            (
                "recorded: { of: call, outcome: refused, because: token.expiry }",
                FindingVerdict::Pass,
            ),
            ("recorded: { of: call, outcome: allowed }", FindingVerdict::Fail),
            ("recorded: { of: call, because: access.scope }", FindingVerdict::Fail),
        ] {
            assert_eq!(with(true, text), verdict, "{text}");
        }
        assert_eq!(
            with(false, "recorded: { of: call, user: ada }"),
            FindingVerdict::Skipped
        );
    }

    #[test]
    fn a_miss_weighs_as_its_rows_its_level_and_our_knowledge_say() {
        let weighed = |grounds: &str, profile, is_embedded| {
            let foreign = Nature::Foreign { effects: Vec::new() };
            let cast = cast_of(if is_embedded { Nature::Embedded } else { foreign });
            judged(
                &format!("status: {{ is: 1, {grounds} }}"),
                "opaque",
                Levers::default(),
                &cast,
                profile,
            )
            .verdict
        };
        let table = [
            ("covers: []", "oracle", false, FindingVerdict::Fail),
            ("covers: [ROW-001]", "oracle", false, FindingVerdict::Fail),
            ("covers: [ROW-001]", "rfc", false, FindingVerdict::Skipped),
            ("covers: [ROW-001, ROW-002]", "rfc", false, FindingVerdict::Warn),
            ("covers: [ROW-002, ROW-003]", "rfc", false, FindingVerdict::Fail),
            ("covers: [ROW-003], level: may", "rfc", false, FindingVerdict::Note),
            ("covers: [ROW-003], sure: assumed", "rfc", false, FindingVerdict::Warn),
            ("covers: [ROW-003], sure: observed", "rfc", false, FindingVerdict::Fail),
            ("covers: [ROW-003], sure: assumed", "rfc", true, FindingVerdict::Fail),
        ];
        for (grounds, profile, is_embedded, expected) in table {
            assert_eq!(
                weighed(grounds, profile, is_embedded),
                expected,
                "{grounds} {profile} {is_embedded}"
            );
        }
    }

    #[test]
    fn a_finding_shows_no_credential() {
        for credential in [token(&key()), "opaque-and-secret".to_owned()] {
            for at in ["/access_token", "''"] {
                let text = format!("json: {{ at: {at}, type: integer }}");
                let finding = judged(&text, &credential, Levers::default(), &cast(), "rfc");
                assert!(finding.actual.contains("a text of "), "{finding:?}");
                assert!(!finding.actual.contains(&credential), "{finding:?}");
            }
        }
    }
}

//! One call with what came back: as a support request names it, and what may be behind a failure.

use serde_json::Value;

use super::finding::Call;
use crate::diagnosis::{Suspicion, Symptom, suspects};
use crate::expect::shown;
use crate::flow::Cast;
use crate::run::hush;
use crate::scenario::Library;
use crate::system::{Request, Response, System, TransportError};

/// The longest error text that is shown.
const LONGEST: usize = 400;

/// One call and what came back. There is no `Debug`: the answer may hold a token.
pub struct Probe {
    /// The call, for people.
    pub call: Call,
    /// The answer.
    pub answer: Result<Response, TransportError>,
    /// The answer as JSON.
    pub json: Option<Value>,
    /// What may be behind a failure.
    pub suspicions: Vec<Suspicion>,
}

impl Probe {
    /// Makes a call.
    ///
    /// What is said of it holds no credential of the target and none of the exchange, wherever the server repeats it.
    pub fn of(cast: &Cast, library: &Library, system: &dyn System, request: &Request) -> Self {
        let now = system.now();
        let answer = system.send(request);
        let json: Option<Value> = answer
            .as_ref()
            .ok()
            .and_then(|answer| serde_json::from_slice(&answer.body).ok());
        let mask = hush::mask_of_one(cast.mask(), request, answer.as_ref().ok(), json.as_ref());
        let told = |text: &str| shown(&mask.hide(text));
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let error = match &answer {
            Err(error) => Some(error.to_string()),
            Ok(answer) if answer.status >= 300 => error_of(answer, json.as_ref()).map(|error| told(&error)),
            Ok(_) => None,
        };
        let error = error.map(|error| error.chars().take(LONGEST).collect());
        let in_body = || Some(json.as_ref()?.get("ecid")?.as_str()?.to_owned());
        let in_head = answer
            .as_ref()
            .ok()
            .and_then(|answer| answer.header("X-ORACLE-DMS-ECID").map(str::to_owned));
        let symptom = Symptom::of(request, &answer, cast.target(), now);
        let suspicions = symptom.map(|symptom| suspects(library.misconfigurations(), &symptom));
        Self {
            call: Call {
                method: request.method.clone(),
                url: shown(request.url.split('?').next().unwrap_or_default()),
                at: now,
                status,
                ecid: in_head.or_else(in_body).map(|ecid| told(&ecid)),
                error,
            },
            answer,
            json,
            suspicions: suspicions.unwrap_or_default(),
        }
    }
}

/// What an answer says of its error, in a line.
fn error_of(answer: &Response, json: Option<&Value>) -> Option<String> {
    let text = |name: &str| json?.get(name)?.as_str();
    let named: Vec<&str> = ["error", "error_description", "detail", "title", "message"]
        .into_iter()
        .filter_map(text)
        .collect();
    let said = if named.is_empty() {
        let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
        format!("{challenge} {}", String::from_utf8_lossy(&answer.body))
    } else {
        named.join(": ")
    };
    let said = said.trim();
    (!said.is_empty()).then(|| said.to_owned())
}

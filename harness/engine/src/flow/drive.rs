//! Carries out steps one after the other: signs, sends, and keeps what later steps read. Judges nothing.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::browser::Browsers;
use super::change::request::change_request;
use super::change::token::change_token;
use super::change::touched;
use super::draft::{RequestDraft, SignDraft};
use super::error::FlowError;
use super::forgery::Forgeries;
use super::keep::kept;
use super::pkce::ProofKey;
use super::value::{Kept, Scope};
use crate::scenario::model::{Action, Change, Expectation, Pkce, Repeat, Sign, Step};
use crate::system::{Request, Response, System, TransportError};

/// The name under which a step that signs keeps its token.
const TOKEN: &str = "jwt";
/// The claim by which a signed token is told from others; it may be read, as it is no secret.
const TOKEN_ID: &str = "jti";

/// The header field in which answers say what they are called in the target's own records.
const ECID: &str = "X-ORACLE-DMS-ECID";

/// The shortest time between two calls, so that a repetition comes to an end.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// What steps are carried out on.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// The system under test.
    pub system: &'a dyn System,
    /// The tokens made so far in this run.
    pub forgeries: &'a Forgeries,
}

/// One request and its answer. There is no `Debug`: tokens are in it.
pub struct Exchange {
    /// The step.
    pub step: String,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub answer: Result<Response, TransportError>,
    /// The body of the answer as JSON, if it is any.
    pub json: Option<Value>,
}

impl Exchange {
    /// What the answer is called in the target's own records.
    pub fn ecid(&self) -> Option<&str> {
        let answer = self.answer.as_ref().ok()?;
        let in_body = || self.json.as_ref()?.get("ecid")?.as_str();
        answer.header(ECID).or_else(in_body)
    }
}

/// Decides whether a repeated call has come to its end.
pub type Until<'a> = &'a dyn Fn(&Expectation, &Exchange, &Scope<'_>) -> Result<bool, FlowError>;

/// Steps on their way, with all that they have kept and exchanged.
pub struct Drive<'a> {
    stage: Stage<'a>,
    /// What templates can read.
    pub scope: Scope<'a>,
    change: Option<&'a Change>,
    browsers: Browsers,
    /// What went over the wire, in order.
    pub exchanges: Vec<Exchange>,
    /// Whether the step that the change touches was carried out.
    pub is_changed: bool,
}

impl<'a> Drive<'a> {
    /// Before the first step.
    pub fn new(stage: Stage<'a>, mut scope: Scope<'a>, change: Option<&'a Change>) -> Self {
        scope.mint = stage.system.levers().mint.as_ref();
        scope.now = stage.system.now();
        Self {
            stage,
            scope,
            change,
            browsers: Browsers::default(),
            exchanges: Vec::new(),
            is_changed: false,
        }
    }

    /// The system under test.
    pub fn system(&self) -> &'a dyn System {
        self.stage.system
    }

    /// The last exchange of a step.
    pub fn exchange(&self, step: &str) -> Option<&Exchange> {
        self.exchanges.iter().rfind(|exchange| exchange.step == step)
    }

    /// Carries out one step; the change of the case is made if the step is the one that it touches.
    pub fn perform(&mut self, step: &Step, until: Until<'_>) -> Result<(), FlowError> {
        self.scope.now = self.stage.system.now();
        let change = self.change.filter(|change| touched(change) == Some(step.step.as_str()));
        self.is_changed |= change.is_some();
        let mut draft = match &step.action {
            Action::Sign(sign) => return self.sign(&step.step, sign, change),
            Action::Pkce(pkce) => return self.make_proof_key(&step.step, pkce, change),
            Action::TokenRequest(request) => RequestDraft::of_token_request(request, &self.scope)?,
            Action::Call(call) => {
                let mut draft = RequestDraft::of_call(call, &self.scope)?;
                if let Some(browser) = &call.browser {
                    draft.cookies = self.browsers.cookies(browser, &draft.address(), self.scope.now);
                }
                draft
            }
        };
        if let Some(change) = change {
            change_request(change, &mut draft, &self.scope)?;
        }
        let request = draft.into_request();
        self.send(step, request.clone())?;
        if matches!(change, Some(Change::Resend(_))) {
            self.send(step, request.clone())?;
        }
        if let Action::Call(call) = &step.action
            && let Some(repeat) = &call.repeat
        {
            self.repeat(step, &request, repeat, until)?;
        }
        Ok(())
    }

    /// Keeps what later steps read. An error names the place at which there is nothing.
    pub fn keep(&mut self, step: &Step) -> Result<(), String> {
        let exchange = self.exchange(&step.step);
        let all = step.keep.iter().map(|(name, source)| {
            let value = exchange.and_then(|exchange| kept(source, exchange, &step.action));
            Ok((name.clone(), value.ok_or_else(|| source.to_string())?))
        });
        let all: HashMap<String, Kept> = all.collect::<Result<_, String>>()?;
        if !all.is_empty() {
            self.scope.kept.insert(step.step.to_string(), all);
        }
        Ok(())
    }

    fn sign(&mut self, step: &str, sign: &Sign, change: Option<&Change>) -> Result<(), FlowError> {
        let mut draft = SignDraft::of(sign, &self.scope)?;
        if let Some(change) = change {
            // What damages a finished token may quote it.
            if matches!(change, Change::Text { .. } | Change::Signature { .. }) {
                self.keep_token(step, &draft)?;
            }
            change_token(change, &mut draft, &self.scope, self.stage.forgeries)?;
        }
        self.keep_token(step, &draft)
    }

    fn make_proof_key(&mut self, step: &str, pkce: &Pkce, change: Option<&Change>) -> Result<(), FlowError> {
        let mut key = ProofKey::new(self.scope.fresh_text(), pkce.method);
        if let Some(change) = change {
            // What changes one half may quote the other.
            self.scope.kept.insert(step.to_owned(), key.kept().into());
            key.change(change, pkce.method, &self.scope)?;
        }
        self.scope.kept.insert(step.to_owned(), key.kept().into());
        Ok(())
    }

    fn keep_token(&mut self, step: &str, draft: &SignDraft) -> Result<(), FlowError> {
        let token = Kept::Secret(self.stage.forgeries.make(draft)?.compact);
        let id = draft
            .draft
            .claims
            .get(TOKEN_ID)
            .and_then(|raw| serde_json::from_str(&raw.0).ok());
        let id = id.map(|id: Value| (TOKEN_ID.to_owned(), Kept::Plain(id)));
        let kept = [(TOKEN.to_owned(), token)].into_iter().chain(id);
        self.scope.kept.insert(step.to_owned(), kept.collect());
        Ok(())
    }

    fn send(&mut self, step: &Step, request: Request) -> Result<(), FlowError> {
        let answer = self.stage.system.send(&request);
        match &answer {
            Err(error @ TransportError::Unsendable(_)) => return Err(FlowError::scenario(error.to_string())),
            Err(error @ TransportError::Held { .. }) => return Err(FlowError::Held(error.to_string())),
            Err(error @ TransportError::Forbidden { .. }) => return Err(FlowError::Forbidden(error.to_string())),
            _ => {}
        }
        if let (Action::Call(call), Ok(answer)) = (&step.action, &answer)
            && let Some(browser) = &call.browser
        {
            self.browsers.keep(browser, &request.url, answer, self.scope.now);
        }
        let json = answer
            .as_ref()
            .ok()
            .and_then(|answer| serde_json::from_slice(&answer.body).ok());
        self.exchanges.push(Exchange {
            step: step.step.to_string(),
            request,
            answer,
            json,
        });
        Ok(())
    }

    /// Calls again until something holds, the time is up, or the answer is an error that waiting does not mend.
    fn repeat(&mut self, step: &Step, request: &Request, repeat: &Repeat, until: Until<'_>) -> Result<(), FlowError> {
        let every = repeat.every.0.max(SHORTEST_WAIT);
        let mut waited = Duration::ZERO;
        loop {
            let last = self.exchanges.last().expect("the first call was made");
            let is_error = last.answer.as_ref().map_or(true, |answer| answer.status >= 400);
            let is_late = waited + every > *repeat.at_most;
            if is_error || is_late || until(&repeat.until, last, &self.scope)? {
                return Ok(());
            }
            self.stage.system.pass(every);
            waited += every;
            self.scope.now = self.stage.system.now();
            self.send(step, request.clone())?;
        }
    }
}

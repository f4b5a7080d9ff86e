//! The agent-to-agent surface (FUSION-020 to FUSION-022): cards, the search for agents, and calls over JSON-RPC 2.0.
//!
//! Methods, paths and that cards name Bearer are documented. The members of cards and tasks are those of the A2A protocol, and which HTTP status an
//! error of JSON-RPC has is assumed.

use serde_json::{Value, json};

use crate::answer::{Answer, Slot};
use crate::fusion::adf::timestamp;
use crate::fusion::facts::PodRequest;
use crate::fusion::spectra::agent_rules::conversation_key;
use crate::landscape::{Agent, AgentOutcome};
use crate::state::{Effect, Expects, JOB_SECONDS, Job, Key, Kind, Thing};

/// The methods that are taken (FUSION-020).
pub const METHODS: [&str; 3] = ["message/send", "tasks/send", "tasks/get"];

/// The longest id that is given back, in bytes: an answer must not grow with it.
const LONGEST_ID: usize = 256;

/// What a JSON-RPC request says, as far as it could be read.
#[derive(Debug, Default)]
pub struct Call {
    /// `jsonrpc`.
    pub version: Value,
    /// `id`, given back untouched; none if it is longer than 256 bytes.
    pub id: Value,
    /// `method`.
    pub method: String,
    /// `params`.
    pub params: Value,
}

impl Call {
    /// Reads the body of a request.
    pub fn read(facts: &PodRequest) -> Self {
        let member = |name: &str| facts.body.as_ref().and_then(|body| body.json(name)).unwrap_or_default();
        let id = member("id");
        let is_too_long = id.as_str().is_some_and(|id| id.len() > LONGEST_ID);
        Self {
            version: member("jsonrpc"),
            id: if is_too_long { Value::Null } else { id },
            method: member("method").as_str().unwrap_or_default().to_owned(),
            params: member("params"),
        }
    }

    /// Whether it starts a task.
    pub fn is_send(&self) -> bool {
        self.method == "message/send" || self.method == "tasks/send"
    }

    /// The text of the message: that of its first text part (FUSION-030).
    pub fn text(&self) -> Option<&str> {
        let parts = self.params["message"]["parts"].as_array()?;
        let is_text = |part: &&Value| part["kind"] == "text" || part["type"] == "text";
        let text = parts.iter().find(is_text)?["text"].as_str()?;
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// The id of the task that it asks for.
    pub fn task(&self) -> Option<&str> {
        self.params["id"].as_str().filter(|id| !id.is_empty())
    }

    /// The conversation that the message goes on.
    pub fn conversation(&self) -> Option<&str> {
        let of_message = self.params["message"]["contextId"].as_str();
        of_message.or_else(|| self.params["sessionId"].as_str())
    }
}

/// The code of the JSON-RPC error that stands for the denial of a rule; `None` for the rules that answer as the stack does.
pub fn error_code(rule: &str) -> Option<i32> {
    match rule {
        "a2a.parse" => Some(-32700),
        "a2a.request" => Some(-32600),
        "a2a.method" => Some(-32601),
        "a2a.params" => Some(-32602),
        // Of the protocol's own: no such task.
        "a2a.task" => Some(-32001),
        _ => None,
    }
}

/// An error in the form of JSON-RPC (section 5.1).
pub fn error(facts: &PodRequest, status: u16, code: i32, message: &str) -> Answer {
    Answer::object(
        status,
        vec![
            ("jsonrpc", Slot::Value(json!("2.0"))),
            ("id", Slot::Value(Call::read(facts).id)),
            ("error", Slot::Value(json!({ "code": code, "message": message }))),
        ],
    )
}

/// The card of an agent. It says how to authenticate: Bearer (FUSION-022).
fn card(facts: &PodRequest, agent: &Agent) -> Vec<(&'static str, Value)> {
    vec![
        ("name", json!(agent.code)),
        ("description", json!(format!("The agent team {}.", agent.code))),
        (
            "url",
            json!(format!(
                "https://{}:443/api/fusion-ai/orchestrator/a2a/v1/{}",
                facts.pod.host, agent.code
            )),
        ),
        ("version", json!(agent.version.to_string())),
        (
            "capabilities",
            json!({ "streaming": false, "pushNotifications": false }),
        ),
        ("defaultInputModes", json!(["text/plain"])),
        ("defaultOutputModes", json!(["text/plain"])),
        (
            "securitySchemes",
            json!({ "bearer": { "type": "http", "scheme": "bearer" } }),
        ),
        ("security", json!([{ "bearer": [] }])),
        ("skills", json!([])),
    ]
}

/// The card as an answer.
pub fn card_answer(facts: &PodRequest, agent: &Agent) -> Answer {
    let members = card(facts, agent).into_iter();
    Answer::object(200, members.map(|(name, value)| (name, Slot::Value(value))).collect())
}

/// The agents whose code holds what is searched; those that were not published are not shown.
pub fn search(facts: &PodRequest) -> Answer {
    let query = facts.body.as_ref().and_then(|body| body.text("query").value());
    let query = query.unwrap_or_default().to_lowercase();
    let number = |name: &str| {
        let number = facts.body.as_ref().and_then(|body| body.json(name))?;
        usize::try_from(number.as_u64()?).ok()
    };
    let (skip, top) = (number("skip").unwrap_or(0), number("top").unwrap_or(10));
    let shown = |agents: Vec<&Agent>| -> Value {
        let cards = agents.into_iter().map(|agent| {
            let members = card(facts, agent).into_iter();
            Value::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
        });
        cards.collect()
    };
    let matching = |agent: &&Agent| agent.code.to_lowercase().contains(&query);
    let found: Vec<&Agent> = facts
        .pod
        .agents
        .values()
        .filter(|agent| agent.published)
        .filter(matching)
        .collect();
    let page: Vec<&Agent> = found.iter().skip(skip).take(top).copied().collect();
    let mut answer = Answer::object(
        200,
        vec![
            ("agents", Slot::Value(shown(page))),
            ("total", Slot::Value(json!(found.len()))),
            ("skip", Slot::Value(json!(skip))),
            ("top", Slot::Value(json!(top))),
        ],
    );
    // What a careless server would show instead.
    let drafts = facts.pod.agents.values().filter(matching).collect();
    let published = facts.pod.agents.values().filter(|agent| agent.published).collect();
    answer.hearsay.insert("agents-with-drafts".to_owned(), shown(drafts));
    answer.hearsay.insert("agents-of-any-name".to_owned(), shown(published));
    answer
}

/// The answer to a call of an agent; `None` where a defect let through what does not exist.
pub fn call(facts: &PodRequest, effects: &mut Vec<Effect>) -> Option<Answer> {
    let call = Call::read(facts);
    let agent = facts.agent()?;
    let task = if call.method == "tasks/get" {
        shown_task(facts, agent, call.task()?, task_of(facts, call.task()?)?)
    } else {
        let id = facts.env.draw_uuid("job");
        let job = start(facts, agent, call.conversation(), &id, effects);
        shown_task(facts, agent, &id, &job)
    };
    Some(Answer::object(
        200,
        vec![
            ("jsonrpc", Slot::Value(json!("2.0"))),
            ("id", Slot::Value(call.id)),
            ("result", Slot::Value(task)),
        ],
    ))
}

/// Starts a job of an agent, in a conversation that goes on or in one that begins.
pub fn start(
    facts: &PodRequest,
    agent: &Agent,
    conversation: Option<&str>,
    id: &str,
    effects: &mut Vec<Effect>,
) -> Job {
    let user = facts.user().map(|user| user.name.clone()).unwrap_or_default();
    let job = Job {
        agent: agent.code.clone(),
        user,
        conversation: conversation.map_or_else(|| facts.env.draw_uuid("conversation"), str::to_owned),
        started: facts.env.now,
    };
    let key = Key::new(Kind::Job, &facts.pod.host, id);
    effects.push(Effect::keep(key, Thing::Job(job.clone()), u64::MAX));
    effects.push(Effect::Keep {
        key: conversation_key(facts, &job.conversation),
        expects: Expects::Anything,
        thing: Some((Thing::Job(job.clone()), u64::MAX)),
    });
    job
}

/// The job behind a task.
pub fn task_of<'a>(facts: &PodRequest<'a>, id: &str) -> Option<&'a Job> {
    let key = Key::new(Kind::Job, &facts.pod.host, id);
    match &facts.state.get(&key, facts.env.now)?.thing {
        Thing::Job(job) => Some(job),
        _ => None,
    }
}

/// A task as the protocol shows it.
fn shown_task(facts: &PodRequest, agent: &Agent, id: &str, job: &Job) -> Value {
    let now = facts.env.now;
    let state = match agent.outcome {
        _ if now == job.started => "submitted",
        _ if now < job.started + JOB_SECONDS => "working",
        AgentOutcome::Complete => "completed",
        AgentOutcome::Error => "failed",
        AgentOutcome::Waiting => "input-required",
    };
    let mut task = json!({
        "id": id,
        "contextId": job.conversation,
        "kind": "task",
        "status": { "state": state, "timestamp": timestamp(now) },
    });
    if state == "completed" {
        task["artifacts"] = json!([{ "artifactId": id, "parts": [{ "kind": "text", "text": agent.output }] }]);
    }
    task
}

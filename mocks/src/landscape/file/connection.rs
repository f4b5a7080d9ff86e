//! The members of the connections of an integration instance.

use serde_json::Value;

use super::kinds::choices;
use super::mistake::Slip;
use super::table::{Row, Written, named_entry, read_rows, row, schema_of_rows, write_rows};
use super::tree::{Kind, Node};
use super::{Reading, Writing};
use crate::jose::key::SigningKey;
use crate::landscape::Secret;
use crate::landscape::connection::{
    Adapter, Connection, ConnectionRole, Outbound, Policy, Rotation, Subject, Trigger, TriggerPolicy,
};

choices!(
    TriggerPolicy,
    [
        Basic = "basic",
        OAuth = "oauth",
        Either = "either",
        ThirdParty = "third-party"
    ]
);
choices!(Adapter, [Rest = "rest", Built = "built", Erp = "erp"]);
choices!(Rotation, [Followed = "followed", Missed = "missed"]);
choices!(Subject, [OfFile = "of-file", Caller = "caller"]);

named_entry!(
    Connection,
    "connection",
    id,
    |name| Connection::trigger(name, TriggerPolicy::OAuth),
    CONNECTION
);

static CONNECTION: &[Row<Connection>] = &[
    row!(
        Connection,
        "name",
        name,
        "Its name for people; follows from the id unless said."
    ),
    row!(Connection, "project", project, "The project that it is in."),
    row!(
        Connection,
        "configured",
        configured,
        "Whether it was filled in completely; true unless said."
    ),
    row!(
        Connection,
        "locked",
        locked,
        "Whether somebody is working on it; false unless said."
    ),
    Row {
        name: "trigger",
        says: "Others call through it: how; a trigger that takes tokens unless said.",
        schema: Trigger::schema,
        write: |connection, writing| {
            connection
                .as_trigger()
                .map_or(Value::Null, |trigger| trigger.write(writing))
        },
        read: |connection, node, reading| {
            if let Some(trigger) = Trigger::read(node, reading) {
                connection.role = ConnectionRole::Trigger(trigger);
            }
        },
    },
    Row {
        name: "invoke",
        says: "It calls others: whom and how.",
        schema: Outbound::schema,
        write: |connection, writing| {
            connection
                .as_outbound()
                .map_or(Value::Null, |outbound| outbound.write(writing))
        },
        read: |connection, node, reading| {
            if let Some(outbound) = Outbound::read(node, reading) {
                connection.role = ConnectionRole::Invoke(Box::new(outbound));
            }
        },
    },
];

const PLAIN_TRIGGER: Trigger = Trigger {
    policy: TriggerPolicy::OAuth,
    prefixed_errors: false,
};

static TRIGGER: &[Row<Trigger>] = &[
    row!(
        Trigger,
        "policy",
        policy,
        "Which credentials it takes; oauth unless said."
    ),
    row!(
        Trigger,
        "prefixed-errors",
        prefixed_errors,
        "Whether the members of its errors are prefixed; false unless said."
    ),
];

impl Written for Trigger {
    fn schema() -> Value {
        let mut schema = schema_of_rows(TRIGGER);
        schema["type"] = serde_json::json!(["object", "null"]);
        schema
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(TRIGGER, self, &PLAIN_TRIGGER, writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        // What calls others is no trigger, and a written one says so.
        if matches!(node.kind, Kind::Null) {
            return None;
        }
        let mut trigger = PLAIN_TRIGGER;
        read_rows(TRIGGER, &mut trigger, node, reading);
        Some(trigger)
    }
}

/// The policies by which a connection gets tokens.
#[derive(Clone, Copy)]
enum PolicyName {
    UserAssertion,
    ClientCredentials,
    AuthorizationCode,
}

choices!(
    PolicyName,
    [
        UserAssertion = "user-assertion",
        ClientCredentials = "client-credentials",
        AuthorizationCode = "authorization-code",
    ]
);

/// A connection to others in one level.
struct OutboundForm {
    target: String,
    adapter: Adapter,
    domain: String,
    client_id: String,
    secret: Option<Secret>,
    scope: String,
    policy: PolicyName,
    header: String,
    payload: String,
    key: Option<SigningKey>,
    subject: Subject,
    rotation: Rotation,
}

impl OutboundForm {
    fn plain() -> Self {
        Self {
            target: String::new(),
            adapter: Adapter::Rest,
            domain: String::new(),
            client_id: String::new(),
            secret: None,
            scope: String::new(),
            policy: PolicyName::ClientCredentials,
            header: String::new(),
            payload: String::new(),
            key: None,
            subject: Subject::OfFile,
            rotation: Rotation::Followed,
        }
    }

    fn of(outbound: &Outbound) -> Self {
        let form = Self {
            target: outbound.target.clone(),
            adapter: outbound.adapter,
            domain: outbound.domain.clone(),
            client_id: outbound.client_id.clone(),
            secret: Some(outbound.secret.clone()),
            scope: outbound.scope.clone(),
            ..Self::plain()
        };
        match &outbound.policy {
            Policy::ClientCredentials => form,
            Policy::AuthorizationCode(rotation) => Self {
                policy: PolicyName::AuthorizationCode,
                rotation: *rotation,
                ..form
            },
            Policy::UserAssertion {
                header,
                payload,
                key,
                subject,
            } => Self {
                policy: PolicyName::UserAssertion,
                header: header.clone(),
                payload: payload.clone(),
                key: Some(key.clone()),
                subject: *subject,
                ..form
            },
        }
    }

    fn outbound(self) -> Option<Outbound> {
        let policy = match self.policy {
            PolicyName::ClientCredentials => Policy::ClientCredentials,
            PolicyName::AuthorizationCode => Policy::AuthorizationCode(self.rotation),
            PolicyName::UserAssertion => Policy::UserAssertion {
                header: self.header,
                payload: self.payload,
                key: self.key?,
                subject: self.subject,
            },
        };
        Some(Outbound {
            target: self.target,
            adapter: self.adapter,
            domain: self.domain,
            client_id: self.client_id,
            secret: self.secret?,
            scope: self.scope,
            policy,
        })
    }
}

static OUTBOUND: &[Row<OutboundForm>] = &[
    row!(OutboundForm, "target", target, "The host name of whom it calls."),
    row!(
        OutboundForm,
        "adapter",
        adapter,
        "Which adapter it is of; rest unless said."
    ),
    row!(
        OutboundForm,
        "domain",
        domain,
        "The host name of the domain that gives it tokens."
    ),
    row!(
        OutboundForm,
        "client-id",
        client_id,
        "The client id that it uses there."
    ),
    row!(OutboundForm, "secret", secret, "The secret of that client."),
    row!(OutboundForm, "scope", scope, "The scope that it asks for, in full."),
    row!(
        OutboundForm,
        "policy",
        policy,
        "How it gets tokens; client-credentials unless said."
    ),
    row!(
        OutboundForm,
        "header",
        header,
        "For user-assertion: the header file, as it was uploaded."
    ),
    row!(
        OutboundForm,
        "payload",
        payload,
        "For user-assertion: the payload file, as it was uploaded."
    ),
    row!(OutboundForm, "key", key, "For user-assertion: the private key."),
    row!(
        OutboundForm,
        "subject",
        subject,
        "For user-assertion: whose name it carries; that of the payload file unless said."
    ),
    row!(
        OutboundForm,
        "rotation",
        rotation,
        "For authorization-code: whether the new refresh token that each refresh brings is followed or missed; followed unless said."
    ),
];

impl Written for Outbound {
    fn schema() -> Value {
        schema_of_rows(OUTBOUND)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(OUTBOUND, &OutboundForm::of(self), &OutboundForm::plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let before = reading.slips.len();
        let mut form = OutboundForm::plain();
        read_rows(OUTBOUND, &mut form, node, reading);
        let outbound = form.outbound();
        if outbound.is_none() && reading.slips.len() == before {
            let expected = "a `secret`, and a `key` where the policy is user-assertion";
            reading.note(Slip::new(node.from, expected, "none"));
        }
        outbound
    }
}

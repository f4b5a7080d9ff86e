//! A flow as requests with variables: what every export writes, whatever it is for.

use indexmap::IndexMap;
use serde_json::Value;

use crate::flow::draft::TOKEN_PATH;
use crate::scenario::Template;
use crate::scenario::model::{
    Action, Authenticate, AuthenticationMethod, Call, Check, Expectation, Flow, KeySource, Matcher, Members, Role,
    Sign, Source, Step, TokenRequest,
};
use crate::scenario::template::{Expression, NOW, Name, Piece as Written, Sign as Plus, Term};
use crate::target::Target;

/// The type of a client assertion that is a JWT (RFC 7523 section 2.2).
const JWT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The name under which a step that signs keeps its token.
const TOKEN: &str = "jwt";

/// A flow, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// What the flow shows.
    pub title: String,
    /// The id of the flow.
    pub id: String,
    /// What must be given, and what the target gives; by name.
    pub variables: IndexMap<String, Variable>,
    /// What is done, in order.
    pub stages: Vec<Stage>,
}

/// Something that stands in several places, or must not stand in the export.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// What it is.
    pub says: String,
    /// Its value; none for secrets, and for what the target does not say.
    pub value: Option<String>,
    /// Whether it must not be shown.
    pub is_secret: bool,
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The name of the step.
    pub step: String,
    /// What it does, in a sentence.
    pub says: String,
    /// What is done.
    pub act: Act,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A token is signed, RS256.
    Sign {
        /// The variable that the token becomes.
        into: String,
        /// The variable that holds the private key.
        key: String,
        /// The JOSE header.
        header: Json,
        /// The claims.
        claims: Json,
    },
    /// A request is sent.
    Send(Request),
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// Where it goes, without the query.
    pub url: Text,
    /// Parameters of the query.
    pub query: Vec<(String, Text)>,
    /// Header fields but for `Authorization`.
    pub headers: Vec<(String, Text)>,
    /// What stands in `Authorization`.
    pub authorization: Authorization,
    /// The body.
    pub body: Body,
    /// The status codes that are right; any below 400 if empty.
    pub status: Vec<u64>,
    /// Variables that values of the answer become, each with its JSON pointer.
    pub keep: Vec<(String, String)>,
    /// Asked again until this holds.
    pub repeat: Option<Repeat>,
}

/// What stands in `Authorization`.
#[derive(Clone, Debug, PartialEq)]
pub enum Authorization {
    /// Nothing.
    None,
    /// Id and secret of a client, by the variables that hold them.
    Basic {
        /// The id.
        id: String,
        /// The secret.
        secret: String,
    },
    /// An access token.
    Bearer(Text),
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None.
    None,
    /// Parameters of a form.
    Form(Vec<(String, Text)>),
    /// JSON.
    Json(Json),
}

/// How a request is asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// Seconds between two calls; at least one.
    pub every: u64,
    /// How many calls there are at most.
    pub most: u64,
    /// The JSON pointer to what is looked at.
    pub at: String,
    /// The texts that end it.
    pub until: Vec<String>,
}

/// A text with variables in it.
pub type Text = Vec<Piece>;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Stands for itself.
    Text(String),
    /// A variable.
    Variable(String),
    /// Seconds since 1970, so many later.
    Now(i64),
    /// A text that is new each time.
    Fresh,
}

/// A JSON value with variables in its texts.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// What has no variable in it.
    Value(Value),
    /// A text.
    Text(Text),
    /// Seconds since 1970, so many later, as a number.
    Now(i64),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// Why a flow cannot be written for another tool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A step does what other tools cannot.
    #[error("the step `{step}` cannot be exported: {why}")]
    Step {
        /// The step.
        step: String,
        /// What is in the way.
        why: String,
    },
}

impl Script {
    /// Turns a flow into requests. Values that are no secrets come from the target.
    pub fn of(id: &str, flow: &Flow, target: &Target) -> Result<Self, ExportError> {
        let mut writer = Writer {
            flow,
            target,
            variables: IndexMap::new(),
            kept: Vec::new(),
        };
        let mut stages = Vec::new();
        for step in &flow.steps {
            let act = writer.act(step).map_err(|why| ExportError::Step {
                step: step.step.to_string(),
                why,
            })?;
            stages.push(Stage {
                step: step.step.to_string(),
                says: step.says.clone().unwrap_or_default(),
                act,
            });
        }
        Ok(Self {
            title: flow.title.clone(),
            id: id.to_owned(),
            variables: writer.variables,
            stages,
        })
    }
}

/// A name that every tool takes for a variable.
fn variable_name(parts: &[&str]) -> String {
    parts.join("_").replace(['-', '.'], "_")
}

struct Writer<'a> {
    flow: &'a Flow,
    target: &'a Target,
    variables: IndexMap<String, Variable>,
    /// Variables that earlier steps have made.
    kept: Vec<String>,
}

impl Writer<'_> {
    fn act(&mut self, step: &Step) -> Result<Act, String> {
        match &step.action {
            Action::Sign(sign) => self.sign(step, sign),
            Action::Pkce(_) => Err("it makes a proof key".to_owned()),
            Action::TokenRequest(request) => self.token_request(step, request).map(Act::Send),
            Action::Call(call) => self.call(step, call).map(Act::Send),
        }
    }

    fn sign(&mut self, step: &Step, sign: &Sign) -> Result<Act, String> {
        let KeySource::Of(client) = &*sign.key else {
            return Err("it signs with a key that no client has".to_owned());
        };
        if sign.header.get("alg").is_none_or(|alg| alg.as_str() != Some("RS256")) {
            return Err("it signs otherwise than by RS256".to_owned());
        }
        let key = self.secret(client, "key", "its private key: PEM, for curl the path of the file");
        let (header, claims) = (self.members(&sign.header)?, self.members(&sign.claims)?);
        let into = self.keeps(step, TOKEN);
        Ok(Act::Sign {
            into,
            key,
            header,
            claims,
        })
    }

    fn token_request(&mut self, step: &Step, request: &TokenRequest) -> Result<Request, String> {
        if request.signature.is_some() {
            return Err("a key signs the request itself".to_owned());
        }
        let mut form = self.pairs(&request.form)?;
        let authorization = self.authorization(request.authenticate.as_ref(), Some(&mut form))?;
        let mut url = vec![self.place(&request.to)];
        url.push(Piece::Text(TOKEN_PATH.to_owned()));
        Ok(Request {
            method: "POST",
            url,
            query: self.pairs(&request.query)?,
            headers: self.headers(&request.headers)?,
            authorization,
            body: Body::Form(form),
            status: status(&step.expect),
            keep: self.keep(step),
            repeat: None,
        })
    }

    fn call(&mut self, step: &Step, call: &Call) -> Result<Request, String> {
        if call.browser.is_some() {
            return Err("a person makes it with a browser".to_owned());
        }
        let mut url = vec![self.place(&call.to)];
        url.extend(self.text(&call.path)?);
        let mut form = call.form.as_ref().map(|form| self.pairs(form)).transpose()?;
        if let Some(password) = &call.password_of {
            let secret = self.secret(&password.user, "password", "the password");
            let form = form.get_or_insert_default();
            form.push((password.r#in.clone(), vec![Piece::Variable(secret)]));
        }
        let authorization = match &call.bearer {
            Some(bearer) => Authorization::Bearer(self.text(bearer)?),
            None => self.authorization(call.authenticate.as_ref(), form.as_mut())?,
        };
        let body = match (&call.json, form) {
            (Some(json), _) => Body::Json(self.json(json)?),
            (None, Some(form)) => Body::Form(form),
            (None, None) => Body::None,
        };
        let repeat = match &call.repeat {
            None => None,
            Some(repeat) => {
                let every = repeat.every.0.as_secs().max(1);
                let (at, until) = ends(&repeat.until).ok_or("what ends its repetition is no text of the answer")?;
                Some(Repeat {
                    every,
                    most: (repeat.at_most.0.as_secs() / every).max(1),
                    at,
                    until,
                })
            }
        };
        Ok(Request {
            method: call.method.as_str(),
            url,
            query: self.pairs(&call.query)?,
            headers: self.headers(&call.headers)?,
            authorization,
            body,
            status: status(&step.expect),
            keep: self.keep(step),
            repeat,
        })
    }

    /// What stands in `Authorization`; other ways of showing who a client is go into the form.
    fn authorization(
        &mut self,
        authenticate: Option<&Authenticate>,
        form: Option<&mut Vec<(String, Text)>>,
    ) -> Result<Authorization, String> {
        let Some(authenticate) = authenticate else {
            return Ok(Authorization::None);
        };
        let client = &authenticate.client;
        let id = self.attribute(client, &["id"]);
        if authenticate.by == AuthenticationMethod::Basic {
            let secret = self.secret(client, "secret", "its secret");
            let Piece::Variable(id) = id else {
                return Err("its client has no id".to_owned());
            };
            return Ok(Authorization::Basic { id, secret });
        }
        let mut parameters = Vec::new();
        match authenticate.by {
            AuthenticationMethod::Basic => {}
            AuthenticationMethod::Certificate => {
                return Err("its client shows a certificate, which a script would have to bring itself".to_owned());
            }
            AuthenticationMethod::None => parameters.push(("client_id", vec![id])),
            AuthenticationMethod::Body => {
                let secret = self.secret(client, "secret", "its secret");
                parameters.push(("client_id", vec![id]));
                parameters.push(("client_secret", vec![Piece::Variable(secret)]));
            }
            AuthenticationMethod::Assertion => {
                let assertion = authenticate.with.as_ref().ok_or("its client assertion is missing")?;
                parameters.push(("client_assertion_type", vec![Piece::Text(JWT_ASSERTION.to_owned())]));
                parameters.push(("client_assertion", self.text(assertion)?));
            }
        }
        let form = form.ok_or("its client shows who it is in a form that there is not")?;
        form.extend(parameters.into_iter().map(|(name, text)| (name.to_owned(), text)));
        Ok(Authorization::None)
    }

    fn headers(&mut self, written: &Members) -> Result<Vec<(String, Text)>, String> {
        let mut headers = vec![("Accept".to_owned(), vec![Piece::Text("application/json".to_owned())])];
        headers.extend(self.pairs(written)?);
        Ok(headers)
    }

    fn pairs(&mut self, written: &Members) -> Result<Vec<(String, Text)>, String> {
        let pairs = written.iter().map(|(name, value)| {
            let text = match &**value {
                Value::String(text) => self.text(text)?,
                other => vec![Piece::Text(other.to_string())],
            };
            Ok((name.clone(), text))
        });
        pairs.collect()
    }

    fn members(&mut self, written: &Members) -> Result<Json, String> {
        let members = written
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.json(value)?)));
        Ok(Json::Object(members.collect::<Result<_, String>>()?))
    }

    fn json(&mut self, value: &Value) -> Result<Json, String> {
        Ok(match value {
            Value::String(text) => match self.text(text)?.as_slice() {
                [Piece::Now(later)] => Json::Now(*later),
                [] => Json::Value(value.clone()),
                [Piece::Text(text)] => Json::Value(Value::from(text.as_str())),
                pieces => Json::Text(pieces.to_vec()),
            },
            Value::Array(elements) => {
                let elements = elements.iter().map(|element| self.json(element));
                Json::List(elements.collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), self.json(member)?)));
                Json::Object(members.collect::<Result<_, String>>()?)
            }
            other => Json::Value(other.clone()),
        })
    }

    fn text(&mut self, text: &str) -> Result<Text, String> {
        let template: Template = text.parse().map_err(|error| format!("{error}"))?;
        let mut pieces: Text = Vec::new();
        for piece in &template.pieces {
            pieces.push(match piece {
                Written::Text(text) => Piece::Text(text.clone()),
                Written::Expression(expression) => self.expression(expression)?,
            });
        }
        Ok(pieces)
    }

    fn expression(&mut self, expression: &Expression) -> Result<Piece, String> {
        if let Some(name) = expression.single_name() {
            return self.name(name);
        }
        let mut is_about_now = false;
        let mut sum = 0_i64;
        for (sign, term) in &expression.terms {
            let number = match term {
                Term::Integer(number) => *number,
                Term::Name(name) if name.first() == NOW && *sign == Plus::Plus && !is_about_now => {
                    is_about_now = true;
                    0
                }
                Term::Name(name) => self
                    .value(name.first(), name.rest())
                    .and_then(|value| value.as_i64())
                    .ok_or_else(|| format!("`{name}` is no number of the target"))?,
            };
            sum = match sign {
                Plus::Plus => sum.saturating_add(number),
                Plus::Minus => sum.saturating_sub(number),
            };
        }
        Ok(if is_about_now {
            Piece::Now(sum)
        } else {
            Piece::Text(sum.to_string())
        })
    }

    fn name(&mut self, name: &Name) -> Result<Piece, String> {
        let rest: Vec<&str> = name.rest().iter().map(String::as_str).collect();
        match (name.first(), rest.as_slice()) {
            (NOW, []) => Ok(Piece::Now(0)),
            ("fresh", ["uuid"]) => Ok(Piece::Fresh),
            (step, [kept]) if self.kept.contains(&variable_name(&[step, *kept])) => {
                Ok(Piece::Variable(variable_name(&[step, *kept])))
            }
            (bound, path @ [_, ..]) if self.flow.with.contains_key(bound) => Ok(self.attribute(bound, path)),
            _ => Err(format!("`{name}` is nothing that other tools know")),
        }
    }

    fn value(&self, bound: &str, path: &[String]) -> Option<Value> {
        let player = self.flow.with.get(bound)?;
        self.target.lookup(Role::of(bound)?, player)?.attribute(path)
    }

    /// A variable for an attribute of a player. What is no text stands for itself.
    fn attribute(&mut self, bound: &str, path: &[&str]) -> Piece {
        let owned: Vec<String> = path.iter().map(|word| (*word).to_owned()).collect();
        let value = match self.value(bound, &owned) {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => return Piece::Text(other.to_string()),
        };
        let mut parts = vec![bound];
        parts.extend(path);
        let name = variable_name(&parts);
        let says = format!("{} of `{}`", path.join(" "), self.player(bound));
        self.variables.entry(name.clone()).or_insert(Variable {
            says,
            value,
            is_secret: false,
        });
        Piece::Variable(name)
    }

    fn place(&mut self, bound: &str) -> Piece {
        let place = self.attribute(bound, &["url"]);
        if let Piece::Variable(name) = &place
            && let Some(variable) = self.variables.get_mut(name)
        {
            // A path is put behind it.
            variable.value = variable.value.take().map(|url| url.trim_end_matches('/').to_owned());
        }
        place
    }

    fn secret(&mut self, bound: &str, what: &str, says: &str) -> String {
        let says = format!("{says}, of `{}`", self.player(bound));
        let name = variable_name(&[bound, what]);
        self.variables.entry(name.clone()).or_insert(Variable {
            says,
            value: None,
            is_secret: true,
        });
        name
    }

    fn player<'b>(&'b self, bound: &'b str) -> &'b str {
        self.flow.with.get(bound).map_or(bound, |player| player.as_str())
    }

    fn keep(&mut self, step: &Step) -> Vec<(String, String)> {
        let mut keep = Vec::new();
        for (name, source) in &step.keep {
            // Claims of tokens are left out; a later step that wants one says so.
            if let Source::Json(pointer) = &**source
                && !pointer.contains('#')
            {
                keep.push((self.keeps(step, name), pointer.clone()));
            }
        }
        keep
    }

    fn keeps(&mut self, step: &Step, name: &str) -> String {
        let name = variable_name(&[step.step.as_str(), name]);
        self.kept.push(name.clone());
        name
    }
}

/// The status codes that a step expects.
fn status(expectations: &[crate::scenario::Located<Expectation>]) -> Vec<u64> {
    let status = expectations.iter().find_map(|expectation| match &expectation.check {
        Check::Status(Matcher::Is(value)) => Some(vec![value.as_u64()?]),
        Check::Status(Matcher::OneOf(values)) => Some(values.iter().filter_map(Value::as_u64).collect()),
        _ => None,
    });
    status.unwrap_or_default()
}

/// The place and the texts that end a repetition.
fn ends(until: &Expectation) -> Option<(String, Vec<String>)> {
    let Check::Json { at, matcher } = &until.check else {
        return None;
    };
    let values = match matcher {
        Matcher::Is(value) => vec![value],
        Matcher::OneOf(values) => values.iter().collect(),
        _ => return None,
    };
    let texts = values.into_iter().map(|value| Some(value.as_str()?.to_owned()));
    Some((at.clone(), texts.collect::<Option<_>>()?))
}

/// The members and indexes of a JSON pointer (RFC 6901).
pub(super) fn members_of(pointer: &str) -> Vec<String> {
    let members = pointer.split('/').skip(1);
    members
        .map(|member| member.replace("~1", "/").replace("~0", "~"))
        .collect()
}

//! A flow as a Postman collection, version 2.1. Postman has no RSA of its own, so a script before a request signs with jsrsasign, whose text
//! the global variable `jsrsasign` holds. Secrets are variables without a value: the environment brings them.

use serde_json::{Value, json};

use super::script::{Act, Authorization, Body, Json, Piece, Request, Script, Stage, members_of};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// The collection.
pub(super) fn collection(script: &Script) -> String {
    let secrets: Vec<&str> = script
        .variables
        .iter()
        .filter(|(_, variable)| variable.is_secret)
        .map(|(name, _)| name.as_str())
        .collect();
    let signs = script.stages.iter().any(|stage| matches!(stage.act, Act::Sign { .. }));
    let mut about = format!("Written by tenantproof from {}.", script.id);
    if !secrets.is_empty() {
        about += &format!(" The environment brings {}.", secrets.join(", "));
    }
    if signs {
        about += " The global variable jsrsasign holds the text of jsrsasign-all-min.js.";
    }
    let variables = script.variables.iter().map(|(name, variable)| {
        json!({
            "key": name,
            "value": variable.value.as_deref().unwrap_or_default(),
            "type": if variable.is_secret { "secret" } else { "string" },
            "description": variable.says,
        })
    });
    let mut items = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for stage in &script.stages {
        match &stage.act {
            Act::Sign {
                into,
                key,
                header,
                claims,
            } => before.extend(signing(into, key, header, claims)),
            Act::Send(request) => items.push(item(stage, request, std::mem::take(&mut before))),
        }
    }
    let collection = json!({
        "info": { "name": script.title, "description": about, "schema": SCHEMA },
        "item": items,
        "variable": variables.collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&collection).expect("a value is JSON") + "\n"
}

/// The lines of a script that signs.
fn signing(into: &str, key: &str, header: &Json, claims: &Json) -> Vec<String> {
    vec![
        "// Postman has no RSA of its own: jsrsasign comes in as text, in a variable.".to_owned(),
        "if (typeof KJUR === 'undefined') { var navigator = {}, window = {}; eval(pm.globals.get('jsrsasign')); }"
            .to_owned(),
        format!(
            "pm.variables.set({}, KJUR.jws.JWS.sign('RS256', JSON.stringify({}), JSON.stringify({}), pm.variables.get({})));",
            script_text(into),
            expression(header),
            expression(claims),
            script_text(key)
        ),
    ]
}

/// A text as JavaScript writes it.
fn script_text(text: &str) -> String {
    Value::from(text)
        .to_string()
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// A JSON value as an expression of JavaScript.
fn expression(json: &Json) -> String {
    match json {
        Json::Value(value) => value.to_string(),
        Json::Now(later) => now(*later),
        Json::Text(text) => {
            let pieces = text.iter().map(|piece| match piece {
                Piece::Text(text) => script_text(text),
                Piece::Variable(name) => format!("pm.variables.get({})", script_text(name)),
                Piece::Now(later) => format!("String({})", now(*later)),
                Piece::Fresh => "pm.variables.replaceIn('{{$guid}}')".to_owned(),
            });
            pieces.collect::<Vec<_>>().join(" + ")
        }
        Json::List(elements) => {
            let elements: Vec<_> = elements.iter().map(expression).collect();
            format!("[{}]", elements.join(", "))
        }
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| format!("{}: {}", script_text(name), expression(member)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

fn now(later: i64) -> String {
    format!("Math.floor(Date.now() / 1000) + ({later})")
}

fn item(stage: &Stage, request: &Request, mut before: Vec<String>) -> Value {
    let mut values = Vaulted::default();
    let mut url = values.text(&request.url);
    let query = request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), values.text(value)));
    let query: Vec<_> = query.collect();
    if !query.is_empty() {
        url = format!("{url}?{}", query.join("&"));
    }
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| json!({ "key": name, "value": values.text(value) }));
    let mut headers: Vec<_> = headers.collect();
    let auth = match &request.authorization {
        Authorization::None => json!({ "type": "noauth" }),
        Authorization::Basic { id, secret } => json!({ "type": "basic", "basic": [
            { "key": "username", "value": format!("{{{{{id}}}}}"), "type": "string" },
            { "key": "password", "value": format!("{{{{{secret}}}}}"), "type": "string" },
        ] }),
        Authorization::Bearer(token) => json!({ "type": "bearer", "bearer": [
            { "key": "token", "value": values.text(token), "type": "string" },
        ] }),
    };
    let mut written = json!({ "method": request.method, "auth": auth });
    match &request.body {
        Body::None => {}
        Body::Form(form) => {
            let form = form
                .iter()
                .map(|(name, value)| json!({ "key": name, "value": values.text(value), "type": "text" }));
            written["body"] = json!({ "mode": "urlencoded", "urlencoded": form.collect::<Vec<_>>() });
        }
        Body::Json(json) => {
            headers.push(json!({ "key": "Content-Type", "value": "application/json" }));
            // Built by the script before the request, so that values are written as JSON whatever is in them.
            before.push(format!(
                "pm.variables.set('{}_body', JSON.stringify({}));",
                name_of(stage),
                expression(json)
            ));
            written["body"] = json!({ "mode": "raw", "raw": format!("{{{{{}_body}}}}", name_of(stage)) });
        }
    }
    written["header"] = Value::from(headers);
    written["url"] = Value::from(url);
    before.extend(values.lines);
    let mut events = vec![event("test", &after(stage, request))];
    if !before.is_empty() {
        events.insert(0, event("prerequest", &before));
    }
    let name = if stage.says.is_empty() {
        &stage.step
    } else {
        &stage.says
    };
    json!({ "name": format!("{}: {name}", stage.step), "event": events, "request": written })
}

fn name_of(stage: &Stage) -> String {
    stage.step.replace('-', "_")
}

fn event(listen: &str, lines: &[String]) -> Value {
    json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } })
}

/// The lines of the script behind a request: it checks the status, keeps values and asks again.
fn after(stage: &Stage, request: &Request) -> Vec<String> {
    let step = &stage.step;
    let wanted = if request.status.is_empty() {
        "pm.expect(pm.response.code).to.be.below(400)".to_owned()
    } else {
        format!("pm.expect(pm.response.code).to.be.oneOf({:?})", request.status)
    };
    let mut lines = vec![format!(
        "pm.test({}, () => {wanted});",
        script_text(&format!("{step}: status"))
    )];
    for (name, pointer) in &request.keep {
        lines.push(format!(
            "pm.test({}, () => {{ const value = pm.response.json(){}; pm.expect(value).to.be.ok; pm.collectionVariables.set({}, value); }});",
            script_text(&format!("{step}: {pointer} is kept")),
            path(pointer),
            script_text(name)
        ));
    }
    if let Some(repeat) = &request.repeat {
        let until: Vec<_> = repeat.until.iter().map(|text| script_text(text)).collect();
        let counter = script_text(&format!("{}_calls", name_of(stage)));
        lines.push(format!("const calls = Number(pm.variables.get({counter}) || 0) + 1;"));
        lines.push(format!(
            "const isOver = [{}].includes(pm.response.json(){});",
            until.join(", "),
            path(&repeat.at)
        ));
        lines.push(format!(
            "if (!isOver && pm.response.code < 400 && calls < {}) {{",
            repeat.most
        ));
        lines.push(format!("    pm.collectionVariables.set({counter}, calls);"));
        lines.push(format!(
            "    setTimeout(() => postman.setNextRequest(pm.info.requestName), {});",
            repeat.every * 1000
        ));
        lines.push(format!(
            "}} else {{ pm.test({}, () => pm.expect(isOver).to.equal(true)); }}",
            script_text(&format!("{step}: it ends"))
        ));
    }
    lines
}

/// A JSON pointer as what stands behind a value in JavaScript.
fn path(pointer: &str) -> String {
    let members = members_of(pointer)
        .into_iter()
        .map(|member| match member.parse::<u32>() {
            Ok(index) => format!("[{index}]"),
            Err(_) => format!("[{}]", script_text(&member)),
        });
    members.collect()
}

/// Texts with variables as Postman writes them. Where it has no way to write a piece, a line before the request makes a variable of it.
#[derive(Default)]
struct Vaulted {
    lines: Vec<String>,
}

impl Vaulted {
    fn text(&mut self, text: &[Piece]) -> String {
        let mut written = String::new();
        for piece in text {
            match piece {
                Piece::Text(text) => written.push_str(text),
                Piece::Variable(name) => written.push_str(&format!("{{{{{name}}}}}")),
                Piece::Fresh => written.push_str("{{$guid}}"),
                Piece::Now(0) => written.push_str("{{$timestamp}}"),
                Piece::Now(later) => {
                    let name = format!("now_{}", self.lines.len());
                    self.lines.push(format!("pm.variables.set('{name}', {});", now(*later)));
                    written.push_str(&format!("{{{{{name}}}}}"));
                }
            }
        }
        written
    }
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

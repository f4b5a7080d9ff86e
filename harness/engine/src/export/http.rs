//! A flow as an HTTP file, as REST clients of editors read it. They sign nothing: tokens that the flow signs are given.

use std::fmt::Write as _;

use super::script::{Act, Authorization, Body, Json, Piece, Request, Script, members_of};

/// The file.
pub(super) fn http_file(script: &Script) -> String {
    let mut text = format!(
        "# {}\n# Written by tenantproof from {}.\n#\n",
        line(&script.title),
        line(&script.id)
    );
    text.push_str("# Secrets come from the environment of the editor. Never write one into this file.\n\n");
    for (name, variable) in &script.variables {
        let value = match &variable.value {
            _ if variable.is_secret => format!("{{{{$processEnv {name}}}}}"),
            Some(value) => line(value),
            None => String::new(),
        };
        // No request reads a key.
        if !name.ends_with("_key") {
            let _ = writeln!(text, "# {}\n@{name} = {value}", line(&variable.says));
        }
    }
    for stage in &script.stages {
        let _ = match &stage.act {
            Act::Sign { into, .. } => {
                let says = line(&stage.says);
                writeln!(
                    text,
                    "# {says} `tenantproof token` and the export for curl sign it.\n@{into} = {{{{$processEnv {into}}}}}"
                )
            }
            Act::Send(_) => Ok(()),
        };
    }
    for stage in &script.stages {
        if let Act::Send(request) = &stage.act {
            let _ = writeln!(text, "\n### {}\n# @name {}", line(&stage.says), name_of(&stage.step));
            write_request(&mut text, &stage.step, request);
        }
    }
    text
}

/// A text without the ends of lines.
fn line(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

/// A name that can stand before a dot.
fn name_of(step: &str) -> String {
    step.replace('-', "_")
}

fn write_request(text: &mut String, step: &str, request: &Request) {
    let mut url = written(&request.url);
    for (index, (name, value)) in request.query.iter().enumerate() {
        let sign = if index == 0 { '?' } else { '&' };
        let _ = write!(url, "{sign}{}={}", encoded(name), in_form(value));
    }
    let _ = writeln!(text, "{} {url}", request.method);
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {}", written(value));
    }
    let _ = match &request.authorization {
        Authorization::None => Ok(()),
        Authorization::Basic { id, secret } => writeln!(text, "Authorization: Basic {{{{{id}}}}}:{{{{{secret}}}}}"),
        Authorization::Bearer(token) => writeln!(text, "Authorization: Bearer {}", written(token)),
    };
    match &request.body {
        Body::None => {}
        Body::Form(form) => {
            let pairs = form
                .iter()
                .map(|(name, value)| format!("{}={}", encoded(name), in_form(value)));
            let pairs: Vec<_> = pairs.collect();
            let _ = writeln!(
                text,
                "Content-Type: application/x-www-form-urlencoded\n\n{}",
                pairs.join("\n&")
            );
        }
        Body::Json(value) => {
            let _ = writeln!(text, "Content-Type: application/json\n\n{}", json(value));
        }
    }
    for (name, pointer) in &request.keep {
        let members = members_of(pointer).join(".");
        let _ = writeln!(text, "\n@{name} = {{{{{}.response.body.$.{members}}}}}", name_of(step));
    }
}

fn written(text: &[Piece]) -> String {
    text.iter().map(|piece| shown(piece, line)).collect()
}

fn in_form(text: &[Piece]) -> String {
    text.iter().map(|piece| shown(piece, encoded)).collect()
}

fn shown(piece: &Piece, literal: impl Fn(&str) -> String) -> String {
    match piece {
        Piece::Text(text) => literal(text),
        Piece::Variable(name) => format!("{{{{{name}}}}}"),
        Piece::Now(0) => "{{$timestamp}}".to_owned(),
        Piece::Now(later) => format!("{{{{$timestamp {later} s}}}}"),
        Piece::Fresh => "{{$guid}}".to_owned(),
    }
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

fn json(value: &Json) -> String {
    match value {
        Json::Value(value) => value.to_string(),
        Json::Now(later) => shown(&Piece::Now(*later), line),
        Json::Text(text) => {
            let inside = |text: &str| {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            };
            let pieces: String = text.iter().map(|piece| shown(piece, inside)).collect();
            format!("\"{pieces}\"")
        }
        Json::List(elements) => {
            let elements: Vec<_> = elements.iter().map(json).collect();
            format!("[{}]", elements.join(", "))
        }
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| format!("{}: {}", serde_json::Value::from(name.as_str()), json(member)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

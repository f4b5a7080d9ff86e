//! A flow as a shell script: curl sends, jq reads and writes JSON, openssl signs. Secrets come from the environment and go to curl by its
//! standard input, so that no list of processes shows them.

use std::fmt::Write as _;

use super::script::{Act, Authorization, Body, Json, Piece, Request, Script, Stage, members_of};

const HEAD: &str = r#"set -eu

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
# A text as it stands in a form or query.
encoded() { printf %s "$1" | jq -sRr @uri; }
# A text as it stands between quotes in what curl reads.
quoted() { printf %s "$1" | sed 's/[\\"]/\\&/g'; }
# Header, claims, file of the key.
signed() {
  input=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
  printf '%s.%s' "$input" "$(printf %s "$input" | openssl dgst -sha256 -sign "$3" -binary | base64url)"
}
# Sends what standard input says; the body is in $answer, the status in $status.
send() {
  answer=$(curl --silent --show-error --globoff --config - --write-out '\n%{http_code}')
  status=${answer##*"$line"}
  answer=${answer%"$line"*}
}
# Step, and the statuses that are right.
expect() {
  case " $2 " in
    *" $status "*) printf '%s: %s\n' "$1" "$status" ;;
    *) printf '%s: %s, and not %s\n' "$1" "$status" "$2" >&2; exit 1 ;;
  esac
}
line='
'
"#;

/// The script.
pub(super) fn shell_script(script: &Script) -> String {
    let mut text = format!(
        "#!/bin/sh\n# {}\n# Written by tenantproof from {}. Needs curl, jq and openssl.\n",
        comment(&script.title),
        comment(&script.id)
    );
    text.push_str(HEAD);
    text.push('\n');
    for (name, variable) in &script.variables {
        let says = comment(&variable.says);
        let _ = match &variable.value {
            Some(value) => writeln!(text, "# {says}\n{name}=${{{name}-{}}}", single_quoted(value)),
            None => writeln!(text, ": \"${{{name}:?{}}}\"", inside_quotes(&says)),
        };
    }
    for stage in &script.stages {
        write_stage(&mut text, stage);
    }
    text
}

/// A text on the line of a comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

/// A text between single quotes.
pub(crate) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text within double quotes.
fn inside_quotes(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '"' | '$' | '`') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A text as a word of the shell, in double quotes.
fn word(text: &[Piece]) -> String {
    let pieces = text.iter().map(|piece| match piece {
        Piece::Text(text) => inside_quotes(text),
        Piece::Variable(name) => format!("${{{name}}}"),
        Piece::Now(later) => format!("$(($(date +%s) + {later}))"),
        Piece::Fresh => "$(openssl rand -hex 16)".to_owned(),
    });
    format!("\"{}\"", pieces.collect::<String>())
}

/// A call of jq that writes a JSON value.
fn jq(json: &Json) -> String {
    let mut arguments = Vec::new();
    let filter = filter(json, &mut arguments);
    arguments.sort();
    arguments.dedup();
    arguments.push(single_quoted(&filter));
    format!("jq -cn {}", arguments.join(" "))
}

fn filter(json: &Json, arguments: &mut Vec<String>) -> String {
    match json {
        Json::Value(value) => value.to_string(),
        Json::Now(later) => {
            arguments.push("--argjson now \"$(date +%s)\"".to_owned());
            format!("($now + {later})")
        }
        Json::Text(text) => {
            let pieces = text.iter().map(|piece| match piece {
                Piece::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
                Piece::Variable(name) => {
                    arguments.push(format!("--arg {name} \"${name}\""));
                    format!("${name}")
                }
                Piece::Now(later) => {
                    arguments.push("--argjson now \"$(date +%s)\"".to_owned());
                    format!("($now + {later} | tostring)")
                }
                Piece::Fresh => {
                    arguments.push("--arg fresh \"$(openssl rand -hex 16)\"".to_owned());
                    "$fresh".to_owned()
                }
            });
            format!("({})", pieces.collect::<Vec<_>>().join(" + "))
        }
        Json::List(elements) => {
            let elements = elements.iter().map(|element| filter(element, arguments));
            format!("[{}]", elements.collect::<Vec<_>>().join(","))
        }
        Json::Object(members) => {
            let members = members.iter().map(|(name, member)| {
                format!(
                    "{}:{}",
                    serde_json::Value::from(name.as_str()),
                    filter(member, arguments)
                )
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
    }
}

fn write_stage(text: &mut String, stage: &Stage) {
    let _ = writeln!(text, "\n# {}: {}", stage.step, comment(&stage.says));
    match &stage.act {
        Act::Sign {
            into,
            key,
            header,
            claims,
        } => {
            let _ = writeln!(
                text,
                "{into}=$(signed \"$({})\" \"$({})\" \"${key}\")",
                jq(header),
                jq(claims)
            );
        }
        Act::Send(request) => write_request(text, &stage.step, request),
    }
}

fn write_request(text: &mut String, step: &str, request: &Request) {
    let wanted = if request.status.is_empty() {
        "200 201 202 204".to_owned()
    } else {
        let codes: Vec<String> = request.status.iter().map(ToString::to_string).collect();
        codes.join(" ")
    };
    let Some(repeat) = &request.repeat else {
        sent(text, request);
        let _ = writeln!(text, "expect {step} '{wanted}'");
        return kept(text, request);
    };
    let until: Vec<String> = repeat.until.iter().map(|text| single_quoted(text)).collect();
    let _ = writeln!(text, "tries=0\nwhile :; do");
    sent(text, request);
    let _ = writeln!(
        text,
        "expect {step} '{wanted}'\ncase $(printf %s \"$answer\" | jq -r {}) in {}) break ;; esac\ntries=$((tries + 1))",
        single_quoted(&path(&repeat.at)),
        until.join("|")
    );
    let _ = writeln!(
        text,
        "[ \"$tries\" -lt {} ] || {{ echo '{step}: it takes too long' >&2; exit 1; }}\nsleep {}\ndone",
        repeat.most, repeat.every
    );
    kept(text, request);
}

fn sent(text: &mut String, request: &Request) {
    let mut url = word(&request.url);
    url.pop();
    for (index, (name, value)) in request.query.iter().enumerate() {
        let sign = if index == 0 { '?' } else { '&' };
        let _ = write!(
            url,
            "{sign}$(encoded {})=$(encoded {})",
            word(&[Piece::Text(name.clone())]),
            word(value)
        );
    }
    url.push('"');
    let mut lines = Vec::new();
    let mut line = |name: &'static str, word: String| lines.push((name, word));
    line("url", url);
    line("request", format!("\"{}\"", request.method));
    for (name, value) in &request.headers {
        line(
            "header",
            word(&[vec![Piece::Text(format!("{name}: "))], value.clone()].concat()),
        );
    }
    match &request.authorization {
        Authorization::None => {}
        // RFC 6749 section 2.3.1 wants both encoded as in a form before they are joined.
        Authorization::Basic { id, secret } => {
            line("user", format!("\"$(encoded \"${id}\"):$(encoded \"${secret}\")\""));
        }
        Authorization::Bearer(token) => {
            let bearer = [vec![Piece::Text("Authorization: Bearer ".to_owned())], token.clone()].concat();
            line("header", word(&bearer));
        }
    }
    match &request.body {
        Body::None => {}
        Body::Form(form) => {
            for (name, value) in form {
                line(
                    "data-urlencode",
                    word(&[vec![Piece::Text(format!("{name}="))], value.clone()].concat()),
                );
            }
        }
        Body::Json(json) => {
            line("header", "\"Content-Type: application/json\"".to_owned());
            line("data-raw", format!("\"$({})\"", jq(json)));
        }
    }
    text.push_str("send <<EOF\n");
    for (name, word) in lines {
        let _ = writeln!(text, "{name} = \"$(quoted {word})\"");
    }
    text.push_str("EOF\n");
}

fn kept(text: &mut String, request: &Request) {
    for (name, pointer) in &request.keep {
        let _ = writeln!(
            text,
            "{name}=$(printf %s \"$answer\" | jq -er {})",
            single_quoted(&path(pointer))
        );
    }
}

/// A JSON pointer as a path of jq.
fn path(pointer: &str) -> String {
    let members = members_of(pointer);
    if members.is_empty() {
        return ".".to_owned();
    }
    let members = members.iter().map(|member| match member.parse::<u32>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!("[{}]", serde_json::Value::from(member.as_str())),
    });
    format!(".{}", members.collect::<String>())
}

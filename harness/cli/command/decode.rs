//! `decode`: says what a token says that comes by standard input, and what is likely wrong with it. Nothing is sent.

use std::time::{SystemTime, UNIX_EPOCH};

use tenantproof_harness::reading::{Legible, human, json, pasted};

use super::{CommandError, print};
use crate::arguments::{DecodeArguments, Format};
use crate::exit::Exit;
use crate::standard_input;

/// The most that is read; the largest answers with tokens are far smaller.
const MOST_BYTES: u64 = 1024 * 1024;

pub(super) fn decode(arguments: &DecodeArguments) -> Result<Exit, CommandError> {
    if !matches!(
        arguments.input.iter().map(String::as_str).collect::<Vec<_>>()[..],
        [] | ["-"]
    ) {
        return Err(CommandError::Usage(
            "a token is no argument: everybody on this machine can read those, and the shell writes them down. Give it by standard input, \
             as in `tenantproof decode - < FILE`, or paste it after `tenantproof decode -`"
                .to_owned(),
        ));
    }
    let text = standard_input::read("a token", MOST_BYTES)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now
        .ok()
        .and_then(|now| i64::try_from(now.as_secs()).ok())
        .unwrap_or_default();
    let tokens: Vec<Legible> = pasted(&text).iter().map(|token| Legible::of(token, now)).collect();
    if tokens.is_empty() {
        return Err(CommandError::Usage(
            "there is no token in what was given: paste the token, the answer, the header field or the command line that holds it".to_owned(),
        ));
    }
    print(&match arguments.format {
        Format::Human => human(&tokens),
        Format::Json => json(&tokens, now),
    });
    Ok(if tokens.iter().all(|token| token.troubles.is_empty()) {
        Exit::Success
    } else {
        Exit::Failed
    })
}

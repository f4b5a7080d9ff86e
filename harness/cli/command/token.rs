//! `token`: hands an assertion, an access token or a curl line over to whoever asks. What was asked for goes to standard output, and nothing
//! else does; what is said about it goes where errors go.

use tenantproof_harness::flow::{Cast, Nature};
use tenantproof_harness::handover::{
    AskError, Choice, Granted, Wish, access_token, assertion, client_assertion, curl, curl_line,
};
use tenantproof_harness::reading::{distance, moment};
use tenantproof_harness::report::escape;
use tenantproof_harness::scenario::model::Effect;
use tenantproof_harness::system::System as _;
use tenantproof_harness::target::{Secret, SecretReference, Target, without_line_break};

use super::{CommandError, library, print, say};
use crate::arguments::{HandoverArgument, StdinArgument, TokenArguments};
use crate::exit::Exit;
use crate::standard_input;
use crate::tenant::{self, Tenant};

/// The most that a secret may have; keys are far shorter.
const MOST_BYTES: u64 = 64 * 1024;
/// The most causes of a refusal that are named.
const MOST_CAUSES: usize = 2;

pub(super) fn token(arguments: &TokenArguments) -> Result<Exit, CommandError> {
    let mut target = tenant::read(&arguments.target, &arguments.reach)?;
    let wish = Wish {
        client: arguments.client.as_deref(),
        user: arguments.user.as_deref(),
        api: arguments.api.as_deref(),
    };
    if let Some(what) = arguments.stdin {
        let client = Choice::client(&target, wish.client)
            .map_err(CommandError::Usage)?
            .to_owned();
        bring(&mut target, &client, what)?;
    }
    match arguments.form {
        HandoverArgument::Assertion => sign(target, wish, arguments),
        HandoverArgument::AccessToken => ask(target, wish, arguments),
        HandoverArgument::Curl => write_down(&target, wish, arguments),
    }
}

/// Takes something of a client from standard input in place of where the target file says.
fn bring(target: &mut Target, client: &str, what: StdinArgument) -> Result<(), CommandError> {
    let client = &mut target.clients[client];
    let (name, place) = match what {
        StdinArgument::Secret => ("the client's secret", &mut client.secret),
        StdinArgument::Key => ("the client's private key", &mut client.key),
        StdinArgument::KeyPassphrase => ("what opens the client's key", &mut client.key_passphrase),
    };
    let text = standard_input::read(name, MOST_BYTES)?;
    let text = without_line_break(&text);
    if text.is_empty() {
        return Err(CommandError::Usage(format!(
            "{name} is to come by standard input, which is empty"
        )));
    }
    *place = Some(SecretReference::Given(Secret::from_text(text)));
    Ok(())
}

fn cast(target: Target) -> Cast {
    let effects = vec![Effect::Token];
    Cast::new(target, Nature::Foreign { effects })
}

fn sign(target: Target, wish: Wish<'_>, arguments: &TokenArguments) -> Result<Exit, CommandError> {
    let tenant = Tenant::open(&target, &arguments.reach, None, None)?;
    let now = tenant.system.now();
    let cast = cast(target);
    let client = Choice::client(cast.target(), wish.client).map_err(CommandError::Usage)?;
    let user = Choice::user(cast.target(), wish.user).map_err(CommandError::Usage)?;
    let signed = match user {
        Some((_, user)) => assertion(&cast, client, &user.name, now),
        None => client_assertion(&cast, client, now),
    };
    let signed = signed.map_err(|why| CommandError::Usage(format!("clients.{client} cannot sign: {why}")))?;
    let whom = user.map_or_else(|| "itself".to_owned(), |(name, _)| format!("users.{name}"));
    say(&format!(
        "an assertion of clients.{client} for {whom}. {}",
        usable(Some(now + assertion::LIFE), now)
    ));
    print(&format!("{signed}\n"));
    Ok(Exit::Success)
}

fn ask(target: Target, wish: Wish<'_>, arguments: &TokenArguments) -> Result<Exit, CommandError> {
    let tenant = Tenant::open(&target, &arguments.reach, None, None)?;
    tenant::stop_on_signal(tenant.stop);
    let cast = cast(target);
    if !cast.allows(Effect::Token, None) {
        return Err(CommandError::Usage(
            "the target file does not allow it; its owner adds \"token\" to `effects` under [allow]".to_owned(),
        ));
    }
    let choice = Choice::of(cast.target(), wish).map_err(CommandError::Usage)?;
    let library = library()?;
    match access_token(&cast, &choice, &library, &tenant.system) {
        Ok(Granted { token, until }) => {
            say(&format!(
                "an access token {}. {}",
                about(&choice),
                usable(until, tenant.system.now())
            ));
            print(&format!("{}\n", token.expose()));
            Ok(Exit::Success)
        }
        Err(AskError::Incomplete(why)) => Err(CommandError::Usage(why)),
        Err(error) => {
            say(&format!("tenantproof: {}", escape::command(&error.to_string())));
            Ok(match error {
                AskError::Refused { call, suspicions } => {
                    for suspicion in suspicions.iter().take(MOST_CAUSES) {
                        say(&format!("perhaps {} ({})", suspicion.cause, suspicion.id));
                        say(&format!(
                            "  because {}",
                            escape::terminal(&suspicion.because.join("; "))
                        ));
                        say(&format!("  {}", suspicion.fix));
                    }
                    if let Some(ecid) = call.ecid {
                        say(&format!("ecid {}", escape::terminal(&ecid)));
                    }
                    Exit::Failed
                }
                _ => Exit::Inconclusive,
            })
        }
    }
}

fn write_down(target: &Target, wish: Wish<'_>, arguments: &TokenArguments) -> Result<Exit, CommandError> {
    let choice = Choice::of(target, wish).map_err(CommandError::Usage)?;
    let connect = tenant::resolved(&arguments.reach.resolve)?;
    let connect: Vec<(String, String)> = connect
        .into_iter()
        .map(|(site, address)| (site, address.to_string()))
        .collect();
    let line = curl_line(target, &choice, &connect).map_err(CommandError::Usage)?;
    say(&format!(
        "this line asks for an access token {}; nothing was sent",
        about(&choice)
    ));
    say(&format!(
        "it reads {}: the secret of clients.{}",
        curl::SECRET,
        choice.client
    ));
    if let Some((user, _)) = choice.user {
        say(&format!(
            "it reads {}: what `tenantproof token --target {} --as assertion --client {} --user {user}` prints",
            curl::ASSERTION,
            arguments.target.display(),
            choice.client
        ));
    }
    print(&format!("{line}\n"));
    Ok(Exit::Success)
}

/// Who asks for what, and how.
fn about(choice: &Choice<'_>) -> String {
    let whom = choice
        .user
        .map_or_else(String::new, |(user, _)| format!(" as users.{user}"));
    let grant = choice.grant().rsplit(':').next().unwrap_or_default();
    format!(
        "of clients.{} for apis.{}{whom} by {grant}",
        choice.client, choice.api.0
    )
}

/// Until when something can be used.
fn usable(until: Option<u64>, now: u64) -> String {
    let [until, now] = [until, Some(now)].map(|time| time.and_then(|time| i64::try_from(time).ok()));
    match (until, now) {
        (Some(until), Some(now)) => {
            let (until, far) = (moment(until), distance(until, now));
            format!("Whoever has it can use it until {until} ({far})")
        }
        _ => "Whoever has it can use it, and nothing says until when".to_owned(),
    }
}

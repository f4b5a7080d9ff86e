//! People at a pod: signing in through the domain, the session that comes of it, the token that guards it against forged requests, and what
//! a session gives: the relayed token, the trust token of a script, the Security Console.
//!
//! One kind of request with one set of facts. How the domain signs somebody in is its own business; a pod only sends the browser there and
//! takes back the code. The real gateway redeems that code over a call of its own; here the pod looks it up, which nobody can tell apart.

pub mod answers;
pub mod console_page;
pub mod console_rules;
pub mod facts;
pub mod promises;
pub mod rules;
pub mod sign_in;

use crate::decide::Decision;
use crate::fusion::Context;
use crate::fusion::session::facts::{SessionEndpoint, SessionRequest};
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Rule, Tables};
use crate::state::Effect;

/// The home of a pod (FUSION-501).
pub const HOME_PATH: &str = "/fscmUI/faces/FuseWelcome";
/// Where the domain sends people back to. The real path is not known.
pub const CALLBACK_PATH: &str = "/gateway/callback";
/// The token against forged requests (FUSION-501).
pub const ANTI_FORGERY_PATH: &str = "/fscmRestApi/anticsrf";
/// The token relay (FUSION-501).
pub const RELAY_PATH: &str = "/fscmRestApi/tokenrelay";
/// Stands for a script of the pod that calls `getTrustToken()` (FUSION-207). This path is our own.
pub const TRUST_TOKEN_PATH: &str = "/scripts/trust-token";
/// The Security Console, as far as it is about trust (FUSION-208). The paths are our own.
pub const CONSOLE_PATH: &str = "/security-console";
/// Where its form for a new provider goes.
pub const ADD_PROVIDER_PATH: &str = "/security-console/providers";
/// Where its form for taking one out goes.
pub const REMOVE_PROVIDER_PATH: &str = "/security-console/providers/remove";
/// Where its form for a new certificate goes.
pub const ADD_CERTIFICATE_PATH: &str = "/security-console/certificates";
/// Where its form for taking one out goes.
pub const REMOVE_CERTIFICATE_PATH: &str = "/security-console/certificates/remove";

/// The tables that judge such a request, in the order in which a violation answers.
pub static SESSION_TABLES: Tables<SessionEndpoint> = &[rules::SESSION_RULES, console_rules::CONSOLE_PAGE_RULES];

/// Decides such a request.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = SessionRequest::read(context);
    let promises = Promises {
        refused: &[promises::SESSION_PROMISES],
        granted: &[promises::SESSION_PROMISES],
    };
    let refuse = |rule: &Rule<SessionEndpoint>, _: &mut Vec<Effect>| {
        answers::refusal(&facts, rule.info.id, rule.denial.under(&context.landscape.profile))
    };
    let grant = |effects: &mut Vec<Effect>| answers::grant(&facts, effects);
    let ruling = settle(SESSION_TABLES, &facts, active, promises, refuse, grant);
    let user = facts.name().map(str::to_owned);
    Decision::of(facts.route.name(), ruling, None, user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landscape::Pod;
    use crate::landscape::profile::{Profile, switch};
    use crate::landscape::reference::{ReferenceKeys, published_secret, reference};
    use crate::mock::Mock;
    use crate::wire::{Channel, Request, Response};

    fn asked(switch_value: &str, path: &str, accept: &str) -> Response {
        let mut landscape = reference(Profile::default(), &ReferenceKeys::published(), &published_secret);
        let is_set = landscape.profile.set(switch::TOKEN_RELAY_SIGN_IN, switch_value);
        is_set.expect("the switch has this value");
        Mock::fixed(landscape, 1_795_176_000, [7; 32]).answer(&Request {
            method: "GET".to_owned(),
            site: Pod::host_named("DEV5"),
            path: path.to_owned(),
            query: Some("a=1\r\nSet-Cookie: x=y".to_owned()),
            headers: vec![("accept".to_owned(), accept.to_owned())],
            body: Vec::new(),
            channel: Channel::Protected,
            client_certificate: None,
        })
    }

    #[test]
    fn whom_the_relay_sends_to_sign_in_is_a_switch() {
        let statuses =
            |value| ["text/html,*/*;q=0.8", "application/json"].map(|accept| asked(value, RELAY_PATH, accept).status);
        assert_eq!(statuses("those-who-take-pages"), [302, 401]);
        assert_eq!(statuses("always"), [302, 302]);
        assert_eq!(statuses("never"), [401, 401]);
    }

    #[test]
    fn the_switch_is_about_the_relay_alone() {
        assert_eq!(asked("never", HOME_PATH, "text/html").status, 302);
        assert_eq!(asked("always", ANTI_FORGERY_PATH, "application/json").status, 401);
    }

    #[test]
    fn no_header_field_repeats_what_could_end_it() {
        let answer = asked("always", RELAY_PATH, "text/html");
        let is_one_line = |(_, value): &(String, String)| !value.contains(char::is_control);
        assert!(answer.headers.iter().all(is_one_line), "{:?}", answer.headers);
    }
}

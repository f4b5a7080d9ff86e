//! The end of a session (IDCS-OAUTH-507): OpenID Connect RP-initiated logout as far as it is documented.

use serde_json::Value;

use crate::answer::{Answer, Place, Slot};
use crate::decide::Decision;
use crate::form::Form;
use crate::idcs::Context;
use crate::idcs::pages::SignedOut;
use crate::idcs::person::browser::{self, Browser, SESSION_COOKIE, error_page, forget, set_cookie};
use crate::jose::compact::Compact;
use crate::landscape::{App, Domain};
use crate::rule::defect::{Active, Defect};
use crate::rule::misreport::other_status;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Confidence, Denials, Rule, Tables, Verdict, grounds, guard};
use crate::state::Effect;
use crate::wire::Request;

/// Its path (IDCS-OAUTH-507).
pub const PATH: &str = "/oauth2/v1/userlogout";

/// The kind of request that ends a session.
#[derive(Debug)]
pub struct SignOutEndpoint;

impl crate::rule::Kind for SignOutEndpoint {
    type Facts<'a> = SignOutRequest<'a>;
}

/// What can be known about it.
#[derive(Debug)]
pub struct SignOutRequest<'a> {
    request: &'a Request,
    parameters: Form,
    /// Whether the hint is a token that this domain signed.
    hint_is_ours: Option<bool>,
    /// The application that the hint names.
    app: Option<&'a App>,
}

impl<'a> SignOutRequest<'a> {
    fn read(domain: &'a Domain, now: u64, request: &'a Request) -> Self {
        let parameters = match request.method.as_str() {
            "POST" => Form::read(&request.body),
            _ => Form::read(request.query.as_deref().unwrap_or_default().as_bytes()),
        };
        let hint = parameters.value("id_token_hint").map(Compact::read);
        // A hint may be past its time: it only says which application asks.
        let signed = |token: &Compact| {
            let signature = token.signature.as_deref().unwrap_or_default();
            let input = token.signing_input.as_bytes();
            let keys = [&domain.signing, domain.signing_at(now)];
            keys.iter()
                .any(|signing| signing.key.public().verifies(input, signature))
        };
        let client = hint
            .as_ref()
            .and_then(|token| token.claims.as_ref()?.text("client_id").value());
        Self {
            request,
            hint_is_ours: hint.as_ref().map(signed),
            app: client.and_then(|id| domain.apps.get(&id)),
            parameters,
        }
    }

    /// Where the person goes afterwards, where that is registered.
    fn target(&self) -> Option<&str> {
        let sent = self.parameters.value("post_logout_redirect_uri")?;
        let registered = &self.app?.post_logout_redirect_uris;
        registered.iter().map(String::as_str).find(|uri| *uri == sent)
    }
}

/// The tables that judge it.
pub static SIGN_OUT_TABLES: Tables<SignOutEndpoint> = &[SIGN_OUT_RULES];

static SIGN_OUT_RULES: &[Rule<SignOutEndpoint>] = &[
    guard::<SignOutEndpoint>(
        "sign-out.hint",
        "A hint is an ID token of this domain.",
        grounds(Confidence::Inferred, &["IDCS-OAUTH-507"]),
        &[],
        &[
            Defect::skip("not-ours", &["SGN-010"], "takes anybody's token for a hint"),
            other_status(&["SGN-010"]),
        ],
        |facts| match (facts.request.method.as_str(), facts.hint_is_ours) {
            (_, None) => Verdict::NotApplicable,
            (_, Some(true)) => Verdict::Held,
            (_, Some(false)) => Verdict::violated("not-ours", "the hint is no token that this domain signed"),
        },
        Denials::same(400, "invalid_request", "The hint is not a token of this domain."),
    ),
    guard::<SignOutEndpoint>(
        "sign-out.redirect-uri",
        "People are sent only to an address that the application of the ID token registered for it.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-507"]),
        &["sign-out.hint"],
        &[
            Defect::skip("other", &["SGN-010"], "sends people anywhere after they signed out"),
            other_status(&["SGN-010"]),
        ],
        |facts| match (facts.parameters.value("post_logout_redirect_uri"), facts.target()) {
            (None, _) => Verdict::NotApplicable,
            (Some(_), Some(_)) => Verdict::Held,
            (Some(_), None) => Verdict::violated(
                "other",
                "the address is not registered, or no ID token says whose it would be",
            ),
        },
        Denials::same(400, "invalid_request", "The address to go to is not registered."),
    ),
];

/// Decides the end of a session.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = SignOutRequest::read(context.domain, context.env.now, context.request);
    let browser = Browser::read(context);
    let refuse = |rule: &Rule<SignOutEndpoint>, _: &mut Vec<Effect>| {
        error_page(
            context.domain,
            context.env,
            rule.denial.under(&context.landscape.profile),
        )
    };
    let grant = |effects: &mut Vec<Effect>| {
        effects.extend(browser.session_key.clone().map(forget));
        signed_out(&facts, context.domain).header("Set-Cookie", set_cookie(SESSION_COOKIE, "", 0))
    };
    let ruling = settle(SIGN_OUT_TABLES, &facts, active, Promises::NONE, refuse, grant);
    let client = facts.app.map(|app| app.client_id.clone());
    let user = browser.session.map(|session| session.user.clone());
    Decision::of("userlogout", ruling, client, user)
}

fn signed_out(facts: &SignOutRequest, domain: &Domain) -> Answer {
    let sent = facts.parameters.value("post_logout_redirect_uri");
    let Some(target) = facts.target().or(sent) else {
        return browser::page(200, &SignedOut { domain: &domain.label });
    };
    let state = facts.parameters.value("state");
    let parameters = state.map(|state| ("state", Slot::Value(Value::from(state))));
    Answer::redirect(target, Place::Query, parameters.into_iter().collect())
        .header("Cache-Control", "no-cache, no-store, must-revalidate")
}

//! Rules on authorization requests (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
//!
//! The first ones refuse by a page, since whoever would be told by a redirect is not certain; [`REDIRECTED`] says where that ends.

use crate::idcs::person::authorize_facts::{AuthorizationEndpoint, AuthorizationRequest};
use crate::idcs::person::front_channel::RESPONSE_TYPES;
use crate::idcs::scopes;
use crate::landscape::profile::switch;
use crate::landscape::{AUTHORIZATION_CODE, ClientType, IMPLICIT};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token::percent_decoded;
use crate::rule::{Confidence, Denial, Denials, Neighbour, Rule, Verdict, grounds, guard};

const INVALID_REQUEST: Denials = Denials::same(
    400,
    "invalid_request",
    "The request contains invalid parameters or values.",
);
const INVALID_SCOPE: Denials = Denials::same(302, "invalid_scope", "Invalid scope.");

/// The first rule whose refusal goes to the client by a redirect.
pub const REDIRECTED: &str = "authorize.response-type-present";

/// The table.
pub static AUTHORIZATION_RULES: &[Rule<AuthorizationEndpoint>] = &[
    guard::<AuthorizationEndpoint>(
        "authorize.method",
        "An authorization request uses GET, or POST.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-501", "IDCS-OAUTH-103"]),
        &[],
        &[Defect::skip("other-method", &["ACG-051"], "takes any method")],
        |facts| match facts.context.request.method.as_str() {
            "GET" | "POST" => Verdict::Held,
            _ => Verdict::violated("other-method", "the method is neither GET nor POST"),
        },
        Denials::same(405, "invalid_request", "The method is not supported."),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.once",
        "No parameter stands twice.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-706"]),
        &["authorize.method"],
        &[
            Defect::skip("twice", &["ACG-012"], "takes the first of two parameters"),
            Defect::overreach(
                "unknown-parameter",
                &["ACG-031"],
                "refuses a parameter that it does not know",
            ),
        ],
        |facts| match facts.parameters.doubled() {
            None => Verdict::Held,
            Some(_) => Verdict::violated("twice", "a parameter stands twice"),
        },
        INVALID_REQUEST,
    )
    .beside(&[Neighbour {
        defect: "unknown-parameter",
        refuses: |facts| facts.parameters.names().any(|name| name.starts_with("x_")),
    }]),
    guard::<AuthorizationEndpoint>(
        "authorize.client-known",
        "The client is registered here.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-501", "IDCS-OAUTH-102"]),
        &["authorize.once"],
        &[
            Defect::skip("missing", &["ACG-003"], "goes on without a client"),
            Defect::skip("unknown", &["ACG-003"], "goes on with a client that nobody registered"),
            other_status(&["ACG-003"]),
        ],
        |facts| match (facts.parameters.value("client_id"), facts.app) {
            (None, _) => Verdict::violated("missing", "`client_id` is missing"),
            (Some(_), None) => Verdict::violated("unknown", "no client of this domain has this id"),
            (Some(_), Some(_)) => Verdict::Held,
        },
        Denials::same(400, "invalid_client", "The client is not known here."),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.client-active",
        "The client's application is activated.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-011"]),
        &["authorize.client-known"],
        &[Defect::skip(
            "inactive",
            &["CAU-014", "ORA-010"],
            "serves applications that nobody activated",
        )],
        |facts| match facts.app {
            Some(app) if !app.active => Verdict::violated("inactive", "the application is not activated"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(400, "invalid_client", "OAuth Client app is inactive"),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.redirect-uri",
        "The redirect URI is one that the client registered, character by character.",
        grounds(
            Confidence::Observed,
            &["IDCS-OAUTH-116", "IDCS-OAUTH-126", "IDCS-OAUTH-506"],
        ),
        &["authorize.client-known"],
        &[
            Defect::skip("other", &["ACG-004", "ACG-030", "ORA-031"], "redirects to any address"),
            Defect::skip(
                "longer",
                &["ACG-005", "ACG-006", "ACG-007"],
                "redirects to addresses that begin like a registered one",
            ),
            Defect::skip(
                "nearly",
                &["ACG-005", "ACG-008", "ACG-009"],
                "compares redirect URIs after tidying them up",
            ),
            Defect::skip(
                "missing",
                &["ACG-011"],
                "takes the first of several registered addresses where none is sent",
            ),
            Defect::overreach(
                "other-port",
                &["ACG-010"],
                "wants a program on the person's own machine to listen on the port that it registered",
            ),
            Defect::reshape(
                "redirects-anyway",
                &["ACG-004", "ORA-031"],
                "tells the stranger about the refusal by a redirect",
                |answer| {
                    answer.status = 302;
                    answer.set_header("Location", "https://stranger.example/back?error=invalid_request");
                },
            ),
            other_status(&["ACG-004", "ORA-031"]),
        ],
        redirect_uri,
        Denials::same(
            400,
            "invalid_redirect_uri",
            "The client did not register this redirect URI.",
        ),
    )
    .beside(&[Neighbour {
        defect: "other-port",
        refuses: |facts| facts.is_on_another_port(),
    }]),
    guard::<AuthorizationEndpoint>(
        "authorize.response-type-present",
        "A response type is asked for.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-501", "IDCS-OAUTH-723"]),
        &["authorize.redirect-uri"],
        &[
            Defect::skip("missing", &["ACG-001"], "takes `code` for granted"),
            other_code(&["ACG-001", "ACG-014"]),
        ],
        |facts| {
            if facts.response_types().is_empty() {
                Verdict::violated("missing", "`response_type` is missing")
            } else {
                Verdict::Held
            }
        },
        Denials::same(302, "invalid_request", "The response type is missing."),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.response-type",
        "The response type is one that this server gives.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-502", "IDCS-OAUTH-723"]),
        &["authorize.response-type-present"],
        &[
            Defect::skip("unknown", &["ACG-002"], "takes any response type for `code`"),
            Defect::reshape(
                "server-error",
                &["ACG-002"],
                "says that it was its own fault",
                |answer| answer.set_member("error", "server_error".into()),
            ),
        ],
        |facts| match facts.response_types().as_slice() {
            [] => Verdict::NotApplicable,
            words if RESPONSE_TYPES.contains(&words.join(" ").as_str()) => Verdict::Held,
            _ => Verdict::violated("unknown", "no such response type is given here"),
        },
        Denials::same(302, "unsupported_response_type", "The response type is not supported."),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.grant-allowed",
        "The client may use codes where it asks for one, and implicit answers where it asks for tokens.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-013", "IDCS-OAUTH-502", "IDCS-OAUTH-723"],
        ),
        &["authorize.redirect-uri", "authorize.response-type"],
        &[
            Defect::skip("not-ticked", &["TKN-011", "ACG-002"], "gives codes to every client"),
            Defect::skip(
                "implicit",
                &["IMP-007"],
                "gives tokens to every client that can redirect",
            ),
            other_code(&["TKN-011", "IMP-007"]),
        ],
        |facts| {
            let Some(app) = facts.app else {
                return Verdict::NotApplicable;
            };
            if facts.wants_code() && !app.may_use(AUTHORIZATION_CODE) {
                Verdict::violated("not-ticked", "the grant is not ticked on the application")
            } else if facts.wants_tokens() && !app.may_use(IMPLICIT) {
                Verdict::violated("implicit", "the implicit grant is not ticked on the application")
            } else {
                Verdict::Held
            }
        },
        Denials::same(302, "unauthorized_client", "Client authorization failed."),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.scope-known",
        "Scopes are asked for, and every one is known.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-501", "IDCS-OAUTH-112"]),
        &["authorize.redirect-uri"],
        &[
            Defect::skip("missing", &["SCP-002"], "goes on without a scope"),
            Defect::skip(
                "unknown",
                &["SCP-001", "ACG-014"],
                "goes on with scopes that nobody knows",
            ),
            other_code(&["SCP-001"]),
        ],
        |facts| {
            if facts.scopes.is_empty() {
                return Verdict::violated("missing", "`scope` is missing");
            }
            let is_known = scopes::are_well_formed(&facts.scopes) && scopes::first_fault(&facts.scopes).is_none();
            if is_known && scopes::stand_alone(&facts.scopes) {
                Verdict::Held
            } else {
                Verdict::violated("unknown", "a scope is none that is known here")
            }
        },
        INVALID_SCOPE,
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.scope-allowed",
        "Every scope is among those that the client was given, and they are of one resource.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-123", "IDCS-OAUTH-125", "IDCS-OAUTH-115"],
        ),
        &["authorize.scope-known", "authorize.client-known"],
        &[
            Defect::skip(
                "not-given",
                &["SCP-001", "ORA-079"],
                "lets clients ask for what they were not given",
            ),
            Defect::skip(
                "several",
                &["SCP-007"],
                "lets clients mix the scopes of several resources",
            ),
            other_code(&["SCP-001", "ORA-079"]),
        ],
        |facts| {
            let Some(app) = facts.app else {
                return Verdict::NotApplicable;
            };
            if !scopes::are_given(facts.context.domain, app, &facts.scopes) {
                return Verdict::violated("not-given", "the client was not given a scope that it asks for");
            }
            if scopes::are_of_one_resource(&facts.scopes) {
                Verdict::Held
            } else {
                Verdict::violated("several", "the scopes are of several resources")
            }
        },
        INVALID_SCOPE,
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.implicit-scopes",
        "Who asks for tokens at once asks for `openid` with an ID token, and for one resource alone.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-043", "IDCS-OAUTH-413"]),
        &["authorize.scope-known", "authorize.response-type"],
        &[
            Defect::skip("no-openid", &["IMP-008"], "gives ID tokens unasked for"),
            Defect::skip(
                "several",
                &["IMP-009"],
                "takes scopes of several resources for an answer that holds one token",
            ),
            other_code(&["IMP-008", "IMP-009"]),
        ],
        |facts| {
            if !facts.wants_tokens() {
                return Verdict::NotApplicable;
            }
            let wants_id_token = facts.response_types().contains(&"id_token");
            if wants_id_token && !scopes::mention(&facts.scopes, "openid") {
                Verdict::violated("no-openid", "an ID token is asked for without the scope `openid`")
            } else if scopes::has(&facts.scopes, scopes::Special::SeveralResources) {
                Verdict::violated("several", "several resources are asked for, and there is one token")
            } else {
                Verdict::Held
            }
        },
        INVALID_SCOPE,
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.nonce",
        "An ID token that the browser carries is asked for with a nonce (switch `implicit-nonce`).",
        grounds(Confidence::Specified, &["IDCS-OAUTH-501"]),
        &["authorize.response-type"],
        &[
            Defect::skip("missing", &["IMP-010"], "gives ID tokens that fit any request"),
            other_code(&["IMP-010"]),
        ],
        |facts| {
            let is_wanted = facts.response_types().contains(&"id_token")
                && facts.context.landscape.profile.is(switch::IMPLICIT_NONCE, "required");
            match facts.parameters.value("nonce") {
                _ if !is_wanted => Verdict::NotApplicable,
                None => Verdict::violated("missing", "`nonce` is missing"),
                Some(_) => Verdict::Held,
            }
        },
        Denials::same(302, "invalid_request", "A nonce is required."),
    ),
    guard::<AuthorizationEndpoint>(
        "pkce.required",
        "A client that keeps no secret sends a challenge.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-026", "IDCS-OAUTH-501"]),
        &["authorize.redirect-uri"],
        &[
            Defect::skip(
                "public-without",
                &["PKC-001"],
                "gives codes to public clients without a challenge",
            ),
            Defect::overreach(
                "confidential-with",
                &["PKC-020", "ORA-132"],
                "refuses a challenge of a client with a secret",
            ),
        ],
        |facts| {
            let is_public = facts.app.is_some_and(|app| app.client_type == ClientType::Public);
            let wants = facts.context.landscape.profile.has(switch::PUBLIC_CLIENTS_NEED_PKCE);
            if wants && is_public && facts.wants_code() && !facts.parameters.mentions("code_challenge") {
                Verdict::violated("public-without", "`code_challenge` is missing")
            } else {
                Verdict::Held
            }
        },
        Denials::same(302, "invalid_request", "A code challenge is required."),
    )
    .beside(&[Neighbour {
        defect: "confidential-with",
        refuses: |facts| {
            facts.parameters.mentions("code_challenge")
                && facts.app.is_some_and(|app| app.client_type != ClientType::Public)
        },
    }]),
    guard::<AuthorizationEndpoint>(
        "pkce.method",
        "The challenge is hashed by S256; whether it may be plain is a switch (`pkce-plain`).",
        grounds(Confidence::Specified, &["IDCS-OAUTH-501", "IDCS-OAUTH-C-17"]),
        &["authorize.redirect-uri"],
        &[
            Defect::skip("unknown", &["PKC-008"], "takes challenges of unknown methods"),
            Defect::skip("plain", &["PKC-009", "PKC-010"], "takes the verifier in clear"),
            other_code(&["PKC-008"]),
        ],
        |facts| {
            let is_sent = facts.parameters.value("code_challenge").is_some();
            match facts.parameters.value("code_challenge_method") {
                _ if !is_sent => Verdict::NotApplicable,
                Some("S256") => Verdict::Held,
                None | Some("plain") if facts.context.landscape.profile.is(switch::PKCE_PLAIN, "accepted") => {
                    Verdict::Held
                }
                None | Some("plain") => Verdict::violated("plain", "the challenge is not hashed; S256 is wanted"),
                Some(_) => Verdict::violated("unknown", "no such method is known; S256 is wanted"),
            }
        },
        Denials::same(302, "invalid_request", "The code challenge method is not supported."),
    ),
    guard::<AuthorizationEndpoint>(
        "pkce.challenge",
        "A hashed challenge is 43 characters of base64url.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-501"]),
        &["pkce.method"],
        &[
            Defect::skip("malformed", &["PKC-013"], "takes challenges that no verifier can fit"),
            other_code(&["PKC-013"]),
        ],
        |facts| {
            if !facts.parameters.mentions("code_challenge") {
                return Verdict::NotApplicable;
            }
            let challenge = facts.parameters.value("code_challenge").unwrap_or_default();
            let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if challenge.len() == 43 && challenge.bytes().all(is_base64url) {
                Verdict::Held
            } else {
                Verdict::violated("malformed", "the challenge is not 43 characters of base64url")
            }
        },
        Denials::same(302, "invalid_request", "The code challenge is malformed."),
    ),
    guard::<AuthorizationEndpoint>(
        "authorize.prompt",
        "A request that shows the person nothing is answered by what a session and earlier consent allow.",
        grounds(Confidence::Inferred, &["IDCS-OAUTH-504", "IDCS-OAUTH-723"]),
        &["authorize.redirect-uri"],
        &[
            Defect::skip(
                "login-required",
                &["ACG-014", "ACG-030"],
                "shows a page to a silent request",
            ),
            Defect::skip(
                "contradiction",
                &["ACG-014"],
                "shows a page to a request that is silent and asks for one",
            ),
            other_code(&["ACG-014"]),
        ],
        |facts| {
            let prompts = facts.prompts();
            if !prompts.contains(&"none") {
                return Verdict::NotApplicable;
            }
            if prompts.len() > 1 {
                return Verdict::violated("contradiction", "`prompt` says `none` and something else");
            }
            match facts.session() {
                None => Verdict::violated("login-required", "nobody is signed in"),
                Some(session) if facts.wants_consent(&session.user) => {
                    Verdict::violated("login-required", "the person would have to be asked")
                }
                Some(_) => Verdict::Held,
            }
        },
        Denials {
            rfc: Denial {
                status: 302,
                error: "login_required",
                description: "The user would have to sign in.",
            },
            oracle: Denial {
                status: 302,
                error: "login_required",
                description: "The user would have to sign in.",
            },
        },
    ),
];

fn redirect_uri(facts: &AuthorizationRequest) -> Verdict {
    let Some(app) = facts.app else {
        return Verdict::NotApplicable;
    };
    if facts.redirect_uri().is_some() {
        return Verdict::Held;
    }
    let Some(sent) = facts.parameters.value("redirect_uri") else {
        return Verdict::violated(
            "missing",
            "`redirect_uri` is missing, and several or none are registered",
        );
    };
    let registered = || app.redirect_uris.iter().map(String::as_str);
    let cause = if registered().any(|uri| tidy(uri) == tidy(sent)) {
        "nearly"
    } else if registered().any(|uri| sent.starts_with(uri.trim_end_matches('/'))) {
        "longer"
    } else {
        "other"
    };
    Verdict::violated(cause, "`redirect_uri` is none that the client registered")
}

/// What careless comparison takes for the same: letter case, scheme, port, fragment, escapes and dots in the path.
fn tidy(uri: &str) -> String {
    let lower = percent_decoded(uri).to_lowercase();
    let bare = lower.split('#').next().unwrap_or_default();
    let bare = bare
        .strip_prefix("https://")
        .or_else(|| bare.strip_prefix("http://"))
        .unwrap_or(bare);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let host = host.split(':').next().unwrap_or_default();
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("{host}/{}", parts.join("/"))
}

//! Rules on who asks for a token, and on what that client may use.

use crate::idcs::client_facts::Basic;
use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::landscape::profile::switch;
use crate::landscape::{CLIENT_CREDENTIALS, ClientType};
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::{Confidence, Denial, Denials, Neighbour, Rule, Verdict, grounds, guard};
use crate::state::Effect;

const INVALID_CLIENT: Denials = Denials::same(401, "invalid_client", "Client authentication failed.");

/// The table.
pub static CLIENT_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "client.one-method",
        "A client authenticates in one way only.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-709"]),
        &["request.media-type"],
        &[
            Defect::skip(
                "secret-twice",
                &["CAU-006"],
                "takes Basic and body credentials together",
            ),
            Defect::skip(
                "secret-and-assertion",
                &["CAU-007"],
                "takes a secret beside a client assertion",
            ),
            Defect::skip(
                "secret-and-certificate",
                &["MTL-004"],
                "takes a secret beside a certificate",
            ),
            Defect::skip(
                "fields-twice",
                &["CAU-006"],
                "takes the first of two Authorization fields",
            ),
            other_code(&["CAU-006"]),
            other_status(&["CAU-006"]),
        ],
        |facts| {
            if facts.client.fields > 1 {
                Verdict::violated("fields-twice", "there are several Authorization fields")
            } else if facts.client.methods() <= 1 {
                Verdict::Held
            } else if facts.client.shows_certificate {
                Verdict::violated(
                    "secret-and-certificate",
                    "a certificate is shown beside another credential",
                )
            } else if facts.client.assertion.is_some() {
                Verdict::violated(
                    "secret-and-assertion",
                    "a secret and a client assertion are sent together",
                )
            } else {
                Verdict::violated("secret-twice", "Basic and body credentials are sent together")
            }
        },
        Denials::same(
            400,
            "invalid_request",
            "More than one client authentication method was used.",
        ),
    ),
    guard::<TokenEndpoint>(
        "client.present",
        "The client authenticates.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-002", "IDCS-OAUTH-021"]),
        &["request.media-type"],
        &[
            Defect::skip("none", &["CAU-001", "ASR-091"], "takes a client by its id alone"),
            other_code(&["CAU-001"]),
            other_status(&["CAU-001"]),
        ],
        |facts| {
            let is_public = facts
                .client
                .app
                .is_some_and(|app| app.client_type == ClientType::Public);
            let may_be_public = is_public && facts.grant.is_some_and(Grant::is_for_public_clients);
            let is_for_certificates = facts.grant == Some(Grant::TlsClient);
            if is_for_certificates && facts.client.methods() == 0 {
                // What is missing is a certificate, and another rule says so.
                Verdict::NotApplicable
            } else if facts.client.methods() > 0 || may_be_public {
                Verdict::Held
            } else {
                Verdict::violated("none", "no client credentials are sent")
            }
        },
        INVALID_CLIENT,
    ),
    guard::<TokenEndpoint>(
        "client.basic",
        "Basic credentials are base64 of two form-encoded halves with a colon between.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-004"]),
        &["client.present"],
        &[
            Defect::skip("no-colon", &["CAU-010"], "takes credentials without a colon"),
            Defect::skip("not-base64", &["CAU-010"], "takes credentials that are not base64"),
            Defect::skip("not-utf8", &["CAU-010"], "takes credentials that are not UTF-8"),
            Defect::skip("too-long", &["CAU-010"], "reads credentials of any length"),
            Defect::skip(
                "other-scheme",
                &["CAU-010"],
                "takes another scheme for client authentication",
            ),
            Defect::skip("no-credentials", &["CAU-010"], "takes a scheme without credentials"),
            Defect::skip(
                "malformed-escape",
                &["CAU-010"],
                "takes malformed escapes inside credentials",
            ),
            Defect::overreach(
                "encoded",
                &["CAU-004", "ORA-034"],
                "compares the halves without form-decoding them",
            ),
            other_code(&["CAU-010"]),
            other_status(&["CAU-010"]),
        ],
        |facts| match facts.client.basic {
            None => Verdict::NotApplicable,
            Some(Basic::Pair { .. }) => Verdict::Held,
            Some(Basic::Malformed(cause)) => Verdict::violated(cause, "the Basic credentials cannot be read"),
        },
        INVALID_CLIENT,
    )
    .beside(&[Neighbour {
        defect: "encoded",
        refuses: |facts| matches!(&facts.client.basic, Some(Basic::Pair { was_encoded: true, .. })),
    }]),
    guard::<TokenEndpoint>(
        "client.known",
        "The client is registered here.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-110", "IDCS-OAUTH-012"]),
        &["client.present", "client.basic"],
        &[
            Defect::skip(
                "unknown",
                &["CAU-012"],
                "gives tokens to clients that nobody registered",
            ),
            other_code(&["CAU-012"]),
            other_status(&["CAU-012"]),
            Defect::reshape(
                "says-unknown",
                &["CAU-013"],
                "tells an unknown client from a wrong secret",
                |answer| {
                    answer.set_member("error_description", "The client is unknown.".into());
                },
            ),
        ],
        |facts| match facts.client.app {
            Some(_) => Verdict::Held,
            // Whose client assertion it is, is judged there.
            None if facts.client.assertion.is_some() && facts.client.basic.is_none() => Verdict::NotApplicable,
            // Credentials that cannot be read name nobody, and another rule says so.
            None if facts.client.claimed.is_none() => Verdict::NotApplicable,
            None => Verdict::violated("unknown", "no application of this domain has this client id"),
        },
        INVALID_CLIENT,
    ),
    guard::<TokenEndpoint>(
        "client.secret",
        "The secret is the client's.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-110"]),
        &["client.known"],
        &[
            Defect::skip("wrong", &["CAU-002", "ASR-090", "ORA-048"], "takes any secret"),
            Defect::skip("empty", &["CAU-009"], "takes an empty secret"),
            other_code(&["CAU-002", "ORA-048"]),
            other_status(&["CAU-003", "ORA-048"]),
            no_challenge(&["CAU-003", "CAU-052"]),
            Defect::reshape(
                "other-challenge",
                &["CAU-003"],
                "challenges for Bearer where Basic failed",
                |answer| {
                    answer.set_header("WWW-Authenticate", "Bearer realm=\"token\"");
                },
            ),
        ],
        client_secret,
        INVALID_CLIENT,
    ),
    guard::<TokenEndpoint>(
        "client.guesses",
        "After ten wrong secrets nobody is let in as that client for a minute.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-110"]),
        &["client.known"],
        &[
            Defect::skip("too-many", &["CAU-011"], "lets secrets be guessed without end"),
            Defect::overreach(
                "sooner",
                &["CAU-011", "CAU-053"],
                "shuts a client out after nine wrong secrets",
            ),
        ],
        |facts| match &facts.guesses {
            None => Verdict::NotApplicable,
            Some(guesses) if guesses.is_paused(facts.context.env.now) => {
                Verdict::violated("too-many", "there were too many wrong secrets")
            }
            Some(_) => Verdict::Held,
        },
        // The words of a wrong secret: whoever guesses does not learn that they were heard (CAU-013).
        INVALID_CLIENT,
    )
    .beside(&[Neighbour {
        defect: "sooner",
        refuses: |facts| facts.guesses.as_ref().is_some_and(|secret| secret.wrong_before() >= 9),
    }]),
    guard::<TokenEndpoint>(
        "client.method",
        "The client authenticates by a method that it is registered for.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-002", "IDCS-OAUTH-003"]),
        &["client.known"],
        &[
            Defect::skip(
                "secret-of-a-key-client",
                &["CAU-008"],
                "takes the secret of a client that registered a key",
            ),
            Defect::overreach("secret-in-body", &["ORA-035", "CAU-053"], "knows Basic only"),
            other_code(&["CAU-008"]),
        ],
        |facts| match facts.client.app {
            Some(app) if !app.secret_allowed && facts.client.presented_secret().is_some() => {
                Verdict::violated("secret-of-a-key-client", "the client is registered for assertions only")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        INVALID_CLIENT,
    )
    .beside(&[Neighbour {
        defect: "secret-in-body",
        refuses: |facts| facts.client.body_secret.is_some(),
    }]),
    guard::<TokenEndpoint>(
        "client.same-id",
        "A `client_id` in the body names the client that authenticates.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-006", "IDCS-OAUTH-C-01"]),
        &["client.known"],
        &[
            Defect::skip(
                "other-client",
                &["CAU-023", "ORA-036"],
                "passes over a client id that contradicts the credentials",
            ),
            Defect::overreach(
                "id-missing",
                &["CAU-054", "ORA-036"],
                "wants a client id beside a client assertion",
            ),
            other_code(&["CAU-023"]),
        ],
        |facts| match (&facts.client.body_id, &facts.client.claimed) {
            (Some(sent), Some(claimed)) if facts.client.app.is_some() && sent != claimed => Verdict::violated(
                "other-client",
                "`client_id` names another client than the credentials do",
            ),
            _ => Verdict::Held,
        },
        INVALID_CLIENT,
    )
    .beside(&[Neighbour {
        defect: "id-missing",
        refuses: |facts| facts.client.assertion.is_some() && facts.client.body_id.is_none(),
    }]),
    guard::<TokenEndpoint>(
        "client.active",
        "The client's application is activated.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-011", "IDCS-OAUTH-135", "IDCS-OAUTH-708"],
        ),
        &["client.known"],
        &[
            Defect::skip(
                "inactive",
                &["CAU-014", "ORA-010"],
                "gives tokens to applications that nobody activated",
            ),
            other_code(&["CAU-014"]),
            other_status(&["CAU-014"]),
        ],
        |facts| match facts.client.app {
            Some(app) if !app.active => Verdict::violated("inactive", "the application is not activated"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials {
            rfc: INVALID_CLIENT.rfc,
            oracle: Denial {
                status: 401,
                error: "invalid_client",
                description: "OAuth Client app is inactive",
            },
        },
    ),
    guard::<TokenEndpoint>(
        "client.network",
        "A client that is limited to certain networks asks from one of them; these servers see no networks, so it never does.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-010"]),
        &["client.known"],
        &[
            Defect::skip(
                "elsewhere",
                &["ADM-033"],
                "passes over the networks that a client is limited to",
            ),
            other_code(&["ADM-033"]),
        ],
        |facts| match facts.client.app {
            Some(app) if app.limited_to_networks => {
                Verdict::violated("elsewhere", "the client asks from a network that it is not limited to")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        // In which form it is refused is not documented.
        INVALID_CLIENT,
    ),
    guard::<TokenEndpoint>(
        "grant.allowed",
        "The grant is ticked on the client's application.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-013", "IDCS-OAUTH-704"]),
        &["client.known", "grant.known"],
        &[
            Defect::skip(
                "client-credentials",
                &["TKN-011"],
                "gives client credentials to every client",
            ),
            Defect::skip(
                "jwt-bearer",
                &["TKN-011", "ORA-009"],
                "takes user assertions of every client",
            ),
            Defect::skip(
                "other-grants",
                &["TKN-011"],
                "takes codes, refresh tokens, passwords and certificates of every client",
            ),
            other_code(&["TKN-011"]),
            other_status(&["TKN-011"]),
        ],
        |facts| match (facts.app(), facts.grant) {
            (Some(app), Some(grant)) if grant != Grant::Unknown && !app.may_use(grant.name()) => {
                let cause = match grant {
                    Grant::ClientCredentials => "client-credentials",
                    Grant::JwtBearer => "jwt-bearer",
                    _ => "other-grants",
                };
                Verdict::violated(cause, "the grant is not ticked on the application")
            }
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "unauthorized_client", "Client authorization failed."),
    ),
    guard::<TokenEndpoint>(
        "grant.two-assertions",
        "A client that sends two assertions has the client credentials grant too (switch `two-assertions-need-client-credentials`).",
        grounds(Confidence::Observed, &["IDCS-OAUTH-037", "IDCS-OAUTH-136"]),
        &["client.known", "grant.allowed"],
        &[Defect::skip(
            "without-client-credentials",
            &["ORA-033"],
            "does not couple the two grants",
        )],
        |facts| {
            let coupled = facts
                .context
                .landscape
                .profile
                .has(switch::TWO_ASSERTIONS_NEED_CLIENT_CREDENTIALS);
            if !coupled || facts.client.assertion.is_none() || !facts.stands_on_assertion() {
                return Verdict::NotApplicable;
            }
            match facts.client.app {
                Some(app) if !app.may_use(CLIENT_CREDENTIALS) => Verdict::violated(
                    "without-client-credentials",
                    "the application lacks the client credentials grant",
                ),
                Some(_) => Verdict::Held,
                None => Verdict::NotApplicable,
            }
        },
        Denials::same(401, "invalid_client", "A system error has occurred."),
    ),
    guard::<TokenEndpoint>(
        "grant.on-behalf-of",
        "A client that sends user assertions is let act on behalf of users (switch `on-behalf-of-required`).",
        grounds(Confidence::Observed, &["IDCS-OAUTH-232", "IDCS-OAUTH-C-24"]),
        &["client.known", "grant.allowed"],
        &[
            Defect::skip(
                "not-let",
                &["OBO-001"],
                "takes user assertions of clients that may not act on behalf of users",
            ),
            Defect::overreach(
                "let",
                &["OBO-001"],
                "refuses clients that may act on behalf of users, where that is asked for",
            ),
        ],
        |facts| {
            let is_asked = facts.context.landscape.profile.has(switch::ON_BEHALF_OF_REQUIRED);
            match facts.app() {
                Some(app) if is_asked && facts.stands_on_assertion() && !app.on_behalf_of => {
                    Verdict::violated("not-let", "the application lacks the allowed operation On behalf of")
                }
                Some(_) if facts.stands_on_assertion() => Verdict::Held,
                _ => Verdict::NotApplicable,
            }
        },
        Denials::same(400, "unauthorized_client", "Client authorization failed."),
    )
    .beside(&[Neighbour {
        defect: "let",
        refuses: |facts| {
            let is_asked = facts.context.landscape.profile.has(switch::ON_BEHALF_OF_REQUIRED);
            is_asked && facts.stands_on_assertion() && facts.app().is_some_and(|app| app.on_behalf_of)
        },
    }]),
];

fn client_secret(facts: &TokenRequest) -> Verdict {
    let Some(presented) = facts.client.presented_secret() else {
        return Verdict::NotApplicable;
    };
    if facts.client.is_secret_right() == Some(true) {
        return Verdict::Held;
    }
    if facts.client.app.is_none() {
        // Whose secret it should be is for another rule to say.
        return Verdict::NotApplicable;
    }
    let cause = if presented.is_empty() { "empty" } else { "wrong" };
    Verdict::violated(cause, "the secret is not the client's")
}

/// What a wrong secret changes: it is counted.
pub fn counted_secret(facts: &TokenRequest) -> Vec<Effect> {
    let counted = facts
        .guesses
        .as_ref()
        .map(|guesses| guesses.counted(facts.context.env.now));
    counted.into_iter().collect()
}

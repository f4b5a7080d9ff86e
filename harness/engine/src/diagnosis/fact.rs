//! What can be said of one failed exchange, by names that misconfigurations use. A table: each name, a sentence, and how it is found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::symptom::Symptom;
use crate::target::ApiKind;
use crate::token::Decoded;

/// The issuer that domains share.
const SHARED_ISSUER: &str = "https://identity.oraclecloud.com/";
/// The scope that stands for all that a client was given.
const ALL_OF_THE_ACCOUNT: &str = "urn:opc:resource:consumer::all";
/// The grant for user assertions.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Writes the names, and the table of what they mean.
macro_rules! facts {
    ($($name:ident: $says:literal => $holds:expr;)+) => {
        /// The name of something that can be said of an exchange.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum FactName {
            $(#[doc = $says] $name,)+
        }

        /// Every name, the sentence that it stands for, and how it is found.
        pub const FACTS: &[(FactName, &str, fn(&Symptom<'_>) -> bool)] = &[
            $((FactName::$name, $says, $holds),)+
        ];
    };
}

facts! {
    ScopeMissing: "no scope was asked for" => |symptom| symptom.form.get("scope").is_none_or(String::is_empty);
    ScopeUnknownHere: "the scope is not that of any API of the target, letter by letter" => |symptom| {
        let known = |scope: &String| symptom.target.apis.values().any(|api| api.scope == *scope);
        symptom.form.get("scope").is_some_and(|scope| !known(scope) && !scope.starts_with("urn:opc:idm:"))
    };
    ScopeHandTyped: "the scope has a mistake that comes from typing" => |symptom| {
        let of_api = symptom.api.map(|api| (api.audience.as_str(), api.kind));
        let scope = symptom.form.get("scope");
        scope.is_some_and(|scope| typing_mistake(scope, of_api).is_some())
    };
    ScopeMixesAll: "the scope for the whole account is asked for with others" => |symptom| {
        let words = |scope: &String| scope.split(' ').any(|word| word == ALL_OF_THE_ACCOUNT) && scope.contains(' ');
        symptom.form.get("scope").is_some_and(words)
    };
    ScopeOfTwoAudiences: "scopes of two resources are asked for at once" => |symptom| {
        let scope = symptom.form.get("scope").map(String::as_str).unwrap_or_default();
        let audiences: Vec<&str> = symptom.target.apis.values()
            .filter(|api| scope.split(' ').any(|word| word == api.scope))
            .map(|api| api.audience.as_str())
            .collect();
        audiences.iter().any(|audience| *audience != audiences[0])
    };
    ScopeNotListed: "the client's entry does not list this scope" => |symptom| {
        let listed = |client: &crate::target::Client| {
            let mut apis = client.scopes.iter().filter_map(|name| symptom.target.apis.get(name));
            apis.any(|api| Some(&api.scope) == symptom.form.get("scope"))
        };
        symptom.client.is_some_and(|client| !client.scopes.is_empty() && !listed(client))
    };
    GrantNotListed: "the client's entry does not list this grant" => |symptom| {
        let grant = symptom.form.get("grant_type");
        symptom.client.is_some_and(|client| !client.grants.is_empty() && grant.is_some_and(|grant| !client.grants.contains(grant)))
    };
    ClientUnknownHere: "no client of the target has the id that was sent" => |symptom| symptom.client.is_none();
    ClientOfAnotherDomain: "the client belongs to another domain than the one that was asked" => |symptom| {
        let own = symptom.client.and_then(|client| symptom.target.domains.get(&client.domain));
        matches!((own, symptom.domain), (Some(own), Some(asked)) if own.url != asked.url)
    };
    SecretInTheBody: "the client's secret was sent in the body" => |symptom| symptom.form.contains_key("client_secret");
    GrantOfAUser: "a token for a user was asked for by an assertion" => |symptom| symptom.assertion.is_some();
    GrantOfTheClient: "a token for the client itself was asked for" => |symptom| is_grant(symptom, "client_credentials");
    GrantOfRefresh: "a refresh token was used" => |symptom| is_grant(symptom, "refresh_token");
    GrantOfCode: "a code was used" => |symptom| is_grant(symptom, "authorization_code");
    AssertionWithoutKey: "the header of the assertion has neither `kid` nor `x5t`" => |symptom| {
        assertion(symptom).is_some_and(|token| !has(token, "kid") && !has(token, "x5t") && !has(token, "x5t#S256"))
    };
    KeyIdIsNotTheAlias: "the `kid` of the assertion is not the certificate alias of the target file" => |symptom| {
        let alias = symptom.client.and_then(|client| client.certificate_alias.as_deref());
        assertion(symptom).and_then(|token| token.header.get("kid")).is_some_and(|kid| kid.as_str() != alias)
    };
    ThumbprintMiscased: "a thumbprint stands in the header under a name in other letters" => |symptom| {
        let miscased = |name: &String| {
            let known = ["x5t", "x5t#S256"];
            known.iter().any(|known| known.eq_ignore_ascii_case(name)) && !known.contains(&name.as_str())
        };
        assertion(symptom).is_some_and(|token| token.header.keys().any(miscased))
    };
    ThumbprintBadlyWritten: "the `x5t` of the assertion is not 27 letters of base64url" => |symptom| {
        let value = assertion(symptom).and_then(|token| token.header.get("x5t")?.as_str());
        value.is_some_and(|value| value.len() != 27 || value.contains(['+', '/', '=']))
    };
    AlgorithmIsNotRs256: "the assertion is not signed with RS256" => |symptom| {
        assertion(symptom).is_some_and(|token| token.header.get("alg").and_then(Value::as_str) != Some("RS256"))
    };
    AudienceIsTheTokenUrl: "the `aud` of the assertion is the address of the token endpoint" => |symptom| {
        assertion(symptom).is_some_and(|token| audiences(token).iter().any(|audience| audience.contains("/oauth2/v1/token")))
    };
    AudienceLacksTheSlash: "the `aud` of the assertion lacks the slash at its end" => |symptom| {
        let wanted = symptom.domain.map_or(SHARED_ISSUER, |domain| domain.assertion_audience.as_str());
        let bare = wanted.trim_end_matches('/');
        assertion(symptom).is_some_and(|token| audiences(token).iter().any(|audience| audience == bare && audience != wanted))
    };
    AudienceIsNotTheDomains: "the `aud` of the assertion is neither what the target file says nor what domains share" => |symptom| {
        let wanted = symptom.domain.map(|domain| domain.assertion_audience.clone()).unwrap_or_default();
        let is_usual = |audience: &String| audience == SHARED_ISSUER || *audience == wanted && !audience.contains("/oauth2/v1/token");
        assertion(symptom).is_some_and(|token| !audiences(token).iter().any(is_usual))
    };
    AudienceOfTheTargetIsUnusual: "the target file says another `assertion-audience` than the one that domains share" => |symptom| {
        symptom.domain.is_some_and(|domain| domain.assertion_audience != SHARED_ISSUER)
    };
    IssuerIsNotTheClient: "the `iss` of the assertion is not the id of a client of the target" => |symptom| {
        let issuer = assertion(symptom).and_then(|token| token.claims.get("iss")?.as_str());
        issuer.is_some_and(|issuer| !symptom.target.clients.values().any(|client| client.id == issuer))
    };
    SubjectIsAMailAddress: "the `sub` of the assertion looks like a mail address" => |symptom| {
        let subject = symptom.assertion.as_ref().and_then(|token| token.claims.get("sub")?.as_str());
        subject.is_some_and(|subject| subject.contains('@'))
    };
    AssertionExpired: "the assertion's time is over by our clock" => |symptom| {
        assertion(symptom).and_then(|token| token.claims.get("exp")?.as_u64()).is_some_and(|end| end <= symptom.now)
    };
    KeyAndCertificateDiffer: "the private key and the certificate of the target file are no pair" => |symptom| {
        symptom.client.is_some_and(|client| crate::doctor::paper::pair(client) == Some(false))
    };
    CertificateExpired: "the certificate of the target file is over" => |symptom| {
        let end = symptom.client.and_then(crate::doctor::paper::expiry);
        end.is_some_and(|end| end <= i64::try_from(symptom.now).unwrap_or(i64::MAX))
    };
    AnswerIsNoJson: "the answer is no JSON" => |symptom| symptom.status.is_some() && !symptom.media_type.contains("json");
    AnswerIsAPage: "the answer is a page for people" => |symptom| {
        symptom.media_type.contains("html") || symptom.text.trim_start().starts_with("<!doctype html") || symptom.text.trim_start().starts_with("<html")
    };
    Redirected: "the answer is a redirect" => |symptom| symptom.status.is_some_and(|status| (300..400).contains(&status));
    NoToken: "no token was sent" => |symptom| !symptom.has_credentials;
    BearerIsAnAssertion: "what was sent as token is an assertion: its issuer is a client" => |symptom| {
        let issuer = symptom.bearer_claim("iss");
        issuer.is_some_and(|issuer| symptom.target.clients.values().any(|client| client.id == issuer))
    };
    TokenIsForAnother: "the `aud` of the token does not hold the audience of the API" => |symptom| {
        symptom.bearer.is_some() && symptom.api.is_some_and(|api| !symptom.bearer_claims("aud").contains(&api.audience))
    };
    TokenLacksTheScope: "the `scope` of the token does not hold what the API's scope says" => |symptom| {
        let value = |api: &crate::target::Api| api.scope.strip_prefix(&api.audience).unwrap_or(&api.scope).to_owned();
        symptom.bearer.is_some() && symptom.api.is_some_and(|api| {
            let scopes = symptom.bearer_claims("scope");
            !scopes.contains(&value(api)) && !scopes.contains(&api.scope)
        })
    };
    TokenExpired: "the token's time is over by our clock" => |symptom| {
        symptom.bearer.as_ref().and_then(|token| token.claims.get("exp")?.as_u64()).is_some_and(|end| end <= symptom.now)
    };
    TokenOfAnotherIssuer: "the `iss` of the token is not the issuer of the API's domain" => |symptom| {
        let wanted = symptom.api.and_then(|api| symptom.target.domains.get(&api.domain));
        let issuer = symptom.bearer_claim("iss");
        matches!((wanted, issuer), (Some(domain), Some(issuer)) if domain.issuer != issuer)
    };
    TokenIssuerLacksTheSlash: "issuer of token and target differ by the slash at the end alone" => |symptom| {
        let wanted = symptom.api.and_then(|api| symptom.target.domains.get(&api.domain));
        let issuer = symptom.bearer_claim("iss");
        matches!((wanted, issuer), (Some(domain), Some(issuer))
            if domain.issuer != issuer && domain.issuer.trim_end_matches('/') == issuer.trim_end_matches('/'))
    };
    TokenIsRight: "audience, scope, issuer and time of the token are as they should be" => |symptom| {
        let wrong = [FactName::TokenIsForAnother, FactName::TokenLacksTheScope, FactName::TokenExpired, FactName::BearerIsAnAssertion];
        symptom.bearer.is_some() && !wrong.iter().any(|fact| fact.holds(symptom))
    };
 TokenOfAThirdParty: "the `iss` of the token is that of no domain of the target" => |symptom| {
        let issuer = symptom.bearer_claim("iss");
        issuer.is_some_and(|issuer| symptom.target.domains.values().all(|domain| domain.issuer != issuer))
    };
    AudienceHasAPath: "the audience of the API goes on behind the name of its resource" => |symptom| {
        let path_of = |api: &crate::target::Api| match api.audience.split_once(":fusion:") {
            Some((_, resource)) => resource.trim_end_matches('/').contains('/'),
            None => url::Url::parse(&api.audience).is_ok_and(|url| url.has_host() && url.path().len() > 1 && !url.path().contains("urn:")),
        };
        symptom.api.is_some_and(path_of)
    };
    AudienceOfTheOtherStack: "the audience is that of the pod's other stack" => |symptom| {
        let of_classic = |api: &crate::target::Api| api.audience.starts_with("urn:opc:resource:fa:");
        symptom.api.is_some_and(|api| match api.kind {
            ApiKind::FusionAi => of_classic(api),
            ApiKind::FusionAdf => api.audience.starts_with("urn:opc:resource:fusion:"),
            _ => false,
        })
    };
    ScopeOfAnotherPod: "the scope names another pod than the address of the API" => |symptom| {
        let pod = symptom.form.get("scope").and_then(|scope| scope.strip_prefix("urn:opc:resource:fusion:")?.split(':').next());
        matches!((pod, symptom.api), (Some(pod), Some(api)) if !api.url.to_lowercase().contains(&pod.to_lowercase()))
    };
    ScopeWithoutItsResource: "the scope is a value without the audience that goes in front of it" => |symptom| {
        symptom.form.get("scope").is_some_and(|scope| scope == ALL_OF_THE_ACCOUNT || scope.starts_with("/ic/api/"))
            && symptom.api.is_some_and(|api| api.kind == ApiKind::Oic)
    };
    TokenOfAUser: "the token is a user's" => |symptom| is_of_user(symptom);
    TokenOfAClient: "the token is a client's own" => |symptom| symptom.bearer.is_some() && !is_of_user(symptom);
    ApiOfAnotherDomain: "the API takes tokens of another domain than the client's" => |symptom| {
        matches!((symptom.api, symptom.client), (Some(api), Some(client)) if api.domain != client.domain)
    };
    IntegrationOfAnotherDomain: "Integration is in another domain than Fusion" => |symptom| {
        let is_fusion = |api: &&crate::target::Api| api.kind == ApiKind::FusionAi || api.audience.starts_with("urn:opc:resource:fa:");
        let mut pods = symptom.target.apis.values().filter(is_fusion).peekable();
        symptom.api.is_some_and(|api| {
            api.kind == ApiKind::Oic && pods.peek().is_some() && pods.all(|pod| pod.domain != api.domain)
        })
    };
    AudienceIsTheFriendlyHost: "the audience of an integration is the host that people type" => |symptom| {
        let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
        symptom.api.is_some_and(|api| api.kind == ApiKind::Oic && host(&api.audience).is_some() && host(&api.audience) == host(&api.url))
    };
    PathInAProject: "the path is that of an integration in a project" => |symptom| symptom.path.contains("/project/");
    CertificateNotTrusted: "the server's certificate is not trusted" => |symptom| said(symptom, "no secure connection");
    NameHasNoAddress: "the host has no address" => |symptom| said(symptom, "its name has no address");
    ConnectionRefused: "nobody listens there" => |symptom| said(symptom, "refused the connection");
    TooSlow: "there was no answer in time" => |symptom| said(symptom, "did not answer within");
}

impl FactName {
    /// Whether it holds of an exchange.
    pub fn holds(self, symptom: &Symptom<'_>) -> bool {
        FACTS.iter().any(|(name, _, holds)| *name == self && holds(symptom))
    }

    /// The sentence that it stands for.
    pub fn says(self) -> &'static str {
        let found = FACTS.iter().find(|(name, ..)| *name == self);
        found.map(|(_, says, _)| *says).unwrap_or_default()
    }
}

fn is_grant(symptom: &Symptom<'_>, grant: &str) -> bool {
    symptom.form.get("grant_type").is_some_and(|asked| asked == grant)
}

fn said(symptom: &Symptom<'_>, words: &str) -> bool {
    symptom.unanswered.as_ref().is_some_and(|why| why.contains(words))
}

fn is_of_user(symptom: &Symptom<'_>) -> bool {
    let subject = symptom.bearer_claim("sub");
    let is_marked = symptom.bearer_claim("sub_type").is_some_and(|kind| kind == "user");
    let is_named = subject.is_some_and(|subject| symptom.target.users.values().any(|user| user.name == subject));
    is_marked || is_named
}

/// The assertion that decides: the user's, else the client's.
fn assertion<'a>(symptom: &'a Symptom<'_>) -> Option<&'a Decoded> {
    symptom.assertion.as_ref().or(symptom.client_assertion.as_ref())
}

fn has(token: &Decoded, name: &str) -> bool {
    token.header.contains_key(name)
}

fn audiences(token: &Decoded) -> Vec<String> {
    match token.claims.get("aud") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(elements)) => elements
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// The mistake of typing that a scope has, in words.
///
/// A scope of a domain is the audience of a resource with one of its values right behind it (IDCS-OAUTH-325).
pub fn typing_mistake(scope: &str, of_api: Option<(&str, ApiKind)>) -> Option<String> {
    let says = |text: &str| Some(text.to_owned());
    if let Some(strange) = scope
        .chars()
        .find(|character| !character.is_ascii_graphic() && *character != ' ')
    {
        return Some(format!(
            "it holds the character U+{:04X}, which comes from copying out of a document",
            u32::from(strange)
        ));
    }
    if scope.trim() != scope || scope.contains("  ") {
        return says("it has a blank too many");
    }
    if scope.contains(['"', '\'', '<', '>', '{', '}']) {
        return says("it holds quotation marks or brackets, which belong to where it was copied from");
    }
    if scope.contains(":443/urn:") {
        return says("there is a slash between `:443` and `urn:`");
    }
    if scope.contains("%3A") || scope.contains("%2F") || scope.contains("%3a") || scope.contains("%2f") {
        return says("it is percent-encoded; the request encodes it once more");
    }
    let is_bare_host = !scope.contains("://") && !scope.starts_with("urn:") && scope.contains(".integration.");
    if is_bare_host {
        return says("the `https://` in front is missing");
    }
    let (audience, kind) = of_api.filter(|(_, kind)| *kind != ApiKind::Plain)?;
    match scope.strip_prefix(audience) {
        Some("") => says("it is the audience alone; the value behind it is missing"),
        Some(value) if value.starts_with("//") => says("there is a doubled slash between audience and value"),
        Some(_) => None,
        None if kind == ApiKind::FusionAi && format!("{scope}/").starts_with(audience) => {
            says("the slash at its end is missing")
        }
        None if scope.to_lowercase().starts_with(&audience.to_lowercase()) => {
            says("it differs from the audience in the case of letters")
        }
        None if scope.starts_with(audience.trim_end_matches(":443")) => says("the `:443` of the audience is missing"),
        None => says("it does not begin with the audience"),
    }
}

//! What can be known about a request that names a token: who asks, which token it is, and what that is worth.

use crate::idcs::client_assertion_rules::CLIENT_ASSERTION_RULES;
use crate::idcs::client_rules::CLIENT_RULES;
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::idcs::presented::PresentedRefresh;
use crate::idcs::protected::facts::read_token;
use crate::idcs::protected::token_rules::signed;
use crate::idcs::{Context, about_token};
use crate::landscape::{App, UserStatus};
use crate::rule::defect::Active;
use crate::rule::token::{self, SignedToken};
use crate::rule::{Kind, Tables, Verdict, judge};

/// The kind of request that names a token.
#[derive(Debug)]
pub struct AboutToken;

impl Kind for AboutToken {
    type Facts<'a> = Question<'a>;
}

/// What is to be done about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Tell what it is worth.
    Introspection,
    /// End it.
    Revocation,
}

impl Route {
    /// The name that the journal shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Introspection => "introspection",
            Self::Revocation => "revocation",
        }
    }
}

/// Everything that can be known about one such request.
#[derive(Debug)]
pub struct Question<'a> {
    /// Which endpoint.
    pub route: Route,
    /// The request as the token endpoint would read it: its form, and the client behind it.
    pub asked: TokenRequest<'a>,
    /// The token that it names.
    pub subject: Subject<'a>,
}

/// The token that is named. Hints are not needed to tell the two apart (RFC 7662 section 2.1).
#[derive(Debug)]
pub enum Subject<'a> {
    /// None.
    Nothing,
    /// Something in the form of an access token.
    Access(Box<SignedToken<'a>>),
    /// Anything else: a refresh token, if it is known.
    Refresh(PresentedRefresh<'a>),
}

/// What the token endpoint asks about a client.
static CLIENT_TABLES: Tables<TokenEndpoint> = &[CLIENT_RULES, CLIENT_ASSERTION_RULES];

impl<'a> Question<'a> {
    /// Reads a request.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            state,
            env,
            domain,
            request,
            ..
        } = *context;
        let route = match request.path.as_str() {
            about_token::revocation::PATH => Route::Revocation,
            _ => Route::Introspection,
        };
        let asked = TokenRequest::read(context);
        let subject = match asked.form.value("token") {
            None => Subject::Nothing,
            Some(text) if text.matches('.').count() >= 2 => Subject::Access(Box::new(read_token(env, domain, text))),
            Some(text) => Subject::Refresh(PresentedRefresh::of_text(state, env, domain, text)),
        };
        Self { route, asked, subject }
    }

    /// The application that asks.
    pub fn app(&self) -> Option<&'a App> {
        self.asked.client.app
    }

    /// Why the client is not who it says it is: the token endpoint's own questions, whose defects stay there.
    pub fn doubt(&self) -> Option<&'static str> {
        let judgement = judge(CLIENT_TABLES, &self.asked, &Active::NONE);
        let mut broken = judgement.violated().filter(|rule| rule.starts_with("client"));
        broken.next().map(|rule| match rule {
            "client.present" => "none",
            "client.known" => "unknown",
            "client.active" => "inactive",
            _ => "wrong",
        })
    }

    /// Why the token is good for nothing, where it is not.
    pub fn fault(&self) -> Option<&'static str> {
        match &self.subject {
            Subject::Nothing => Some("unknown"),
            Subject::Access(token) => self.fault_of_access(token),
            Subject::Refresh(presented) => match presented.family {
                None => Some("unknown"),
                Some((family, _)) if family.is_revoked || family.current != presented.digest => Some("revoked"),
                Some((family, _)) => self.lacks(&family.client, Some(&family.user)).then_some("gone"),
            },
        }
    }

    fn fault_of_access(&self, token: &SignedToken) -> Option<&'static str> {
        let is = |verdict: Verdict| matches!(verdict, Verdict::Held);
        if !is(signed(token)) || token.text("tok_type").as_deref() == Some("IT") {
            Some("unsound")
        } else if !is(token::present(token, "exp").and_then(|| token::expiry(token))) {
            Some("expired")
        } else {
            let claim = |name| token.text(name).unwrap_or_default();
            let (client, subject) = (claim("client_id"), claim("sub"));
            let user = (subject != client).then_some(subject);
            self.lacks(&client, user.as_deref()).then_some("gone")
        }
    }

    /// Whether the client or the user of a token is not there any more, or was switched off.
    fn lacks(&self, client: &str, user: Option<&str>) -> bool {
        let domain = self.asked.context.domain;
        let has_client = domain.apps.get(client).is_some_and(|app| app.active);
        let is_active = |name| {
            domain
                .user(name, false)
                .is_some_and(|user| user.status == UserStatus::Active)
        };
        !has_client || user.is_some_and(|name| !is_active(name))
    }
}

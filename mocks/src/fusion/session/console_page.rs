//! The Security Console as a page: what it shows, what its forms want, and what comes of them.

use crate::answer::{Answer, Place};
use crate::form::Form;
use crate::fusion::console::wish::{self, Wish};
use crate::fusion::pages::{Actions, CertificateShown, Console, ProviderShown, date};
use crate::fusion::session::facts::SessionRequest;
use crate::fusion::session::{
    ADD_CERTIFICATE_PATH, ADD_PROVIDER_PATH, CONSOLE_PATH, REMOVE_CERTIFICATE_PATH, REMOVE_PROVIDER_PATH,
};
use crate::idcs::person::browser::page;
use crate::landscape::trust_list::TokenType;
use crate::state::Effect;

const ACTIONS: Actions = Actions {
    add_provider: ADD_PROVIDER_PATH,
    remove_provider: REMOVE_PROVIDER_PATH,
    add_certificate: ADD_CERTIFICATE_PATH,
    remove_certificate: REMOVE_CERTIFICATE_PATH,
};

/// What a form wants that was sent to this path.
pub fn wish_of(path: &str, form: &Form) -> Wish {
    let text = |name: &str| form.value(name).unwrap_or_default().to_owned();
    match path {
        ADD_PROVIDER_PATH => {
            let ticked = TokenType::ALL.into_iter().map(|(_, name)| name);
            let ticked = ticked.filter(|name| form.value(&name.to_lowercase()).is_some());
            Wish::AddProvider {
                issuer: text("issuer"),
                token_types: ticked.map(str::to_owned).collect(),
            }
        }
        REMOVE_PROVIDER_PATH => Wish::RemoveProvider { id: text("id") },
        ADD_CERTIFICATE_PATH => Wish::AddCertificate {
            issuer: text("issuer"),
            alias: text("alias"),
            pem: text("certificate"),
        },
        _ => Wish::RemoveCertificate { id: text("id") },
    }
}

/// The page.
pub fn page_of(facts: &SessionRequest) -> Answer {
    shown(facts, 200, None, ["", "", ""])
}

/// The page once more, with why a wish could not be fulfilled and with what was typed.
pub fn page_again(facts: &SessionRequest, status: u16) -> Answer {
    let wish = facts.wish();
    let plan = wish
        .as_ref()
        .map(|wish| wish::plan(facts.context.pod, facts.context.env, wish));
    let problem = plan.and_then(Result::err).map(|fault| fault.detail);
    let typed = match &wish {
        Some(Wish::AddProvider { issuer, .. }) => [issuer.as_str(), "", ""],
        Some(Wish::AddCertificate { alias, pem, .. }) => ["", alias.as_str(), pem.as_str()],
        _ => ["", "", ""],
    };
    shown(facts, status, problem, typed)
}

fn shown(facts: &SessionRequest, status: u16, problem: Option<&str>, typed: [&str; 3]) -> Answer {
    let pod = facts.context.pod;
    let providers = pod.trust.providers.values().map(|provider| {
        let kinds: Vec<&str> = provider.token_types.iter().map(|kind| kind.name()).collect();
        let certificates = pod.trust.certificates_of(&provider.id).map(|kept| CertificateShown {
            id: &kept.id,
            alias: &kept.certificate.alias,
            thumbprint: &kept.certificate.x5t,
            until: date(kept.certificate.not_after),
        });
        ProviderShown {
            id: &provider.id,
            issuer: &provider.issuer,
            types: kinds.join(", "),
            certificates: certificates.collect(),
        }
    });
    let set_up = pod.trusted.iter().map(|trusted| ProviderShown {
        id: "",
        issuer: &trusted.issuer,
        types: TokenType::Jwt.name().to_owned(),
        certificates: Vec::new(),
    });
    let mut providers: Vec<ProviderShown> = providers.chain(set_up).collect();
    providers.sort_by(|one, other| one.issuer.cmp(other.issuer));
    page(
        status,
        &Console {
            pod: &pod.name,
            user: facts.name().unwrap_or("nobody"),
            request: &facts.anti_forgery().unwrap_or_default(),
            actions: ACTIONS,
            providers: &providers,
            problem,
            typed,
        },
    )
}

/// Does what a form wants, and sends the browser back to the page.
pub fn done(facts: &SessionRequest, effects: &mut Vec<Effect>) -> Answer {
    let change = facts
        .wish()
        .map(|wish| wish::plan(facts.context.pod, facts.context.env, &wish));
    if let Some(Ok(change)) = change {
        effects.extend(change.effects);
    }
    let mut answer = Answer::redirect(
        &format!("{}{CONSOLE_PATH}", facts.context.pod.url()),
        Place::Query,
        Vec::new(),
    );
    // By GET, so that going back does not send the form again.
    answer.status = 303;
    answer
}

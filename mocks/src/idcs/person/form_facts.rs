//! What can be known about a form that a person sent: which request it belongs to, which browser it comes from, what they typed.

use crate::form::Form;
use crate::idcs::Context;
use crate::idcs::person::browser::Browser;
use crate::idcs::presented::{PresentedPassword, digest_of};
use crate::landscape::App;
use crate::rule::Kind;
use crate::state::{self, Device, Kept, Key, Pending, Thing};
use crate::wire::BODY_LIMIT;

/// The kind of request that the pages' forms make.
#[derive(Debug)]
pub struct PageForm;

impl Kind for PageForm {
    type Facts<'a> = FormRequest<'a>;
}

/// Everything that can be known about one form that was sent.
#[derive(Debug)]
pub struct FormRequest<'a> {
    /// What is asked, where and when.
    pub context: Context<'a>,
    /// The fields.
    pub form: Form,
    /// The browser that it comes from.
    pub browser: Browser<'a>,
    /// Where the request that it belongs to would be kept.
    pub key: Key,
    /// That request, where it is still waiting.
    pub pending: Option<(&'a Pending, &'a Kept)>,
    /// User name and password, where they were typed.
    pub password: Option<PresentedPassword<'a>>,
}

impl<'a> FormRequest<'a> {
    /// Reads a form.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            state,
            env,
            domain,
            request,
            ..
        } = *context;
        let form = Form::read(&request.body[..request.body.len().min(BODY_LIMIT)]);
        let key = Key::new(
            state::Kind::Pending,
            &domain.host,
            form.value("request").unwrap_or_default(),
        );
        let pending = state.get(&key, env.now).and_then(|kept| match &kept.thing {
            Thing::Pending(pending) => Some((pending, kept)),
            _ => None,
        });
        let typed = form.value("username").zip(form.value("password"));
        let password = typed.map(|(name, password)| PresentedPassword::read(state, env, domain, name, password));
        Self {
            browser: Browser::read(context),
            context: *context,
            form,
            key,
            pending,
            password,
        }
    }

    /// What the person chose by a button with a name.
    pub fn decision(&self) -> Option<&str> {
        self.form.value("decision")
    }

    /// Whether the browser is the one that the request belongs to.
    pub fn is_same_browser(&self) -> bool {
        let mark = self.browser.mark.as_deref().map(digest_of);
        self.pending
            .is_some_and(|(pending, _)| mark.as_deref() == Some(&pending.browser))
    }

    /// The device that is meant: by the code that was typed, or by the request that goes on.
    pub fn device(&self) -> Option<(Key, &'a Device, &'a Kept)> {
        let typed = self.form.value("user_code").map(plain_user_code);
        let digest = match (typed, self.pending) {
            (Some(code), _) => {
                let key = Key::new(state::Kind::UserCode, &self.context.domain.host, &code);
                match &self.context.state.get(&key, self.context.env.now)?.thing {
                    Thing::UserCode(digest) => digest.clone(),
                    _ => return None,
                }
            }
            (None, Some((pending, _))) => pending.device.clone()?,
            (None, None) => return None,
        };
        let key = Key::new(state::Kind::Device, &self.context.domain.host, &digest);
        let kept = self.context.state.get(&key, self.context.env.now)?;
        match &kept.thing {
            Thing::Device(device) => Some((key, device, kept)),
            _ => None,
        }
    }

    /// The application that the request is for.
    pub fn app(&self) -> Option<&'a App> {
        let asked = self.pending.and_then(|(pending, _)| pending.asked.as_ref());
        let client = asked.map(|asked| asked.client.as_str());
        let client = client.or_else(|| self.device().map(|(_, device, _)| device.client.as_str()));
        self.context.domain.apps.get(client?)
    }
}

/// A user code as it is compared: dashes, blanks and letter case mean nothing (RFC 8628 section 6.1).
pub fn plain_user_code(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

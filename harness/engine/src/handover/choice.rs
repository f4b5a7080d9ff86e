//! Who is meant: client, user and API, by the names of the target file, or the only one where there is but one.

use indexmap::IndexMap;

use crate::target::{Api, Client, Likeness, Target, User};

/// What was asked for; names of the target file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// The client.
    pub client: Option<&'a str>,
    /// The user; the client itself if left out.
    pub user: Option<&'a str>,
    /// The API whose scope is asked for.
    pub api: Option<&'a str>,
}

/// Who is meant.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The client, by name.
    pub client: &'a str,
    /// The user, by name and entry; none where it is for the client itself.
    pub user: Option<(&'a str, &'a User)>,
    /// The API, by name and entry.
    pub api: (&'a str, &'a Api),
}

impl<'a> Choice<'a> {
    /// Finds out who is meant.
    ///
    /// # Errors
    ///
    /// A name that the target file does not have, or several that it may be. What was asked is not repeated: it may be a secret in the wrong place.
    pub fn of(target: &'a Target, wish: Wish<'_>) -> Result<Self, String> {
        let client = match (wish.client, wish.api) {
            // Where it is said what is called, that may say who calls.
            (None, Some(api)) => Self::caller(target, api).map_or_else(|| Self::client(target, None), Ok)?,
            (asked, _) => Self::client(target, asked)?,
        };
        let entry = &target.clients[client];
        let user = Self::user(target, wish.user)?;
        if let Some((name, user)) = user
            && user.domain != entry.domain
        {
            return Err(format!("users.{name} lives in another domain than clients.{client}"));
        }
        let is_listed = |name: &str, api: &Api| {
            is_ordinary(api.likeness.as_ref())
                && (entry.scopes.is_empty() || entry.scopes.iter().any(|listed| listed == name))
        };
        let api = one("API", "--api", &target.apis, wish.api, is_listed)?;
        Ok(Self { client, user, api })
    }

    /// The only client that may ask for the scope of an API; none where there are several, or none.
    fn caller(target: &'a Target, api: &str) -> Option<&'a str> {
        let mut callers = target.clients.iter().filter(|(_, client)| {
            is_ordinary(client.likeness.as_ref()) && client.scopes.iter().any(|listed| listed == api)
        });
        let (name, _) = callers.next()?;
        callers.next().is_none().then_some(name)
    }

    /// The client that is meant.
    ///
    /// # Errors
    ///
    /// As [`Choice::of`].
    pub fn client(target: &'a Target, asked: Option<&str>) -> Result<&'a str, String> {
        let is_ordinary = |_: &str, client: &Client| is_ordinary(client.likeness.as_ref());
        one("client", "--client", &target.clients, asked, is_ordinary).map(|(name, _)| name)
    }

    /// The user that is meant; none where none was asked for.
    ///
    /// # Errors
    ///
    /// As [`Choice::of`].
    pub fn user(target: &'a Target, asked: Option<&str>) -> Result<Option<(&'a str, &'a User)>, String> {
        asked
            .map(|asked| one("user", "--user", &target.users, Some(asked), |_, _| true))
            .transpose()
    }
}

/// Entries that are like another one but for a fault are there to be refused.
fn is_ordinary(likeness: Option<&Likeness>) -> bool {
    likeness.is_none()
}

/// The entry that was asked for, whatever it is; else the only one that may be meant.
fn one<'a, T>(
    kind: &str,
    flag: &str,
    entries: &'a IndexMap<String, T>,
    asked: Option<&str>,
    may_be: impl Fn(&str, &T) -> bool,
) -> Result<(&'a str, &'a T), String> {
    if let Some(asked) = asked {
        let found = entries.get_key_value(asked);
        return found.map(|(name, entry)| (name.as_str(), entry)).ok_or_else(|| {
            let names: Vec<&str> = entries.keys().map(String::as_str).collect();
            format!("the target file has no such {kind}; it has {}", listed(&names))
        });
    }
    let found: Vec<(&str, &T)> = entries
        .iter()
        .filter(|(name, entry)| may_be(name, entry))
        .map(|(name, entry)| (name.as_str(), entry))
        .collect();
    match found[..] {
        [only] => Ok(only),
        [] => Err(format!("the target file has no {kind} for this")),
        _ => {
            let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
            Err(format!("say which {kind} by {flag}: {}", listed(&names)))
        }
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::for_tests::target;

    #[test]
    fn a_name_that_is_not_there_is_not_repeated() {
        let target = target();
        for wish in [
            Wish {
                client: Some("hunter2"),
                ..Wish::default()
            },
            Wish {
                client: Some("backend"),
                user: Some("hunter2"),
                ..Wish::default()
            },
            Wish {
                client: Some("backend"),
                api: Some("hunter2"),
                ..Wish::default()
            },
        ] {
            let error = Choice::of(&target, wish).unwrap_err();
            assert!(!error.contains("hunter2") && error.contains("it has"), "{error}");
        }
    }

    #[test]
    fn the_only_one_is_meant_and_of_several_one_must_be_named() {
        let mut target = target();
        target.clients.retain(|name, _| name == "backend");
        target.apis.retain(|name, _| name == "agents");
        target.clients["backend"].scopes.clear();
        let choice = Choice::of(&target, Wish::default()).unwrap();
        assert_eq!((choice.client, choice.api.0), ("backend", "agents"));
        assert!(choice.user.is_none());
        let other = target.clients["backend"].clone();
        target.clients.insert("other".to_owned(), other);
        assert_eq!(
            Choice::of(&target, Wish::default()).unwrap_err(),
            "say which client by --client: backend, other"
        );
    }

    #[test]
    fn what_is_called_may_say_who_calls() {
        let mut target = target();
        target.clients.retain(|name, _| name == "backend");
        let other = Client {
            scopes: vec!["orders".to_owned()],
            ..target.clients["backend"].clone()
        };
        let orders = target.apis["agents"].clone();
        target.clients["backend"].scopes = vec!["agents".to_owned()];
        target.clients.insert("caller".to_owned(), other);
        target.apis.insert("orders".to_owned(), orders);
        let wish = |api| Wish {
            api: Some(api),
            ..Wish::default()
        };
        for (api, client) in [("agents", "backend"), ("orders", "caller")] {
            assert_eq!(Choice::of(&target, wish(api)).unwrap().client, client);
        }
        target.clients["caller"].scopes.push("agents".to_owned());
        assert!(Choice::of(&target, wish("agents")).is_err());
    }
}

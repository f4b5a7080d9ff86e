//! Arrangements: the names of a scenario resolved to what the system under test knows.

use crate::flow::value::spelt;
use crate::flow::{Cast, FlowError, Missing, Names};
use crate::scenario::model::Arrangement;
use crate::system::{Arranged, System};
use crate::target::Entity;

/// Makes something so on the landscape.
pub(super) fn arrange(
    arrangement: &Arrangement,
    names: &Names,
    cast: &Cast,
    system: &dyn System,
) -> Result<(), FlowError> {
    Ok(system.arrange(&arranged(arrangement, names, cast)?)?)
}

/// Replaces the names that are bound in a scenario by ids, user names and agents.
fn arranged(arrangement: &Arrangement, names: &Names, cast: &Cast) -> Result<Arranged, FlowError> {
    let entity = |bound: &str, what: &str| {
        let player = names.get(bound);
        let player = player.ok_or_else(|| FlowError::scenario(format!("nobody is bound to the name `{bound}`")))?;
        let found = cast.player(bound, player);
        found.ok_or_else(|| FlowError::from(Missing::new(player, what)))
    };
    let text = |bound: &str, what: &str| {
        let value = entity(bound, what)?.attribute(&[what]);
        value
            .map(spelt)
            .ok_or_else(|| FlowError::from(Missing::new(bound, what)))
    };
    let client_id = |bound: &str| match entity(bound, "id")? {
        Entity::Client(client) => Ok(client.id.clone()),
        _ => Err(FlowError::scenario(format!("`{bound}` is no client"))),
    };
    let user = |bound: &str| text(bound, "name");
    let domain = |bound: &str| match (entity(bound, "url")?, names.get(bound)) {
        (Entity::Domain(_), Some(player)) => Ok(player.to_owned()),
        _ => Err(FlowError::scenario(format!("`{bound}` is no domain"))),
    };
    Ok(match arrangement {
        Arrangement::TrustedCertificate { of } => Arranged::TrustedCertificate {
            client_id: client_id(of)?,
        },
        Arrangement::NoCertificate { of } => Arranged::NoCertificate {
            client_id: client_id(of)?,
        },
        Arrangement::CertificateOf { client, key_of } => Arranged::CertificateOf {
            client_id: client_id(client)?,
            other_client_id: client_id(key_of)?,
        },
        Arrangement::AgentOpenTo { api, user: who } => Arranged::AgentOpenTo {
            agent: text(api, "agent")?,
            user: user(who)?,
        },
        Arrangement::AgentClosedTo { api, user: who } => Arranged::AgentClosedTo {
            agent: text(api, "agent")?,
            user: user(who)?,
        },
        Arrangement::ClientInactive { of } => Arranged::ClientInactive {
            client_id: client_id(of)?,
        },
        Arrangement::UserLocked { of } => Arranged::UserLocked { user: user(of)? },
        Arrangement::UserRemoved { of } => Arranged::UserRemoved { user: user(of)? },
        Arrangement::CustomClaim {
            of,
            name,
            values,
            tokens,
            mode,
            with_scope_of,
        } => Arranged::CustomClaim {
            domain: domain(of)?,
            name: name.clone(),
            values: values.clone(),
            tokens: *tokens,
            mode: *mode,
            scope: with_scope_of.as_ref().map(|api| text(api, "scope")).transpose()?,
        },
        Arrangement::Setting { name, value } => Arranged::Setting {
            name: name.to_string(),
            value: spelt(value.clone()),
        },
    })
}

/// The word for an arrangement in a scenario.
pub(super) fn word(arrangement: &Arrangement) -> &'static str {
    match arrangement {
        Arrangement::TrustedCertificate { .. } => "trusted-certificate",
        Arrangement::NoCertificate { .. } => "no-certificate",
        Arrangement::CertificateOf { .. } => "certificate-of",
        Arrangement::AgentOpenTo { .. } => "agent-open-to",
        Arrangement::AgentClosedTo { .. } => "agent-closed-to",
        Arrangement::ClientInactive { .. } => "client-inactive",
        Arrangement::UserLocked { .. } => "user-locked",
        Arrangement::UserRemoved { .. } => "user-removed",
        Arrangement::CustomClaim { .. } => "custom-claim",
        Arrangement::Setting { .. } => "setting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::for_tests::{cast, names};

    #[test]
    fn names_become_ids() {
        let cast = cast();
        let names = names(&[
            ("client", "backend"),
            ("other-client", "partner"),
            ("user", "employee"),
            ("api", "agents"),
        ]);
        let arranged = |text: &str| arranged(&serde_saphyr::from_str(text).unwrap(), &names, &cast);
        assert_eq!(
            arranged("certificate-of: { client: client, key-of: other-client }"),
            Ok(Arranged::CertificateOf {
                client_id: "client-1".to_owned(),
                other_client_id: "client-2".to_owned(),
            })
        );
        assert_eq!(
            arranged("agent-closed-to: { api: api, user: user }"),
            Ok(Arranged::AgentClosedTo {
                agent: "HELPER".to_owned(),
                user: "ada".to_owned(),
            })
        );
        assert!(matches!(
            arranged("user-locked: { of: other-user }"),
            Err(FlowError::Scenario(_))
        ));
    }
}

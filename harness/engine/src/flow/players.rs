//! What the engine asks of a target: who plays there, what is known of them, and what may be done.

use secrecy::SecretString;
use serde_json::Value;

use crate::scenario::model::{Arrangement, Effect};
use crate::token::ClientKey;

use super::value::Names;

/// The players of a target and what may be done there. Players go by the names of the target, not by those of a scenario.
pub trait Players: Send + Sync {
    /// The name of the target.
    fn target(&self) -> &str;

    /// Whether it is a mock of ours without a defect: then even what we are not sure of must be as we say.
    fn is_sound(&self) -> bool;

    /// Whether there is such a player.
    fn has(&self, player: &str) -> bool;

    /// An attribute, such as `certificate-alias`; `None` where the target does not have it. Never a secret.
    fn attribute(&self, player: &str, name: &str) -> Option<Value>;

    /// The secret of a client.
    fn secret(&self, client: &str) -> Result<SecretString, Missing>;

    /// The key of a client.
    fn key(&self, client: &str) -> Result<ClientKey, Missing>;

    /// Whether calls with this effect may be made, to this player.
    fn allows(&self, effect: Effect, player: &str) -> bool;

    /// Whether the target's entries say that something is so; `names` tells which player is bound to which name.
    fn attests(&self, arrangement: &Arrangement, names: &Names) -> bool;
}

/// The target lacks something that a scenario needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the target's `{player}` has no `{what}`")]
pub struct Missing {
    /// Who lacks it.
    pub player: String,
    /// What is lacking.
    pub what: String,
}

impl Missing {
    /// Says what a player lacks.
    pub fn new(player: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            player: player.into(),
            what: what.into(),
        }
    }
}

//! The newer stack of a pod beside the agents' own calls: the agent-to-agent surface and business objects.
//!
//! The start of agents and their jobs are older here and stand in `fusion::answers` and `fusion::access_rules`; what was learned of them later is in
//! `agent_rules`.

pub mod a2a;
pub mod a2a_rules;
pub mod agent_rules;
pub mod boss;
pub mod boss_rules;

use crate::answer::Answer;
use crate::fusion::facts::PodRequest;
use crate::state::Effect;

/// What is asked of it.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The card of an agent (FUSION-020).
    Card {
        /// The agent's code.
        agent: String,
    },
    /// Which agents there are (FUSION-020).
    Search,
    /// A call of an agent over JSON-RPC (FUSION-020).
    Call {
        /// The agent's code.
        agent: String,
    },
    /// Business objects, by what stands in the query (FUSION-325).
    Objects,
    /// Business objects, by what stands in the body (FUSION-325).
    ObjectsQuery,
}

impl Asked {
    /// What a path asks for; `None` where nothing of this is served.
    pub fn of(parts: &[&str]) -> Option<Self> {
        match parts {
            ["", "api", "fusion-ai", "orchestrator", "a2a", "v1", rest @ ..] => match rest {
                ["agents", "search"] => Some(Self::Search),
                [agent, ".well-known", "agent.json"] => Some(Self::Card {
                    agent: (*agent).to_owned(),
                }),
                [agent] if !agent.is_empty() && *agent != "agents" => Some(Self::Call {
                    agent: (*agent).to_owned(),
                }),
                _ => None,
            },
            [
                "",
                "api",
                "boss",
                "data",
                "objects",
                "ora",
                "erp",
                "payables",
                version,
                "$en",
                "invoices",
                rest @ ..,
            ] if boss::is_version(version) => match rest {
                [] => Some(Self::Objects),
                ["$query"] => Some(Self::ObjectsQuery),
                _ => None,
            },
            _ => None,
        }
    }

    /// The methods that it takes.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Card { .. } | Self::Objects => &["GET"],
            Self::Search | Self::Call { .. } | Self::ObjectsQuery => &["POST"],
        }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Card { .. } => "agent card",
            Self::Search => "agent search",
            Self::Call { .. } => "agent to agent",
            Self::Objects | Self::ObjectsQuery => "business objects",
        }
    }

    /// The agent that it is about.
    pub fn agent(&self) -> Option<&str> {
        match self {
            Self::Card { agent } | Self::Call { agent } => Some(agent),
            _ => None,
        }
    }

    /// Whether it is about business objects, which have an audience of their own (FUSION-108).
    pub fn is_about_objects(&self) -> bool {
        matches!(self, Self::Objects | Self::ObjectsQuery)
    }
}

/// The answer to a request that violates nothing; `None` where a defect let through what does not exist.
pub fn grant(facts: &PodRequest, asked: &Asked, effects: &mut Vec<Effect>) -> Option<Answer> {
    match asked {
        Asked::Card { .. } => Some(a2a::card_answer(facts, facts.agent()?)),
        Asked::Search => Some(a2a::search(facts)),
        Asked::Call { .. } => a2a::call(facts, effects),
        Asked::Objects | Asked::ObjectsQuery => boss::objects(facts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str) -> Option<Asked> {
        Asked::of(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn paths_are_told_apart() {
        let base = "/api/fusion-ai/orchestrator/a2a/v1";
        assert!(matches!(
            asked(&format!("{base}/X/.well-known/agent.json")),
            Some(Asked::Card { .. })
        ));
        assert!(matches!(asked(&format!("{base}/agents/search")), Some(Asked::Search)));
        assert!(matches!(asked(&format!("{base}/X")), Some(Asked::Call { .. })));
        assert!(asked(&format!("{base}/agents")).is_none());
        assert!(asked(&format!("{base}/X/.well-known/agent-card.json")).is_none());
        let objects = "/api/boss/data/objects/ora/erp/payables";
        assert!(matches!(
            asked(&format!("{objects}/v1/$en/invoices")),
            Some(Asked::Objects)
        ));
        assert!(matches!(
            asked(&format!("{objects}/v1:2/$en/invoices/$query")),
            Some(Asked::ObjectsQuery)
        ));
        for wrong in [
            "v2/$en/invoices",
            "v1/en/invoices",
            "v1:x/$en/invoices",
            "v1/$en/payments",
        ] {
            assert!(asked(&format!("{objects}/{wrong}")).is_none(), "{wrong}");
        }
    }
}

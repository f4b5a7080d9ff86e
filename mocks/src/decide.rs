//! Decides one request against one landscape.
//!
//! Pure: the same landscape, state, environment and request always give the same decision. Reads no clock, draws no randomness, holds no
//! lock; signing comes later (`answer::render`), and committing the effects is `mock`'s.

use crate::answer::Answer;
use crate::env::Env;
use crate::form::Form;
use crate::landscape::{Landscape, Site};
use crate::outbound::Wanted;
use crate::rule::defect::Active;
use crate::rule::ruling::Ruling;
use crate::rule::{Judgement, RuleInfo};
use crate::state::{Effect, State};
use crate::wire::Request;
use crate::{fusion, idcs, oic};

/// What was decided about a request.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The endpoint, by the name that the journal shows.
    pub endpoint: &'static str,
    /// The verdict of every rule.
    pub judgement: Judgement,
    /// The promises that shaped the answer, table by table.
    pub promised: Vec<&'static [RuleInfo]>,
    /// What changes if the answer goes out.
    pub effects: Vec<Effect>,
    /// What is answered, unsigned.
    pub answer: Answer,
    /// A call that must be answered before anything can be decided; all the rest is provisional then.
    pub wanted: Option<Wanted>,
    /// What is no violation and still worth knowing.
    pub remarks: Vec<&'static str>,
    /// The client behind the request, where one is known.
    pub client: Option<String>,
    /// The user behind the request, where one is known.
    pub user: Option<String>,
    /// The `jti` of the token that the request brings, where it has one.
    pub token_id: Option<String>,
}

impl Decision {
    /// What was ruled about a request, and who is behind it.
    pub fn of(endpoint: &'static str, ruling: Ruling, client: Option<String>, user: Option<String>) -> Self {
        Self {
            endpoint,
            judgement: ruling.judgement,
            promised: ruling.promised,
            effects: ruling.effects,
            answer: ruling.answer,
            wanted: None,
            remarks: Vec::new(),
            client,
            user,
            token_id: None,
        }
    }

    /// The same, with the id of the token that the request brings.
    #[must_use]
    pub fn with_token_id(self, token_id: Option<String>) -> Self {
        Self { token_id, ..self }
    }

    /// An answer that no rule had a part in.
    pub fn plain(endpoint: &'static str, answer: Answer) -> Self {
        Self {
            endpoint,
            judgement: Judgement::default(),
            promised: Vec::new(),
            effects: Vec::new(),
            answer,
            wanted: None,
            remarks: Vec::new(),
            client: None,
            user: None,
            token_id: None,
        }
    }

    /// The rules that had a part in it: all that were judged, and the promises that shaped the answer. A defect of any other rule cannot
    /// show in it.
    pub fn consulted(&self) -> impl Iterator<Item = &'static str> {
        let judged = self.judgement.verdicts.iter().map(|judged| judged.rule);
        judged.chain(self.promised.iter().copied().flatten().map(|info| info.id))
    }
}

/// Decides one request.
///
/// Every rule that applies to the endpoint is judged, not only the first that fails, so the [`Decision`] can tell a request that breaks
/// one rule from one that breaks three. The answer is the denial of the first violated rule in table order. `active` are the defects that
/// are switched on; the sound mock has none.
pub fn decide(landscape: &Landscape, state: &State, env: &Env, request: &Request, active: &Active) -> Decision {
    let mut decision = match landscape.site(&request.site) {
        Some(Site::Domain(domain)) => idcs::decide(
            &idcs::Context {
                landscape,
                state,
                env,
                domain,
                request,
            },
            active,
        ),
        Some(Site::Pod(pod)) => fusion::decide(
            &fusion::Context {
                landscape,
                state,
                env,
                pod,
                request,
            },
            active,
        ),
        Some(Site::Instance(instance)) => oic::decide(
            oic::facts::Context {
                landscape,
                state,
                env,
                request,
                place: oic::route::Place::Runtime,
                instance: Some(instance),
            },
            active,
        ),
        Some(Site::DesignHost) => {
            let query = Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
            let named = query.value("integrationInstance").unwrap_or_default();
            oic::decide(
                oic::facts::Context {
                    landscape,
                    state,
                    env,
                    request,
                    place: oic::route::Place::Design,
                    instance: landscape.instance_designed_at(&request.site, named),
                },
                active,
            )
        }
        None => Decision::plain("nowhere", Answer::empty(421)),
    };
    // The id by which the journal is asked about this answer, as real servers send it (IDCS-OAUTH-055).
    decision.answer.headers.push(("X-ORACLE-DMS-ECID", env.draw_ecid()));
    decision
}

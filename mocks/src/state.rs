//! What happens over time, and how a decision changes it.
//!
//! A decision reads a snapshot and lists [`Effect`]s; `mock` commits them. An effect names one key and what it expects there, so that two
//! decisions conflict only when they want the same key. Nothing is scheduled: what is due follows from `env.now`.

use rpds::HashTrieMapSync;

/// The most spent assertion ids that are kept; more are refused until some are past their time.
pub const TOKEN_ID_LIMIT: usize = 100_000;
/// The most agent jobs that are kept.
pub const JOB_LIMIT: usize = 100_000;
/// How long an agent's job runs, in seconds.
pub const JOB_SECONDS: u64 = 3;

/// Everything that happened and still matters. Cloning it is cheap: clones share what they have in common.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Spent assertion ids, by domain, client and `jti`, with the second until which they must be remembered.
    pub token_ids: HashTrieMapSync<TokenIdKey, u64>,
    /// Agent jobs, by pod and id.
    pub jobs: HashTrieMapSync<JobKey, Job>,
}

/// Where a spent assertion id is kept.
pub type TokenIdKey = (String, String, String);
/// Where a job is kept.
pub type JobKey = (String, String);

/// An agent's job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The agent that runs it.
    pub agent: String,
    /// The user who asked.
    pub user: String,
    /// The conversation it belongs to.
    pub conversation: String,
    /// When it was started.
    pub started: u64,
}

/// A change of state, with what it expects to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Remembers an assertion id until a second; expects it absent or past its time.
    SpendTokenId {
        /// Where.
        key: TokenIdKey,
        /// Until when.
        until: u64,
    },
    /// Keeps a new job; expects its id absent.
    StartJob {
        /// Where.
        key: JobKey,
        /// What.
        job: Job,
    },
}

/// Why effects were not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// Something stands where an effect expected nothing: decide again.
    Conflict,
    /// A store is full and forgets nothing before its time.
    Full,
}

impl State {
    /// Whether this assertion id was spent and must still be remembered.
    pub fn is_spent(&self, key: &TokenIdKey, now: u64) -> bool {
        self.token_ids.get(key).is_some_and(|until| *until >= now)
    }

    /// Applies all effects or none.
    pub fn commit(&self, effects: &[Effect], now: u64) -> Result<Self, CommitError> {
        let mut state = self.clone();
        for effect in effects {
            match effect {
                Effect::SpendTokenId { key, until } => {
                    if state.is_spent(key, now) {
                        return Err(CommitError::Conflict);
                    }
                    if state.token_ids.size() >= TOKEN_ID_LIMIT {
                        state.forget_token_ids_before(now);
                    }
                    if state.token_ids.size() >= TOKEN_ID_LIMIT {
                        return Err(CommitError::Full);
                    }
                    state.token_ids.insert_mut(key.clone(), *until);
                }
                Effect::StartJob { key, job } => {
                    if state.jobs.contains_key(key) {
                        return Err(CommitError::Conflict);
                    }
                    if state.jobs.size() >= JOB_LIMIT {
                        return Err(CommitError::Full);
                    }
                    state.jobs.insert_mut(key.clone(), job.clone());
                }
            }
        }
        Ok(state)
    }

    fn forget_token_ids_before(&mut self, now: u64) {
        let past: Vec<TokenIdKey> = self
            .token_ids
            .iter()
            .filter(|(_, until)| **until < now)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &past {
            self.token_ids.remove_mut(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(id: &str, until: u64) -> Effect {
        Effect::SpendTokenId {
            key: ("domain".into(), "client".into(), id.into()),
            until,
        }
    }

    #[test]
    fn an_id_is_spent_once_and_free_again_after_its_time() {
        let state = State::default()
            .commit(&[spend("a", 100)], 50)
            .expect("the id is fresh");
        assert_eq!(state.commit(&[spend("a", 200)], 100).err(), Some(CommitError::Conflict));
        assert!(state.commit(&[spend("a", 200)], 101).is_ok());
    }

    #[test]
    fn effects_hold_all_or_not_at_all() {
        let state = State::default()
            .commit(&[spend("a", 100)], 50)
            .expect("the id is fresh");
        let both = state.commit(&[spend("b", 100), spend("a", 100)], 50);
        assert_eq!(both.err(), Some(CommitError::Conflict));
        assert!(!state.is_spent(&("domain".into(), "client".into(), "b".into()), 50));
    }

    #[test]
    fn a_full_store_refuses_and_forgets_nothing_early() {
        let mut state = State::default();
        for id in 0..TOKEN_ID_LIMIT {
            state
                .token_ids
                .insert_mut(("domain".into(), "client".into(), id.to_string()), 100);
        }
        assert_eq!(
            state.commit(&[spend("one more", 100)], 50).err(),
            Some(CommitError::Full)
        );
        assert!(state.commit(&[spend("one more", 300)], 101).is_ok());
    }
}

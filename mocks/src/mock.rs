//! A mock: a landscape, its state, its clock and its journal around the pure core.
//!
//! It decides on a snapshot, commits the effects, and only then signs. Where a decision wants an answer of another server of the landscape, it
//! asks that one the same way and decides again (`crate::outbound`). The lock is held while values are swapped, never while a signature
//! is made or checked. It starts no thread and opens no socket: carriers call [`Mock::answer`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::answer::{Answer, render};
use crate::decide::{Decision, decide};
use crate::env::Env;
use crate::fault::plan::{FaultPlan, Meeting, PlanError, Planned};
use crate::fault::{self, Carrier, Delivery, Taken};
use crate::journal::{Entry, Journal};
use crate::landscape::{Landscape, Signing};
use crate::outbound::{CALL_LIMIT, Call, DEPTH_LIMIT, Heard};
use crate::rule::defect::Active;
use crate::state::{CommitError, Effect, State};
use crate::wire::{Request, Response};

/// How often a decision is made again when another one took the key it wanted.
const ATTEMPTS: usize = 8;

#[expect(
    clippy::disallowed_types,
    reason = "the one lock of the mocks: held to swap values, never while signing or verifying"
)]
type Lock<T> = std::sync::Mutex<T>;

/// The servers of one landscape.
#[derive(Debug)]
pub struct Mock {
    shared: Lock<Shared>,
    clock: Clock,
    entropy: Entropy,
    active: Active,
    observer: Option<Observer>,
}

/// Who is told of every answered request, after it was decided and outside the lock.
#[derive(Clone)]
struct Observer(Arc<dyn Fn(&Entry, &Decision) + Send + Sync>);

impl std::fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("Observer")
    }
}

#[derive(Clone, Debug)]
struct Shared {
    landscape: Arc<Landscape>,
    state: State,
    journal: Journal,
    faults: FaultPlan,
    /// What domains signed with before the last change of keys, by host name.
    former_keys: BTreeMap<String, Signing>,
}

/// The request that a call of a server was made for.
#[derive(Debug)]
struct Cause {
    /// The id of its answer.
    ecid: String,
    /// How many calls led to it, itself included.
    depth: usize,
}

/// The clock that a mock goes by.
#[derive(Debug)]
pub enum Clock {
    /// Stands still until it is moved.
    Virtual(AtomicU64),
    /// The machine's, ahead by what it was moved.
    Machine {
        /// Seconds that it was moved by.
        ahead: AtomicU64,
    },
}

/// Where the randomness of requests comes from.
#[derive(Debug)]
pub enum Entropy {
    /// From a seed: each request's seed follows from it and the number of the request.
    Seeded {
        /// The seed.
        seed: [u8; 32],
        /// How many requests there were.
        count: AtomicU64,
    },
    /// From the operating system.
    System,
}

impl Mock {
    /// A mock with a virtual clock that stands at `now`, whose randomness follows from `seed`. For tests and embedded runs.
    pub fn fixed(landscape: Landscape, now: u64, seed: [u8; 32]) -> Self {
        Self::with(
            landscape,
            Clock::Virtual(AtomicU64::new(now)),
            Entropy::Seeded {
                seed,
                count: AtomicU64::new(0),
            },
        )
    }

    /// A mock on the machine's clock with randomness of the operating system. For servers that others can reach.
    pub fn live(landscape: Landscape) -> Self {
        Self::with(
            landscape,
            Clock::Machine {
                ahead: AtomicU64::new(0),
            },
            Entropy::System,
        )
    }

    fn with(landscape: Landscape, clock: Clock, entropy: Entropy) -> Self {
        let shared = Shared {
            landscape: Arc::new(landscape),
            state: State::default(),
            journal: Journal::default(),
            faults: FaultPlan::default(),
            former_keys: BTreeMap::new(),
        };
        Self {
            shared: Lock::new(shared),
            clock,
            entropy,
            active: Active::NONE,
            observer: None,
        }
    }

    /// Switches defects on.
    #[must_use]
    pub fn with_defects(self, active: Active) -> Self {
        Self { active, ..self }
    }

    /// Tells `observer` of every answered request.
    #[must_use]
    pub fn watched_by(self, observer: impl Fn(&Entry, &Decision) + Send + Sync + 'static) -> Self {
        Self {
            observer: Some(Observer(Arc::new(observer))),
            ..self
        }
    }

    /// A copy with state, clock and journal of its own. Its journal starts empty; its randomness goes on from here.
    #[must_use]
    pub fn fork(&self) -> Self {
        let shared = Shared {
            journal: Journal::default(),
            ..self.shared().clone()
        };
        Self {
            shared: Lock::new(shared),
            clock: self.clock.fork(),
            entropy: self.entropy.fork(),
            active: self.active.clone(),
            observer: self.observer.clone(),
        }
    }

    /// Answers one request, for those who have only the response to show faults with.
    pub fn answer(&self, request: &Request) -> Response {
        self.respond(request, Carrier::InProcess).response
    }

    /// Answers one request, and says how a carrier is to deliver the response.
    pub fn respond(&self, request: &Request, carrier: Carrier) -> Delivery {
        self.respond_because_of(request, carrier, None)
    }

    /// Answers one request; `cause` is the request of a server of the landscape that it was made for.
    fn respond_because_of(&self, request: &Request, carrier: Carrier, cause: Option<&Cause>) -> Delivery {
        let mut env = Env::new(self.clock.now(), self.entropy.next());
        let own = Cause {
            ecid: env.draw_ecid(),
            depth: cause.map_or(1, |cause| cause.depth + 1),
        };
        let (mut met, mut attempts) = (None, 0);
        while attempts < ATTEMPTS {
            let (landscape, state) = self.snapshot();
            let mut decision = decide(&landscape, &state, &env, request, &self.active);
            // A request meets one fault at most, however often it is decided.
            let met = met.get_or_insert_with(|| self.take_fault(&decision, request, &env, carrier));
            if let Some(taken) = met {
                taken.reshape(&mut decision);
            }
            if let Some(wanted) = decision.wanted.take() {
                env.heard.truncate(wanted.after);
                let heard = self.hear(&landscape, &wanted.call, &own, env.heard.len());
                env.heard.push(heard);
                continue;
            }
            match self.commit(&decision, met.as_ref(), request, (env.now, cause)) {
                Ok(()) => return Delivery::of(render(&decision.answer), met.as_ref()),
                Err(CommitError::Conflict) => attempts += 1,
                Err(CommitError::Full) => break,
            }
        }
        Delivery::of(render(&Answer::empty(503).header("Retry-After", "1")), None)
    }

    /// Makes a call of a server of the landscape. Nobody answers beyond the limits, or at a host that the landscape does not have.
    fn hear(&self, landscape: &Landscape, call: &Call, cause: &Cause, made: usize) -> Heard {
        let is_allowed = made < CALL_LIMIT && cause.depth <= DEPTH_LIMIT && landscape.site(&call.site).is_some();
        let answer = is_allowed.then(|| {
            self.respond_because_of(&call.sent(), Carrier::InProcess, Some(cause))
                .response
        });
        Heard {
            label: call.label(),
            answer,
        }
    }

    /// Decides one request and commits nothing: for looking at verdicts. What a decision wants of other servers is not asked.
    pub fn peek(&self, request: &Request) -> Decision {
        let env = Env::new(self.clock.now(), self.entropy.next());
        let (landscape, state) = self.snapshot();
        decide(&landscape, &state, &env, request, &self.active)
    }

    /// Seconds since 1970 by the mock's clock.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Lets time pass at once.
    pub fn pass(&self, time: Duration) {
        let moved = match &self.clock {
            Clock::Virtual(now) => now,
            Clock::Machine { ahead } => ahead,
        };
        moved.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    /// Changes the landscape. Requests that are being decided finish on the old one.
    pub fn change<T>(&self, change: impl FnOnce(&mut Landscape) -> T) -> T {
        let mut shared = self.shared();
        let before = shared.landscape.clone();
        let changed = change(Arc::make_mut(&mut shared.landscape));
        let former = fault::former_keys(&before, &shared.landscape);
        shared.former_keys.extend(former);
        changed
    }

    /// Plans a fault.
    ///
    /// # Errors
    ///
    /// Says what would have been right.
    pub fn plan_fault(&self, planned: Planned) -> Result<(), PlanError> {
        let mut shared = self.shared();
        if let Some(site) = planned
            .site
            .as_deref()
            .filter(|site| shared.landscape.site(site).is_none())
        {
            return Err(PlanError::UnknownSite {
                site: site.to_owned(),
                known: shared.landscape.hosts().map(str::to_owned).collect(),
            });
        }
        shared.faults.plan(planned)
    }

    /// The faults that are planned still, in the order in which they were.
    pub fn faults(&self) -> Vec<Planned> {
        self.shared().faults.planned().to_vec()
    }

    /// Forgets every fault.
    pub fn clear_faults(&self) {
        self.shared().faults.clear();
    }

    /// The landscape as it stands.
    pub fn landscape(&self) -> Arc<Landscape> {
        self.shared().landscape.clone()
    }

    /// What the journal holds of the answer with this ecid.
    pub fn journal_entry(&self, ecid: &str) -> Option<Entry> {
        self.shared().journal.find(ecid).cloned()
    }

    /// What servers asked of one another while they gave the answer with this ecid.
    pub fn journal_because_of(&self, ecid: &str) -> Vec<Entry> {
        self.shared().journal.because_of(ecid).into_iter().cloned().collect()
    }

    /// The whole journal, oldest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.shared().journal.entries().cloned().collect()
    }

    fn snapshot(&self) -> (Arc<Landscape>, State) {
        let shared = self.shared();
        (shared.landscape.clone(), shared.state.clone())
    }

    /// Takes the fault that this request meets, once it is known what would be answered.
    fn take_fault(&self, decision: &Decision, request: &Request, env: &Env, carrier: Carrier) -> Option<Taken> {
        let stale = self.stale_keys(decision, request, env);
        let meeting = Meeting {
            site: &request.site,
            endpoint: decision.endpoint,
            path: &request.path,
            carrier,
            has_body: fault::has_body(&decision.answer, &request.method),
            has_stale_keys: stale.is_some(),
        };
        let (fault, amount) = self.shared().faults.take(&meeting)?;
        Some(Taken { fault, amount, stale })
    }

    /// The key set from before the last change of keys, where this request is answered with a key set.
    fn stale_keys(&self, decision: &Decision, request: &Request, env: &Env) -> Option<Answer> {
        if request.path != fault::KEY_SET_PATH || decision.answer.status != 200 {
            return None;
        }
        let replaced = self.shared().former_keys.get(&request.site).cloned();
        let (landscape, state) = self.snapshot();
        let landscape = fault::with_former_keys(&landscape, &request.site, replaced.as_ref(), env.now)?;
        let decision = decide(&landscape, &state, env, request, &self.active);
        (decision.answer.status == 200).then_some(decision.answer)
    }

    fn commit(
        &self,
        decision: &Decision,
        met: Option<&Taken>,
        request: &Request,
        (now, cause): (u64, Option<&Cause>),
    ) -> Result<(), CommitError> {
        let entry = Entry {
            because_of: cause.map(|cause| cause.ecid.clone()),
            fault: met.map(|taken| taken.fault.info().name),
            ..Entry::of(decision, request, now)
        };
        {
            let mut shared = self.shared();
            if !decision.effects.is_empty() {
                let state = shared.state.commit(&decision.effects, now)?;
                // A copy, so that a conflict in the last of several writes leaves none of them behind.
                let mut landscape = shared.landscape.clone();
                for effect in &decision.effects {
                    match effect {
                        Effect::Write { key, expects, record } => {
                            Arc::make_mut(&mut landscape).write(key, *expects, record.as_deref())?;
                        }
                        Effect::WriteInPod {
                            host,
                            key,
                            expects,
                            record,
                        } => {
                            let landscape = Arc::make_mut(&mut landscape);
                            landscape.write_in_pod(host, key, *expects, record.as_deref())?;
                        }
                        Effect::Keep { .. } => {}
                    }
                }
                (shared.state, shared.landscape) = (state, landscape);
            }
            shared.journal.keep(entry.clone());
        }
        if let Some(Observer(tell)) = &self.observer {
            tell(&entry, decision);
        }
        Ok(())
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().expect("nobody panics while values are swapped")
    }
}

impl Clock {
    fn now(&self) -> u64 {
        match self {
            Self::Virtual(now) => now.load(Ordering::SeqCst),
            Self::Machine { ahead } => machine_time() + ahead.load(Ordering::SeqCst),
        }
    }

    fn fork(&self) -> Self {
        match self {
            Self::Virtual(now) => Self::Virtual(AtomicU64::new(now.load(Ordering::SeqCst))),
            Self::Machine { ahead } => Self::Machine {
                ahead: AtomicU64::new(ahead.load(Ordering::SeqCst)),
            },
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a live mock, and what must agree with its callers, reads the machine's clock"
)]
pub(crate) fn machine_time() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("the machine's clock shows a time after 1970").as_secs()
}

impl Entropy {
    fn next(&self) -> [u8; 32] {
        match self {
            Self::Seeded { seed, count } => {
                let number = count.fetch_add(1, Ordering::SeqCst);
                Env::new(0, *seed).draw(&format!("request {number}"))
            }
            Self::System => random_seed(),
        }
    }

    fn fork(&self) -> Self {
        match self {
            // Not from the beginning: the copy holds jobs whose ids were drawn already.
            Self::Seeded { seed, count } => Self::Seeded {
                seed: *seed,
                count: AtomicU64::new(count.load(Ordering::SeqCst)),
            },
            Self::System => Self::System,
        }
    }
}

/// Thirty-two bytes of the operating system's randomness.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a live mock draws randomness"
)]
pub fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).expect("the operating system gives randomness");
    seed
}

//! A pool, a clock and a die.

use std::time::Duration;

use perennial_sse::pool::{
    Ask, Assignment, BreakerRules, Change, Endpoint, EndpointView, Key, Nothing, Outcome, Pick,
    Pool, Rules, Tried,
};

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Rests of 5 s, doubling to 60 s, and a breaker.
pub const fn rules() -> Rules {
    Rules { cooldown: secs(5), cooldown_max: secs(60), breaker: Some(breaker()) }
}

/// Half of at least 5 requests within 60 s; open for 5 s, doubling to 60 s.
pub const fn breaker() -> BreakerRules {
    let (window, open_for, open_max) = (secs(60), secs(5), secs(60));
    BreakerRules { window, requests: 5, failures: 0.5, open_for, open_max }
}

/// An endpoint like any other, with these keys.
pub fn endpoint(name: &str, keys: &[&str]) -> Endpoint {
    Endpoint {
        name: name.to_owned(),
        base_url: format!("https://{name}.example/v1"),
        weight: 1.0,
        priority: 0,
        canary: 0,
        headers: Vec::new(),
        key_header: None,
        done_proves: false,
        prefill: None,
        keys: keys.iter().map(|hash| key(hash)).collect(),
    }
}

/// A key and a secret that must not be seen.
pub fn key(hash: &str) -> Key {
    Key { hash: hash.to_owned(), secret: format!("secret of {hash}") }
}

/// Seeded numbers (xorshift64*): the same each time.
pub struct Die(u64);

impl Die {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Uniform in `[0, 1)`.
    pub fn chance(&mut self) -> f64 {
        let bits = u32::try_from(self.bits() >> 32).unwrap_or(0);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// Uniform below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() >> 33).unwrap_or(0) % end
    }
}

/// A pool and the moment it is.
pub struct Rig {
    pub pool: Pool,
    pub now: Duration,
    pub die: Die,
}

impl Rig {
    pub fn new(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        Self::with(rules(), endpoints)
    }

    pub fn with(rules: Rules, endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        let mut pool = Pool::new(rules);
        for endpoint in endpoints {
            pool.add(endpoint).expect("names differ");
        }
        Self { pool, now: secs(1000), die: Die::new(9) }
    }

    pub fn pick(&mut self, affinity: Option<u16>, tried: &[Tried]) -> Pick {
        let ask = Ask { affinity, tried, fits: &|_| true };
        self.pool.pick(&ask, self.now, self.die.chance())
    }

    /// An assignment for an answer that tried this.
    pub fn after(&mut self, tried: &[Tried]) -> Assignment {
        match self.pick(None, tried) {
            Pick::Go(assignment) => assignment,
            other => panic!("expected an assignment, got {other:?}"),
        }
    }

    /// An assignment that is not given back.
    pub fn assignment(&mut self) -> Assignment {
        self.after(&[])
    }

    /// A whole request.
    pub fn request(&mut self, outcome: Outcome) -> Assignment {
        let assignment = self.assignment();
        self.report(&assignment, outcome);
        self.release(&assignment);
        assignment
    }

    pub fn requests(&mut self, count: usize, outcome: Outcome) {
        for _ in 0..count {
            self.request(outcome);
        }
    }

    pub fn report(&mut self, assignment: &Assignment, outcome: Outcome) {
        self.pool.report(assignment, outcome, self.now);
    }

    pub fn release(&mut self, assignment: &Assignment) {
        self.pool.release(assignment, self.now);
    }

    /// How long to wait.
    pub fn wait(&mut self) -> Duration {
        match self.pick(None, &[]) {
            Pick::Wait(wait) => wait,
            other => panic!("expected a wait, got {other:?}"),
        }
    }

    /// Why there is nobody.
    pub fn nothing(&mut self) -> Nothing {
        match self.pick(None, &[]) {
            Pick::Nothing(nothing) => nothing,
            other => panic!("expected nothing, got {other:?}"),
        }
    }

    pub fn view(&self, name: &str) -> EndpointView {
        let view = self.pool.view(self.now).into_iter().find(|view| view.name == name);
        view.expect("an endpoint of this name")
    }

    /// The states of an endpoint's keys.
    pub fn keys(&self, name: &str) -> Vec<&'static str> {
        self.view(name).keys.iter().map(|key| key.state).collect()
    }

    /// What changed, each in one line.
    pub fn changes(&mut self) -> Vec<String> {
        self.pool.take_changes().into_iter().map(line).collect()
    }
}

fn line(change: Change) -> String {
    let Change { endpoint, key, from, to, reason } = change;
    let key = key.map(|key| format!(" {key}")).unwrap_or_default();
    format!("{endpoint}{key}: {from} to {to}, {reason}")
}

/// The hash of an assignment's key.
pub fn hash(assignment: &Assignment) -> &str {
    assignment.key.as_ref().map_or("", |key| &key.hash)
}

//! Random lives of a pool beside a model that is too simple to be wrong.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use perennial_sse::pool::{
    Ask, Assignment, Endpoint, EndpointView, Nothing, Outcome, Pick, Pool, Tried,
};

use super::rig::{Die, endpoint, hash, key, ms, rules, secs};

/// What a key must not be used for, or before.
#[derive(Clone, Copy, Default)]
struct Known {
    dead: bool,
    until: Duration,
}

/// A pool whose keys have names that are given once, and what the model knows.
struct Life {
    die: Die,
    pool: Pool,
    now: Duration,
    /// By endpoint, by key.
    known: HashMap<String, HashMap<String, Known>>,
    /// What is out, and whether it probes.
    assignments: Vec<(Assignment, bool)>,
    /// The last state that was told, by endpoint and key.
    told: HashMap<(String, Option<String>), &'static str>,
    /// Names are given once, so that what is told of the old is not taken for the new.
    names: usize,
}

impl Life {
    fn new(seed: u64) -> Self {
        let pool = Pool::new(rules());
        let (known, told) = (HashMap::new(), HashMap::new());
        Self {
            die: Die::new(seed),
            pool,
            now: secs(7),
            known,
            assignments: Vec::new(),
            told,
            names: 0,
        }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }

    /// Any endpoint and any of its keys.
    fn any(&mut self) -> Option<(String, Option<String>)> {
        let mut names: Vec<_> = self.known.keys().cloned().collect();
        names.sort();
        let name = names.get(self.die.below(names.len().max(1)))?.clone();
        let mut keys: Vec<_> = self.known[&name].keys().cloned().collect();
        keys.sort();
        let key = keys.get(self.die.below(keys.len().max(1))).cloned();
        Some((name, key))
    }

    fn step(&mut self) {
        match self.die.below(100) {
            0..40 => self.pick(),
            40..65 => self.report(),
            65..85 => self.release(),
            85..93 => self.now += ms(u64::try_from(self.die.below(8000)).unwrap_or(0)),
            _ => self.edit(),
        }
        self.check();
    }

    fn pick(&mut self) {
        let mut tried = Vec::new();
        for _ in 0..self.die.below(4).min(self.assignments.len()) {
            let (assignment, _) = &self.assignments[self.die.below(self.assignments.len())];
            let whole = self.die.below(2) == 0;
            tried.push(if whole { Tried::endpoint(assignment) } else { Tried::key(assignment) });
        }
        let affinity = u16::try_from(self.die.below(20_000)).ok().filter(|place| *place < 10_000);
        let ask = Ask { affinity, tried: &tried, fits: &|_| true };
        let before = self.pool.view(self.now);
        let keys: Vec<Known> = self.known.values().flat_map(HashMap::values).copied().collect();
        let keyless = self.known.values().any(HashMap::is_empty);
        match self.pool.pick(&ask, self.now, self.die.chance()) {
            Pick::Go(assignment) => {
                let known = self.known[&assignment.endpoint.name][hash(&assignment)];
                assert!(!known.dead, "a dead key");
                assert!(known.until <= self.now, "a key that cools");
                let held = |view: &EndpointView| {
                    let mut probes =
                        self.assignments.iter().filter(|it| it.1).map(|it| &it.0.endpoint);
                    view.breaker == "open" || probes.any(|endpoint| endpoint.name == view.name)
                };
                let view = before.iter().find(|view| view.name == assignment.endpoint.name);
                let view = view.expect("an endpoint of the pool");
                let could = |view: &EndpointView| view.keys.iter().any(|key| key.state == "ok");
                if held(view) {
                    let others = before.iter().filter(|view| could(view)).all(held);
                    assert!(others, "held back, and asked: {before:?}");
                }
                let probes = view.breaker == "half-open" && !held(view);
                self.assignments.push((assignment, probes));
            }
            Pick::Wait(wait) => {
                let living = keys.iter().filter(|known| !known.dead);
                assert_eq!(living.map(|known| known.until).min(), Some(self.now + wait));
            }
            Pick::Nothing(Nothing::Empty) => assert!(self.known.is_empty()),
            Pick::Nothing(Nothing::Dead { keys: count }) => {
                assert!(keys.iter().all(|known| known.dead) && (keyless || !keys.is_empty()));
                assert_eq!(count, keys.len());
            }
            Pick::Nothing(Nothing::Unfit) => panic!("all fit"),
        }
    }

    fn report(&mut self) {
        if self.assignments.is_empty() {
            return;
        }
        let (assignment, _) = self.assignments[self.die.below(self.assignments.len())].clone();
        let outcome = match self.die.below(20) {
            0..8 => Outcome::Success,
            8 => Outcome::KeyDead,
            9 => Outcome::KeyCooling(None),
            10..12 => Outcome::KeyCooling(Some(secs(self.die.bits() % 30 + 1))),
            12..18 => Outcome::EndpointFailed,
            _ => Outcome::Neutral,
        };
        self.pool.report(&assignment, outcome, self.now);
        let keys = self.known.get_mut(&assignment.endpoint.name);
        if let Some(known) = keys.and_then(|keys| keys.get_mut(hash(&assignment))) {
            match outcome {
                Outcome::KeyDead => known.dead = true,
                Outcome::KeyCooling(Some(told)) => known.until = known.until.max(self.now + told),
                // How long is the subject of another test; here the pool is believed.
                Outcome::KeyCooling(None) => {
                    let view = self.pool.view(self.now);
                    let keys = view.iter().find(|view| view.name == assignment.endpoint.name);
                    let key =
                        keys.and_then(|view| view.keys.iter().find(|k| k.key == hash(&assignment)));
                    let rests = ms(key.and_then(|key| key.cools_for).unwrap_or(0));
                    assert!(known.dead || rests > ms(0));
                    known.until = known.until.max(self.now + rests);
                }
                _ => {}
            }
        }
    }

    fn release(&mut self) {
        if !self.assignments.is_empty() {
            let (assignment, _) =
                self.assignments.swap_remove(self.die.below(self.assignments.len()));
            self.pool.release(&assignment, self.now);
        }
    }

    fn edit(&mut self) {
        let any = self.any();
        match (self.die.below(6), any) {
            (0, _) if self.known.len() < 6 => {
                let keys: Vec<_> = (0..=self.die.below(3)).map(|_| self.name()).collect();
                let name = self.name();
                let hashes: Vec<_> = keys.iter().map(String::as_str).collect();
                let canary = if self.die.below(4) == 0 { 1000 } else { 0 };
                let priority = [0, 0, 1][self.die.below(3)];
                let declared = Endpoint { canary, priority, ..endpoint(&name, &hashes) };
                assert!(self.pool.add(declared).is_ok());
                let known = keys.into_iter().map(|key| (key, Known::default())).collect();
                self.known.insert(name, known);
            }
            (1, Some((name, _))) if self.die.below(3) == 0 => {
                assert!(self.pool.remove(&name));
                self.known.remove(&name);
            }
            (2, Some((name, _))) => {
                let hash = self.name();
                assert!(self.pool.add_key(&name, key(&hash)));
                self.known.entry(name).or_default().insert(hash, Known::default());
            }
            (3, Some((name, Some(old)))) => {
                assert!(self.pool.remove_key(&name, &old));
                self.known.entry(name).or_default().remove(&old);
            }
            (4, Some((name, Some(old)))) => {
                let hash = self.name();
                assert!(self.pool.rotate_key(&name, &old, key(&hash)));
                let keys = self.known.entry(name).or_default();
                keys.remove(&old);
                keys.insert(hash, Known::default());
            }
            (5, Some((name, _))) if self.die.below(3) == 0 => {
                assert!(self.pool.revive(Some(&name)));
                self.known
                    .entry(name)
                    .or_default()
                    .values_mut()
                    .for_each(|k| *k = Known::default());
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        self.pool.settle(self.now);
        for change in self.pool.take_changes() {
            let first = if change.key.is_some() { "ok" } else { "closed" };
            if change.key.is_none() {
                let all = self.assignments.iter_mut();
                all.filter(|it| it.0.endpoint.name == change.endpoint).for_each(|it| it.1 = false);
            }
            let told = self.told.entry((change.endpoint, change.key)).or_insert(first);
            assert_eq!((*told, change.from == change.to), (change.from, false));
            *told = change.to;
        }
        let view = self.pool.view(self.now);
        assert_eq!(view.len(), self.known.len());
        for endpoint in view {
            let known = &self.known[&endpoint.name];
            let hashes: HashSet<_> = endpoint.keys.iter().map(|key| &key.key).collect();
            assert_eq!(hashes, known.keys().collect());
            let out = |hash: Option<&str>| {
                let assignments = self.assignments.iter().map(|(assignment, _)| assignment);
                let assignments = assignments.filter(|it| it.endpoint.name == endpoint.name);
                assignments
                    .filter(|assignment| hash.is_none_or(|hash| hash == self::hash(assignment)))
                    .count()
            };
            assert_eq!(endpoint.counters.active as usize, out(None));
            let told = self.told.get(&(endpoint.name.clone(), None)).unwrap_or(&"closed");
            assert_eq!(*told, endpoint.breaker);
            for key in &endpoint.keys {
                assert_eq!(key.counters.active as usize, out(Some(&key.key)));
                let known = known[&key.key];
                let cools = !known.dead && known.until > self.now;
                let state = if known.dead {
                    "dead"
                } else if cools {
                    "cooling"
                } else {
                    "ok"
                };
                assert_eq!(key.state, state);
                assert_eq!(
                    key.cools_for.map(ms),
                    cools.then(|| known.until.saturating_sub(self.now))
                );
                let place = (endpoint.name.clone(), Some(key.key.clone()));
                assert_eq!(*self.told.get(&place).unwrap_or(&"ok"), state);
            }
        }
    }
}

#[test]
fn random_lives_break_no_promise() {
    for seed in 1..=40 {
        let mut life = Life::new(seed * 0x9E37_79B9);
        for _ in 0..1000 {
            life.step();
        }
    }
}

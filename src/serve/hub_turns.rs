//! What a hub does when something has happened, when a receiver takes more, and when time has passed.

use std::sync::Weak;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::clock::Clock;
use super::hub::{ENOUGH, Hub, Inner, at_once};
use crate::delivery::Refill;
use crate::hub::{Effect, Environment, Input, Read, Refusal};
use crate::log::{Generation, Key, Log, Replay, Store};

/// How often it is looked for what the log need not keep.
const SWEEP: Duration = Duration::from_secs(1);

impl Hub {
    /// Does what follows from an input.
    pub(super) fn apply(
        &self,
        inner: &mut Inner,
        input: Input,
        now: Duration,
    ) -> Result<(), (Refusal, u64)> {
        let mut effects = std::mem::take(&mut inner.effects);
        inner.hub.step(input, now, &mut effects);
        let mut refused = Ok(());
        let mut page = None;
        for effect in effects.drain(..) {
            match effect {
                Effect::Refuse(refusal, retry) => refused = Err((refusal, retry)),
                Effect::Keep(key, text) => {
                    // Twice as long: it may be named until it is renewed.
                    let lifetime = 2 * inner.hub.policy().keep;
                    self.share_snapshot(key, &text, lifetime);
                    _ = at_once(self.store.set(key.as_str(), text, Some(lifetime), now));
                }
                Effect::Read(read) => page = Some(self.read(&read, now)),
                effect => super::hub_outlet::apply(&inner.outlets, effect),
            }
        }
        inner.effects = effects;
        if let Some(page) = page {
            return self.apply(inner, Input::Page(page), now);
        }
        for (environment, outlet) in &inner.outlets {
            if inner.hub.groups_behind(*environment) > 0 {
                outlet.clients.wake();
            }
        }
        let next = inner.hub.next_due();
        if next.is_some_and(|next| inner.looks.is_none_or(|looks| next < looks)) {
            inner.looks = next;
            self.earlier.notify_one();
        }
        refused
    }

    fn read(&self, read: &Read, now: Duration) -> Replay {
        let key = Key::channel(&read.channel);
        let epoch = Generation::new(fastrand::u64(..));
        self.log.replay(&key, Some(read.after), read.bytes, epoch, now)
    }

    /// Hands a page to each group of an environment that is behind; whether there is more.
    pub fn refill(&self, environment: Environment) -> bool {
        let mut inner = self.lock();
        for _ in 0..inner.hub.groups_behind(environment) {
            _ = self.apply(&mut inner, Input::Turn(environment), self.clock.now());
            let outlet = inner.outlets.get(&environment);
            if outlet.is_none_or(|outlet| outlet.clients.bytes() > ENOUGH) {
                break;
            }
        }
        inner.hub.groups_behind(environment) > 0
    }
}

/// Brings the clients of one environment what they have not got.
pub struct Pages {
    pub hub: Weak<Hub>,
    pub environment: Environment,
}

impl Refill for Pages {
    fn refill(&self) -> bool {
        self.hub.upgrade().is_some_and(|hub| hub.refill(self.environment))
    }
}

/// Looks at clients when they are due, and lets the log forget.
pub async fn look(hub: Weak<Hub>, clock: Clock) {
    let mut sweeps = Instant::now() + SWEEP;
    while let Some(held) = hub.upgrade() {
        let now = clock.now();
        let next = {
            let mut inner = held.lock();
            _ = held.apply(&mut inner, Input::Tick, now);
            inner.looks = inner.hub.next_due();
            inner.looks
        };
        if Instant::now() >= sweeps {
            held.log.sweep(now);
            sweeps = Instant::now() + SWEEP;
        }
        let until = next.map_or(sweeps, |next| clock.instant(next).min(sweeps));
        tokio::select! {
            () = held.earlier.notified() => {}
            () = sleep_until(until) => {}
        }
    }
}

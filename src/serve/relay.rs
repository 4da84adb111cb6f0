//! Runs by their ids.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

use super::clock::Clock;
use super::heartbeats::Heartbeats;
use super::log::{BadAddress, LogOptions};
use super::run::{Run, RunOptions};
use super::stats::{Counters, RelayStats, count};
use crate::log::{Claim, Generation, Key, Log, LogError, MemoryLog, Restart, Role, Status, Token};
use crate::redis::{Link, RunLog, RunLogOptions, SharedRunLog};
use crate::relay::Policy;

/// What a relay is made with.
#[derive(Clone, Debug)]
pub struct RelayOptions {
    /// What it is called.
    pub name: String,
    /// What a run may take.
    pub policy: Policy,
    /// For how long an ended run is kept.
    pub retention: Duration,
    /// Whether readers get a frame only when the log has it.
    pub durable: bool,
    /// Where runs are kept.
    pub log: LogOptions,
}

/// Runs by their ids, for as long as the process lives.
pub struct Relay {
    policy: Policy,
    retention: Duration,
    log: Arc<dyn Log>,
    clock: Clock,
    counters: Arc<Counters>,
    heartbeats: Arc<Heartbeats>,
}

/// How often it is looked for what is over.
const SWEEP: Duration = Duration::from_secs(1);

impl Relay {
    /// A relay of its own.
    ///
    /// # Errors
    ///
    /// Where the address of Redis is none.
    pub fn start(runtime: &Handle, options: RelayOptions) -> Result<Arc<Self>, BadAddress> {
        let _entered = runtime.enter();
        let clock = Clock::new();
        let RelayOptions { policy, retention, .. } = options;
        let relay = Arc::new(Self {
            policy,
            retention,
            log: open(runtime, options)?,
            clock,
            counters: Arc::default(),
            heartbeats: Heartbeats::start(runtime, clock),
        });
        let weak = Arc::downgrade(&relay);
        runtime.spawn(async move {
            let mut ticks = interval(SWEEP);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(relay) = weak.upgrade() else { break };
                relay.log.sweep(clock.now());
            }
        });
        Ok(relay)
    }

    /// Takes a run for its producer, or finds it.
    pub async fn run(&self, options: &RunOptions, restart: Restart) -> Result<Run, LogError> {
        let key = key(options);
        let token = Token(fastrand::u64(..));
        let claim = Claim {
            generation: Generation::new(fastrand::u64(..)),
            token,
            lease: self.policy.lease,
            restart,
        };
        let acquired = self.log.acquire(&key, claim, self.clock.now()).await?;
        if acquired.role == Role::Reader {
            count(&self.counters.joined);
        }
        Ok(self.of(key, acquired.role, token, acquired.tail))
    }

    /// Finds a run.
    pub async fn resume(&self, options: &RunOptions) -> Result<Option<Run>, LogError> {
        let key = key(options);
        let tail = self.log.tail(&key, self.clock.now()).await?;
        Ok(tail.map(|tail| {
            count(&self.counters.joined);
            self.of(key, Role::Reader, Token(0), tail)
        }))
    }

    /// Asks the producer of a run to stop; `false` if there is no open run.
    pub async fn stop(&self, options: &RunOptions) -> Result<bool, LogError> {
        self.log.stop(&key(options), self.clock.now()).await
    }

    /// Where a run stands, if there is one.
    pub async fn status(&self, options: &RunOptions) -> Result<Option<Status>, LogError> {
        let head = self.log.head(&key(options), self.clock.now()).await?;
        Ok(head.map(|head| head.status))
    }

    /// What it has been through.
    #[must_use]
    pub fn stats(&self) -> RelayStats {
        self.counters.stats(self.log.bytes())
    }

    fn of(&self, key: Key, role: Role, token: Token, tail: Arc<crate::log::Tail>) -> Run {
        Run {
            key,
            role,
            token,
            tail,
            log: Arc::clone(&self.log),
            clock: self.clock,
            counters: Arc::clone(&self.counters),
            heartbeats: Arc::clone(&self.heartbeats),
            policy: self.policy,
            retention: self.retention,
        }
    }
}

fn open(runtime: &Handle, options: RelayOptions) -> Result<Arc<dyn Log>, BadAddress> {
    let RelayOptions { name, policy, retention, durable, log: LogOptions { bounds, redis } } =
        options;
    let Some(redis) = redis else { return Ok(Arc::new(MemoryLog::new(bounds))) };
    let link =
        Link::to(runtime, &redis.address).map_err(|reason| BadAddress(reason.to_string()))?;
    let options = RunLogOptions {
        prefix: redis.prefix,
        name,
        lease: policy.lease,
        retention,
        durable,
        local: redis.local,
        bounds,
    };
    Ok(Arc::new(SharedRunLog(RunLog::new(link, options))))
}

fn key(options: &RunOptions) -> Key {
    Key::run(options.owner.as_deref(), &options.id)
}

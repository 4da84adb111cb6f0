//! Keeps the connections of a link up.

use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::{PushInfo, PushKind, RedisError, Value};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};

use super::address::Gate;
use super::connection::Connection;
use super::fault::Fault;
use super::link::{Link, State};

/// How often it is asked whether the other side is still there.
const PULSE: Duration = Duration::from_secs(5);
/// The longest wait between attempts to subscribe again to what a part of a cluster has ended.
const AGAIN: Duration = Duration::from_millis(400);
/// Waits between attempts: the first, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Makes connections, watches them, and makes them again, as long as there is a link.
pub async fn supervise(link: Weak<Link>, gate: Gate) {
    let mut wait = WAITS.0;
    loop {
        let Some(held) = link.upgrade() else { return };
        match open(&held, &gate).await {
            Ok((connections, pushes)) => {
                wait = WAITS.0;
                drop(held);
                let lost = Notify::new();
                tokio::select! {
                    () = watch(&link, &connections, pushes, &lost) => {}
                    () = listen_again(&link, &connections[1], &lost) => {}
                }
            }
            Err(error) => {
                let (Fault::Away(reason) | Fault::Refused(reason)) = Fault::from(error);
                held.change(State::Down(reason.into()));
                drop(held);
                sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
                wait = (wait * 2).min(WAITS.1);
            }
        }
    }
}

type Pushes = UnboundedReceiver<PushInfo>;

async fn open(link: &Arc<Link>, gate: &Gate) -> Result<([Connection; 2], Pushes), RedisError> {
    let patience = link.patience();
    let (sender, mut pushes) = unbounded_channel();
    let connections = async {
        let commands = gate.connect(sender.clone(), patience).await?;
        link.set_clock(commands.time().await?);
        let doorbells = gate.connect(sender, patience).await?;
        link.subscribe_again(&doorbells).await?;
        Ok::<_, RedisError>([commands, doorbells])
    };
    let made = timeout(patience, connections).await;
    let connections = made.unwrap_or_else(|_| {
        Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "Redis does not answer").into())
    })?;
    // Of what rang while it was subscribed to nothing is lost: everybody looks for itself now.
    while let Ok(push) = pushes.try_recv() {
        if push.kind == PushKind::Disconnection && !connections[0].is_sharded() {
            let closed = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            return Err(closed.into());
        }
    }
    let [commands, doorbells] = connections.clone();
    link.change(State::Up { commands, doorbells, since: Instant::now() });
    link.listeners.miss();
    Ok((connections, pushes))
}

/// Until a connection breaks, or nobody needs them any more. Where a part of a cluster has ended subscriptions, that is
/// `lost`.
async fn watch(
    link: &Weak<Link>,
    connections: &[Connection; 2],
    mut pushes: Pushes,
    lost: &Notify,
) {
    let sharded = connections[0].is_sharded();
    let mut pulse = Instant::now() + PULSE;
    loop {
        let Some(held) = link.upgrade() else { return };
        let broken = tokio::select! {
            push = pushes.recv() => match push {
                Some(push) if push.kind != PushKind::Disconnection => {
                    ring(&held, &push);
                    None
                }
                // A cluster's connection comes back by itself.
                Some(_) if sharded => {
                    lost.notify_one();
                    None
                }
                _ => Some("the connection to Redis was closed".into()),
            },
            () = held.suspicion.notified() => match held.up_since() {
                // It was about a connection before this one.
                Some(_) => None,
                None => return,
            },
            () = tokio::time::sleep_until(pulse) => {
                pulse = Instant::now() + PULSE;
                let alive = async {
                    held.set_clock(connections[0].time().await?);
                    connections[1].ping().await
                };
                let alive = alive.await.map_err(Fault::from);
                match alive {
                    Err(Fault::Away(reason)) if !sharded => Some(reason),
                    _ => None,
                }
            }
        };
        if let Some(reason) = broken {
            held.change(State::Down(reason.into()));
            return;
        }
    }
}

/// Subscribes again to all names whenever some of them were lost, as long as there is a link.
async fn listen_again(link: &Weak<Link>, doorbells: &Connection, lost: &Notify) {
    let mut wait = WAITS.0;
    loop {
        lost.notified().await;
        let Some(held) = link.upgrade() else { return };
        let subscribed = held.subscribe_again(doorbells).await;
        // What rang meanwhile, nobody heard.
        held.listeners.miss();
        drop(held);
        if subscribed.is_ok() {
            wait = WAITS.0;
        } else {
            sleep(wait).await;
            wait = (wait * 2).min(AGAIN);
            lost.notify_one();
        }
    }
}

/// A message of Pub/Sub: its name and what it says.
fn ring(link: &Link, push: &PushInfo) {
    if !matches!(push.kind, PushKind::Message | PushKind::SMessage) {
        return;
    }
    if let [Value::BulkString(name), Value::BulkString(payload)] = &push.data[..]
        && let Ok(name) = std::str::from_utf8(name)
    {
        link.listeners.ring(name, payload);
    }
}

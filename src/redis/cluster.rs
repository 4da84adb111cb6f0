//! A connection to each server of a cluster that has something to do.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{join_all, select_ok};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, PushInfo, PushKind, RedisError, RedisResult,
    ServerErrorKind, Value, cmd,
};
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep};

use super::address::Seeds;
use super::fault::is_broken;
use super::slots::{Node, Slots, slot_of};

/// For how long a server that could not be reached is not tried again, nor asked where slots are.
const PAUSE: Duration = Duration::from_millis(200);
/// Waits while the keys of a command are on their way from one server to another: the first, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// All servers of a cluster. It follows slots that move; a connection that broke is made again when it is needed.
pub struct Cluster {
    seeds: Seeds,
    patience: Duration,
    /// What servers say of their own accord. Where a connection broke, or a server has ended a subscription, it is told
    /// of a disconnection.
    pushes: UnboundedSender<PushInfo>,
    slots: Mutex<Slots>,
    places: Mutex<HashMap<Node, Arc<AsyncMutex<Place>>>>,
    /// When it was last asked where slots are.
    asked: AsyncMutex<Option<Instant>>,
}

/// Where the connection to one server stands.
#[derive(Default)]
enum Place {
    #[default]
    Empty,
    Open(Member),
    /// It could not be made.
    Shut(Instant, RedisError),
}

/// A connection to one server.
#[derive(Clone)]
struct Member {
    connection: MultiplexedConnection,
    status: Arc<Status>,
}

#[derive(Default)]
struct Status {
    broken: AtomicBool,
    /// How many subscriptions were ended from here, and are not confirmed yet.
    unsubscribing: AtomicUsize,
}

impl Cluster {
    /// Connects to the servers that are named, and learns of the others.
    pub async fn connect(
        seeds: Seeds,
        pushes: UnboundedSender<PushInfo>,
        patience: Duration,
    ) -> RedisResult<Self> {
        let cluster = Self {
            seeds,
            patience,
            pushes,
            slots: Mutex::default(),
            places: Mutex::default(),
            asked: AsyncMutex::default(),
        };
        cluster.learn().await?;
        Ok(cluster)
    }

    /// Asks the server that has the keys of a command; one without keys is for any.
    pub async fn query(&self, command: &Cmd) -> RedisResult<Value> {
        let Some(slot) = slot_of(command) else { return self.query_any(command).await };
        let until = Instant::now() + self.patience;
        let (mut wait, mut learned, mut asking) = (WAITS.0, false, None);
        loop {
            let asks = asking.is_some();
            let node = match asking.take() {
                Some(node) => node,
                None => self.master(slot).await?,
            };
            let member = match self.member(&node).await {
                Ok(member) => member,
                Err(error) if learned => return Err(error),
                Err(_) => {
                    // Another may have taken over.
                    learned = true;
                    self.learn().await?;
                    continue;
                }
            };
            let reply = if asks { member.ask(command).await } else { member.query(command).await };
            let Err(error) = reply else { return reply };
            let to = error.redirect_node().and_then(|(to, _)| Node::parse(to, &node));
            match (error.kind(), to) {
                _ if Instant::now() > until => return Err(error),
                (ErrorKind::Server(ServerErrorKind::Moved), Some(to)) => {
                    self.slots().give(slot, &to);
                }
                (ErrorKind::Server(ServerErrorKind::Ask), Some(to)) => asking = Some(to),
                (ErrorKind::Server(ServerErrorKind::TryAgain), _) => {
                    sleep(wait).await;
                    wait = (wait * 2).min(WAITS.1);
                }
                _ => {
                    self.suspect(&member, &error);
                    return Err(error);
                }
            }
        }
    }

    /// Asks the first server that replies.
    async fn query_any(&self, command: &Cmd) -> RedisResult<Value> {
        let masters = self.slots().masters().to_vec();
        let mut failure = unknown();
        for node in masters {
            match self.query_at(&node, command).await {
                Err(error) => failure = error,
                reply => return reply,
            }
        }
        Err(failure)
    }

    async fn query_at(&self, node: &Node, command: &Cmd) -> RedisResult<Value> {
        let member = self.member(node).await?;
        member.query(command).await.inspect_err(|error| self.suspect(&member, error))
    }

    /// Ends a subscription.
    pub async fn unsubscribe(&self, name: &str) -> RedisResult<()> {
        let mut command = cmd("SUNSUBSCRIBE");
        command.arg(name);
        let node = self.master(slot_of(&command).unwrap_or(0)).await?;
        let member = self.member(&node).await?;
        member.status.unsubscribing.fetch_add(1, Ordering::AcqRel);
        member.query(&command).await.map(drop).inspect_err(|error| self.suspect(&member, error))
    }

    /// Whether the connections are alive. One that is not is told of, and made again when it is needed.
    pub async fn ping(&self) {
        let places: Vec<Arc<AsyncMutex<Place>>> = self.places().values().cloned().collect();
        join_all(places.iter().map(|place| async {
            let Place::Open(member) = &*place.lock().await else { return };
            if let Err(error) = member.query(&cmd("PING")).await {
                self.suspect(member, &error);
            }
        }))
        .await;
    }

    /// The server that has a slot.
    async fn master(&self, slot: usize) -> RedisResult<Node> {
        if let Some(node) = self.slots().master(slot) {
            return Ok(node.clone());
        }
        self.learn().await?;
        self.slots().master(slot).cloned().ok_or_else(unknown)
    }

    /// Asks all servers at a time where slots are; the first that replies is believed, and corrects itself where it is
    /// wrong.
    async fn learn(&self) -> RedisResult<()> {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < PAUSE) {
            return Ok(());
        }
        let mut nodes = self.slots().masters().to_vec();
        for seed in self.seeds.nodes() {
            if !nodes.contains(&seed) {
                nodes.push(seed);
            }
        }
        let learned = select_ok(nodes.iter().map(|node| {
            Box::pin(async move {
                let reply = self.query_at(node, cmd("CLUSTER").arg("SLOTS")).await?;
                Slots::read(reply, node).ok_or_else(unknown)
            })
        }));
        let learned = learned.await;
        *asked = Some(Instant::now());
        let (slots, _) = learned?;
        nodes.extend_from_slice(slots.masters());
        *self.slots() = slots;
        self.places().retain(|node, _| nodes.contains(node));
        Ok(())
    }

    /// The connection to a server, which is made if there is none.
    async fn member(&self, node: &Node) -> RedisResult<Member> {
        let place = Arc::clone(self.places().entry(node.clone()).or_default());
        let mut place = place.lock().await;
        match &*place {
            Place::Open(member) if !member.is_broken() => return Ok(member.clone()),
            Place::Shut(at, error) if at.elapsed() < PAUSE => return Err(error.clone()),
            _ => {}
        }
        let opened = self.open(node).await;
        *place = match &opened {
            Ok(member) => Place::Open(member.clone()),
            Err(error) => Place::Shut(Instant::now(), error.clone()),
        };
        opened
    }

    async fn open(&self, node: &Node) -> RedisResult<Member> {
        let status = Arc::<Status>::default();
        let (heard, pushes) = (Arc::clone(&status), self.pushes.clone());
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience))
            .set_push_sender(move |mut push: PushInfo| {
                if push.kind == PushKind::SUnsubscribe {
                    if heard.confirm() {
                        return Ok(());
                    }
                    // A slot has moved. The crate takes this for the reply to the oldest question that waits: replies and
                    // questions do not belong together any more.
                    push.kind = PushKind::Disconnection;
                }
                if push.kind == PushKind::Disconnection {
                    heard.broken.store(true, Ordering::Release);
                }
                pushes.send(push)
            });
        let client = self.seeds.client(node)?;
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Member { connection, status })
    }

    /// A server did not do what it was asked: if the connection is at fault, it is given up.
    fn suspect(&self, member: &Member, error: &RedisError) {
        if is_broken(error) && !member.status.broken.swap(true, Ordering::AcqRel) {
            // Where nobody listens any more, the link is gone.
            _ = self.pushes.send(PushInfo { kind: PushKind::Disconnection, data: Vec::new() });
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Node, Arc<AsyncMutex<Place>>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    fn is_broken(&self) -> bool {
        self.status.broken.load(Ordering::Acquire)
    }

    async fn query(&self, command: &Cmd) -> RedisResult<Value> {
        self.connection.clone().send_packed_command(command).await?.extract_error()
    }

    /// Asks a server that is getting the slot.
    async fn ask(&self, command: &Cmd) -> RedisResult<Value> {
        let mut both = redis::pipe();
        both.cmd("ASKING").add_command(command.clone());
        let replies = self.connection.clone().send_packed_commands(&both, 1, 1).await?;
        replies.into_iter().next().unwrap_or(Value::Nil).extract_error()
    }
}

impl Status {
    /// A subscription has ended; whether from here.
    fn confirm(&self) -> bool {
        let fewer = |waiting: usize| waiting.checked_sub(1);
        self.unsubscribing.fetch_update(Ordering::AcqRel, Ordering::Acquire, fewer).is_ok()
    }
}

fn unknown() -> RedisError {
    std::io::Error::other("no server of the cluster says who has this slot").into()
}

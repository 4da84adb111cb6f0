//! The clients of one listener, and what is on its way to them.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tokio::sync::Notify;
use tokio::task::yield_now;

use super::payload::Payload;
use super::seat::Seat;
use crate::delivery::Mailbox;
use crate::serve::{ClientNumber, Environment, Hub, HubClient, Input, Outlet, Reason, Refusal};

/// So many are written to before others have their turn on the thread.
const SLICE: usize = 128;
/// Neighbouring payloads for the same clients become one, up to so many bytes.
const JOINED: usize = 16 * 1024;

/// Those that the hub writes to.
#[derive(Debug)]
pub struct Sockets {
    hub: Weak<Hub>,
    environment: OnceLock<Environment>,
    /// Held while a client connects: what it is sent finds its seat.
    seats: Mutex<HashMap<ClientNumber, Arc<Seat>>>,
    queue: Mutex<Queue>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    pieces: VecDeque<Piece>,
    bytes: usize,
    /// Clients that are behind have something to read.
    more: bool,
    closed: bool,
}

#[derive(Debug)]
enum Piece {
    Payload(Vec<u8>, Arc<Vec<ClientNumber>>),
    End(ClientNumber, Reason),
}

impl Sockets {
    /// Without clients. Those of the hub's environment in JavaScript are told of in `mailbox`.
    pub fn open(hub: &Arc<Hub>, mailbox: &Arc<Mailbox>) -> Arc<Self> {
        let sockets = Arc::new(Self {
            hub: Arc::downgrade(hub),
            environment: OnceLock::new(),
            seats: Mutex::default(),
            queue: Mutex::default(),
            filled: Notify::new(),
            emptied: Notify::new(),
        });
        let outlet: Arc<dyn Outlet> = Arc::new(Way(Arc::downgrade(&sockets)));
        // It is new: nobody else has set it.
        _ = sockets.environment.set(hub.attach(outlet, Arc::clone(mailbox)));
        sockets
    }

    /// The hub, as long as it is there.
    pub fn hub(&self) -> Option<Arc<Hub>> {
        self.hub.upgrade()
    }

    /// A client comes and takes a seat; or why it is not admitted, and when it is to come back.
    pub fn connect(
        &self,
        hub: &Hub,
        client: HubClient,
        seat: &Arc<Seat>,
    ) -> Result<(ClientNumber, Arc<str>), (Refusal, u64)> {
        let environment = self.environment.get().copied().unwrap_or_default();
        let mut seats = self.seats();
        let (number, id) = hub.connect(HubClient { environment, ..client })?;
        seats.insert(number, Arc::clone(seat));
        Ok((number, id))
    }

    /// A client's connection is closed.
    pub fn leave(&self, number: ClientNumber) {
        let mut seats = self.seats();
        seats.remove(&number);
        let is_empty = seats.is_empty();
        drop(seats);
        if let Some(hub) = self.hub() {
            hub.step(Input::Leave(number));
        }
        if is_empty {
            self.emptied.notify_waiters();
        }
    }

    /// The connection of a client is to end at once.
    pub fn cut(&self, number: ClientNumber) {
        if let Some(seat) = self.seats().get(&number) {
            seat.end(Reason::Timeout);
        }
    }

    /// All that have a seat.
    pub fn numbers(&self) -> Vec<ClientNumber> {
        self.seats().keys().copied().collect()
    }

    /// Resolves when nobody has a seat.
    pub async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            // It counts from here on, not from when it is waited for.
            emptied.as_mut().enable();
            if self.seats().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Nothing is delivered any more.
    pub fn close(&self) {
        self.queue().closed = true;
        self.filled.notify_one();
        if let (Some(hub), Some(environment)) = (self.hub(), self.environment.get()) {
            hub.abandon(*environment);
        }
    }

    /// Hands out what the hub says, until the listener is closed.
    pub async fn deliver(self: Arc<Self>) {
        loop {
            self.filled.notified().await;
            loop {
                let piece = {
                    let mut queue = self.queue();
                    if queue.closed {
                        return;
                    }
                    queue.pieces.pop_front()
                };
                match piece {
                    Some(Piece::Payload(bytes, numbers)) => self.hand_out(&bytes, &numbers).await,
                    Some(Piece::End(number, reason)) => self.tell_end(number, reason),
                    None if self.refilled() => yield_now().await,
                    None => break,
                }
            }
        }
    }

    async fn hand_out(&self, bytes: &[u8], numbers: &[ClientNumber]) {
        let payload = Payload::new(bytes);
        for slice in numbers.chunks(SLICE) {
            let mut stalled = Vec::new();
            {
                let seats = self.seats();
                for number in slice {
                    if seats.get(number).is_some_and(|seat| seat.give(&payload)) {
                        stalled.push(*number);
                    }
                }
            }
            if let Some(hub) = self.hub() {
                for number in stalled {
                    hub.step(Input::Stall(number));
                }
            }
            if numbers.len() > SLICE {
                yield_now().await;
            }
        }
        self.queue().bytes -= bytes.len();
    }

    fn tell_end(&self, number: ClientNumber, reason: Reason) {
        if let Some(seat) = self.seats().get(&number) {
            seat.end(reason);
        }
    }

    /// Whether there may be more to deliver, which is queued by now.
    fn refilled(&self) -> bool {
        if !std::mem::take(&mut self.queue().more) {
            return false;
        }
        let more = match (self.hub(), self.environment.get()) {
            (Some(hub), Some(environment)) => hub.refill(*environment),
            _ => false,
        };
        let mut queue = self.queue();
        queue.more |= more;
        queue.more || !queue.pieces.is_empty()
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<ClientNumber, Arc<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the hub knows of a listener's clients.
struct Way(Weak<Sockets>);

impl Way {
    fn put(&self, put: impl FnOnce(&mut Queue)) {
        if let Some(sockets) = self.0.upgrade() {
            put(&mut sockets.queue());
            sockets.filled.notify_one();
        }
    }
}

impl Outlet for Way {
    fn deliver(&self, bytes: Vec<u8>, clients: Arc<Vec<ClientNumber>>) {
        self.put(|queue| {
            queue.bytes += bytes.len();
            if let Some(Piece::Payload(last, receivers)) = queue.pieces.back_mut()
                && Arc::ptr_eq(receivers, &clients)
                && last.len() + bytes.len() <= JOINED
            {
                last.extend_from_slice(&bytes);
            } else {
                queue.pieces.push_back(Piece::Payload(bytes, clients));
            }
        });
    }

    fn end(&self, client: ClientNumber, reason: Reason) {
        self.put(|queue| queue.pieces.push_back(Piece::End(client, reason)));
    }

    fn wake(&self) {
        self.put(|queue| queue.more = true);
    }

    fn bytes(&self) -> usize {
        self.0.upgrade().map_or(0, |sockets| sockets.queue().bytes)
    }
}

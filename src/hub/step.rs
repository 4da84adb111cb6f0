//! What a hub is told, and what it says.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use super::position::{Place, Position};
use crate::log::{Generation, Replay};

/// Names a client in this process.
pub type ClientNumber = u32;

/// Names a JavaScript environment: clients of different ones share no delivery.
pub type Environment = u32;

/// Where a channel stands in the log.
#[derive(Clone, Debug)]
pub struct Head {
    /// Which one.
    pub channel: Arc<str>,
    /// Behind its last event.
    pub place: Place,
}

/// A client that comes.
#[derive(Debug)]
pub struct Connect {
    /// Its number, which no other client has.
    pub number: ClientNumber,
    /// Where it lives.
    pub environment: Environment,
    /// Its public name.
    pub id: Arc<str>,
    /// Whose it is.
    pub user: Option<Arc<str>>,
    /// Its channels, [`EVERYONE`](super::EVERYONE) and that of its user among them.
    pub heads: Vec<Head>,
    /// Where it stood when it was here last.
    pub position: Option<Position>,
    /// For how long it is admitted.
    pub expires: Option<Duration>,
    /// When what it is admitted by was issued.
    pub issued: Option<Duration>,
    /// Any number.
    pub chance: u64,
}

/// An event that the log has taken.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Of which channel.
    pub channel: Arc<str>,
    /// Where it stands in it.
    pub place: Place,
    /// Its text, without an id.
    pub frame: Arc<[u8]>,
    /// Who has it already, if it was delivered before the log took it.
    pub had: Option<Had>,
}

/// Clients that got an event which the log did not take at that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Had {
    /// Those that came before: their numbers are not above this one.
    pub upto: ClientNumber,
    /// But not these, which were behind.
    pub but: Vec<ClientNumber>,
}

impl Had {
    /// Whether a client is among them.
    #[must_use]
    pub fn contains(&self, number: ClientNumber) -> bool {
        number <= self.upto && !self.but.contains(&number)
    }
}

/// From when on a user is not admitted.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Who.
    pub user: Arc<str>,
    /// What was issued before is not valid any more.
    pub at: Duration,
    /// Who does not say when it was issued is not admitted until then.
    pub until: Duration,
}

/// Which clients are meant: those with each part that is given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The public name of a client.
    pub client: Option<String>,
    /// Whose.
    pub user: Option<String>,
    /// In which channel.
    pub channel: Option<String>,
}

/// How the hub lets its clients go.
#[derive(Clone, Copy, Debug)]
pub struct Close {
    /// Over how long they are to come back.
    pub spread: Duration,
    /// When the last one is told at the latest.
    pub within: Duration,
    /// Any number.
    pub chance: u64,
}

/// What a hub is told.
#[derive(Debug)]
pub enum Input {
    /// A client comes.
    Connect(Connect),
    /// The log has taken an event. `full` are the environments that take nothing more for now.
    Publish(Publish, Vec<Environment>),
    /// An event that the log does not take for now: who is here gets it without a place.
    Unlogged(Arc<str>, Arc<[u8]>),
    /// A channel stands somewhere else now, not behind one more event.
    Move(Head),
    /// A user is not admitted any more, and its clients end.
    Revoke(Revocation),
    /// A frame without a place for one client.
    Send(ClientNumber, Vec<u8>),
    /// A client joins a channel.
    Subscribe(ClientNumber, Head),
    /// A client leaves a channel.
    Unsubscribe(ClientNumber, Arc<str>),
    /// A client's socket takes no more.
    Stall(ClientNumber),
    /// It takes more again.
    Resume(ClientNumber),
    /// A client's connection is closed.
    Leave(ClientNumber),
    /// An environment is gone, and its clients with it.
    Abandon(Environment),
    /// An environment takes more: those of it that are behind have a turn.
    Turn(Environment),
    /// What the log says to an [`Effect::Read`].
    Page(Replay),
    /// These clients are to go, and to come back after so many milliseconds; as usual if it is not said.
    Disconnect(Vec<ClientNumber>, Option<u64>, u64),
    /// All clients are to go, and none is admitted.
    Close(Close),
    /// Time has passed.
    Tick,
}

/// Why a client is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are as many clients as may be.
    Clients,
    /// There are as many of its user.
    User,
    /// Its user was revoked.
    Revoked,
    /// The hub is closing.
    Closing,
}

impl Refusal {
    /// As JavaScript calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::User => "user",
            Self::Revoked => "revoked",
            Self::Closing => "closing",
        }
    }
}

/// Why a client is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The application says so.
    Disconnect,
    /// It was too far behind.
    Lag,
    /// What it was admitted with is over.
    Expired,
    /// Its connection is as old as one may be.
    Age,
    /// It took nothing for too long.
    Timeout,
    /// Its user was revoked.
    Revoked,
    /// The hub is closing.
    Shutdown,
}

impl Reason {
    /// As JavaScript calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::Lag => "lag",
            Self::Expired => "expired",
            Self::Age => "age",
            Self::Timeout => "timeout",
            Self::Revoked => "revoked",
            Self::Shutdown => "shutdown",
        }
    }
}

/// What a client misses of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Of which channel.
    pub channel: Arc<str>,
    /// The first offset that is missing; 0 if the channel has begun anew.
    pub from: u64,
    /// The last one.
    pub to: u64,
    /// `trimmed`, `epoch` or `lag`.
    pub reason: &'static str,
}

/// What is to be read of the log.
#[derive(Clone, Debug)]
pub struct Read {
    /// Which channel.
    pub channel: Arc<str>,
    /// Behind which place.
    pub after: (Generation, u64),
    /// How much, if not all.
    pub bytes: usize,
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// These bytes go to all of these clients.
    Deliver(Environment, Vec<u8>, Arc<Vec<ClientNumber>>),
    /// The log is to be read; [`Input::Page`] brings what it says, before anything else.
    Read(Read),
    /// This client ends, behind what it was given.
    End(Environment, ClientNumber, Reason),
    /// A client is not admitted, and is to come back after so many milliseconds.
    Refuse(Refusal, u64),
    /// Part of a position is kept under this key, twice as long as [`Policy::keep`](super::Policy::keep).
    Keep(Generation, String),
    /// A client was too far behind: events, bytes, age.
    TellLag(Environment, ClientNumber, (u64, u64, Duration), Lag),
    /// A client was told of a gap.
    TellGap(Environment, ClientNumber, Gap),
}

use super::policy::Lag;

/// In the order in which they are to be done.
pub type Effects = Vec<Effect>;

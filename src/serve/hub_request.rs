//! What a hub is asked.

use std::time::Duration;

use super::log::LogOptions;
use crate::hub::{Environment, Policy};
use crate::log::LogError;
use crate::protocol::EncodeError;

/// What a hub is made with.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// What it is called.
    pub name: String,
    /// What clients may take.
    pub policy: Policy,
    /// Where channels are kept.
    pub log: LogOptions,
}

/// A client that comes.
#[derive(Debug)]
pub struct HubClient {
    /// Where it lives.
    pub environment: Environment,
    /// What its public name ends with: nobody else knows it, so it must not be one that can be guessed.
    pub name: String,
    /// Whose it is.
    pub user: Option<String>,
    /// Its channels, besides those of all and of its user.
    pub channels: Vec<String>,
    /// The text of where it stood when it was here last.
    pub position: Option<String>,
    /// For how long it is admitted.
    pub expires: Option<Duration>,
    /// When what it is admitted by was issued, since 1970.
    pub issued: Option<Duration>,
}

/// An event for a channel.
#[derive(Clone, Debug, Default)]
pub struct HubEvent {
    /// Its type.
    pub event: Option<String>,
    /// Its data.
    pub data: String,
    /// Of several with one key only the newest may matter.
    pub key: Option<String>,
    /// Named again within a minute, it is the same event.
    pub dedupe_id: Option<String>,
}

/// Why an event was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// It cannot be encoded.
    Encode(EncodeError),
    /// The log did not take it.
    Log(LogError),
}

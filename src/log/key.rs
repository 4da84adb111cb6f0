//! What a log is kept under.
#![forbid(unsafe_code)]

use super::varint;

/// The name of a run or a channel. Its parts are told apart by their lengths, so that no text in one of them
/// can reach into another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Box<[u8]>);

const RUN: u8 = b'r';
const CHANNEL: u8 = b'c';

impl Key {
    /// A run. Its owner is part of the name: without it, its id opens nothing.
    #[must_use]
    pub fn run(owner: Option<&str>, id: &str) -> Self {
        let mut bytes = vec![RUN, u8::from(owner.is_some())];
        for part in owner.into_iter().chain([id]) {
            varint::write(part.len() as u64, &mut bytes);
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(bytes.into())
    }

    /// A channel.
    #[must_use]
    pub fn channel(name: &str) -> Self {
        let mut bytes = vec![CHANNEL];
        bytes.extend_from_slice(name.as_bytes());
        Self(bytes.into())
    }
}

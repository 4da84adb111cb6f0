//! Where a client stands in all its channels.
#![forbid(unsafe_code)]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::log::{Generation, varint};

/// The first byte of every position.
const VERSION: u8 = 1;
/// No position is longer, in base64: it comes back in a header with each reconnection.
const LONGEST: usize = 1024;

/// Where a client stands in one channel: behind the event with this offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Of the channel.
    pub epoch: Generation,
    /// 0 before the first event.
    pub offset: u64,
}

/// Where a client stands in all its channels, as the `id:` of what it receives says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(Vec<(Arc<str>, Place)>);

impl Position {
    /// Of these places.
    #[must_use]
    pub fn new(places: Vec<(Arc<str>, Place)>) -> Self {
        Self(places)
    }

    /// Reads what [`write`] makes; it comes from a client, so that it may be anything.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (&VERSION, mut input) = bytes.split_first()? else { return None };
        let mut places: Vec<(Arc<str>, Place)> = Vec::new();
        while !input.is_empty() {
            let name = std::str::from_utf8(varint::read_bytes(&mut input)?).ok()?;
            let (epoch, rest) = input.split_first_chunk()?;
            input = rest;
            let offset = varint::read(&mut input)?;
            if places.iter().any(|(known, _)| **known == *name) {
                return None;
            }
            places.push((name.into(), Place { epoch: Generation::from_bytes(*epoch), offset }));
        }
        Some(Self(places))
    }

    /// The place in a channel, if it has one.
    #[must_use]
    pub fn of(&self, channel: &str) -> Option<Place> {
        self.0.iter().find(|(name, _)| **name == *channel).map(|(_, place)| *place)
    }

    /// The channels that it has a place in.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }
}

/// Appends the text of a position.
pub fn write<'a>(places: impl Iterator<Item = (&'a str, Place)>, out: &mut Vec<u8>) {
    let mut bytes = Vec::with_capacity(64);
    bytes.push(VERSION);
    for (name, Place { epoch, offset }) in places {
        varint::write(name.len() as u64, &mut bytes);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&epoch.to_bytes());
        varint::write(offset, &mut bytes);
    }
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // There is room for it, and for what padding would take.
    let written = URL_SAFE_NO_PAD.encode_slice(&bytes, &mut out[start..]).unwrap_or_default();
    out.truncate(start + written);
}

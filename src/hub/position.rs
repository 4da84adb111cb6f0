//! Where a client stands in all its channels.
#![forbid(unsafe_code)]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::log::{Generation, varint};

/// The first byte of every position.
const VERSION: u8 = 1;
/// No position is longer, in base64: it comes back in a header with each reconnection.
pub const LONGEST: usize = 1024;
/// Before the key of a snapshot; base64 has no such character.
const RELATIVE: char = '~';
/// How long such a key is.
const KEY: usize = 8;

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
        if text.len() > LONGEST { None } else { Self::parse_snapshot(text) }
    }

    /// The same for one that was kept here, which may be longer.
    #[must_use]
    pub fn parse_snapshot(text: &str) -> Option<Self> {
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

    /// The key of the snapshot to which the text of a position is relative, if it is.
    #[must_use]
    pub fn snapshot_key(text: &str) -> Option<&str> {
        let text = text.strip_prefix(RELATIVE).filter(|text| text.len() < LONGEST)?;
        text.split_at_checked(KEY).map(|(key, _)| key)
    }

    /// Reads what [`write_relative`] makes; this is the snapshot.
    #[must_use]
    pub fn relative(&self, text: &str) -> Option<Self> {
        let differences = text.strip_prefix(RELATIVE)?.get(KEY..)?;
        let bytes = URL_SAFE_NO_PAD.decode(differences).ok()?;
        let mut input = &bytes[..];
        let mut places = Vec::with_capacity(self.0.len());
        for (name, base) in &self.0 {
            let folded = varint::read(&mut input)?;
            let offset = base.offset.checked_add_signed(unfold(folded))?;
            places.push((Arc::clone(name), Place { offset, ..*base }));
        }
        input.is_empty().then_some(Self(places))
    }

    /// One in the same channels that is before everything: of a snapshot that is lost.
    #[must_use]
    pub fn lost<'a>(channels: impl Iterator<Item = &'a str>) -> Self {
        let place = Place { epoch: Generation::new(0), offset: 0 };
        Self(channels.map(|name| (name.into(), place)).collect())
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
    append(&bytes, out);
}

/// Appends the text of a position that tells of each place how far it is from that of a snapshot; `false` if it
/// is too long, or not of the same epochs.
pub fn write_relative(
    key: Generation,
    base: impl Iterator<Item = Place>,
    places: impl Iterator<Item = Place>,
    out: &mut Vec<u8>,
) -> bool {
    let mut bytes = Vec::with_capacity(64);
    for (base, place) in base.zip(places) {
        if base.epoch != place.epoch {
            return false;
        }
        varint::write(fold(place.offset.wrapping_sub(base.offset).cast_signed()), &mut bytes);
    }
    let fits = 1 + KEY + bytes.len().div_ceil(3) * 4 <= LONGEST;
    if fits {
        out.extend_from_slice(format!("{RELATIVE}{key}").as_bytes());
        append(&bytes, out);
    }
    fits
}

/// Small numbers for small differences, whatever their sign.
const fn fold(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

const fn unfold(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed()
}

fn append(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // There is room for it, and for what padding would take.
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut out[start..]).unwrap_or_default();
    out.truncate(start + written);
}

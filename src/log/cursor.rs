//! Where a reader stands.
#![forbid(unsafe_code)]

use std::fmt;

use super::generation::Generation;

/// Behind which frame a reader stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Of the entry, from 1; 0 before the first.
    pub seq: u64,
    /// Of the frame that was received, from 1; 0 before the entry's first.
    pub index: u32,
}

/// The text of a place in a run, as the `id:` of what a reader receives has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Behind a frame: `generation.seq.index`.
    At(Generation, Position),
    /// Behind the end: `generation.end`.
    End(Generation),
}

/// No cursor is longer: what is longer need not be looked at.
const LONGEST: usize = 48;
const END: &str = "end";

impl Cursor {
    /// Reads what [`fmt::Display`] writes; it comes from a client, so that it may be anything.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (generation, place) = text.split_once('.')?;
        let generation = Generation::parse(generation)?;
        if place == END {
            return Some(Self::End(generation));
        }
        let (seq, index) = place.split_once('.')?;
        let position = Position { seq: number(seq)?, index: number(index)? };
        (position.seq > 0 && position.index > 0).then_some(Self::At(generation, position))
    }

    /// The run that it is a place of.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        match self {
            Self::At(generation, _) | Self::End(generation) => *generation,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(generation, Position { seq, index }) => {
                write!(f, "{generation}.{seq}.{index}")
            }
            Self::End(generation) => write!(f, "{generation}.{END}"),
        }
    }
}

/// Of digits alone, and written in the one way in which we write it.
fn number<T: std::str::FromStr + fmt::Display>(text: &str) -> Option<T> {
    let number: T = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

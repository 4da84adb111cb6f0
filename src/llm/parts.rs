//! Which parts of a response's text have been told: servers say each once in pieces and again as a
//! whole, and some only as a whole.
#![forbid(unsafe_code)]

use super::dialect::MAX_PARTS;

/// What a part of an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
    Summary,
    Thought,
}

impl Kind {
    /// Two ways to say the same thoughts.
    const fn is_reasoning(self) -> bool {
        matches!(self, Self::Summary | Self::Thought)
    }

    /// Whether the two are told to the consumer in one text.
    const fn joins(self, other: Self) -> bool {
        self as u8 == other as u8 || (self.is_reasoning() && other.is_reasoning())
    }
}

/// Where an event says that its text belongs. What it does not say is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub kind: Kind,
    pub output: u64,
    pub index: u64,
}

/// The parts that have been told. Beyond [`MAX_PARTS`] none is told as a whole.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    /// A piece of the part is told.
    pub(super) fn piece(&mut self, part: Part) {
        // Pieces of one part come in a row.
        if self.0.last() != Some(&part) && self.0.len() < MAX_PARTS && !self.0.contains(&part) {
            self.0.push(part);
        }
    }

    /// The whole part came: whether it is news.
    pub(super) fn whole(&mut self, part: Part) -> bool {
        let news = self.0.len() < MAX_PARTS && !self.0.contains(&part);
        if news {
            self.0.push(part);
        }
        news
    }

    /// Whether anything of this kind was told, of one item or of any.
    pub(super) fn any(&self, kind: Kind, output: Option<u64>) -> bool {
        self.0.iter().any(|part| kind.joins(part.kind) && output.is_none_or(|it| it == part.output))
    }
}

//! Whether an answer is complete.
#![forbid(unsafe_code)]

use super::{Delta, Family};

/// How far an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing but start-up: an id, a role, token counts.
    Startup,
    /// Content comes.
    Content,
    /// Every alternative has ended. The body may end too, but what comes is still read: token
    /// counts follow, and errors.
    Finished,
    /// The provider said that nothing follows. The body need not be read further.
    Done,
    /// The provider said that nothing follows, but not why an alternative ended: it may be cut short.
    Unproven,
    /// The provider said that the answer failed.
    Failed,
}

/// Gathers what proves that an answer is complete. The end of a body proves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Whether the reason of an ending is a proof, or only the last event is.
    finish_proves: bool,
    /// Whether the word that nothing follows is one, without a reason.
    done_proves: bool,
    /// One bit a choice: those that must end.
    open: u128,
    /// One bit a choice: those that have.
    finished: u128,
    stage: Stage,
    content: bool,
}

impl Evidence {
    /// Nothing is known yet of an answer from `family` with `choices` alternatives (at least 1).
    #[must_use]
    pub fn new(family: Family, choices: u32) -> Self {
        let open = (1..choices.min(BITS)).fold(1, |open, choice| open | bit(choice));
        Self {
            finish_proves: family.finish_proves(),
            done_proves: family.done_proves(),
            open,
            finished: 0,
            stage: Stage::Startup,
            content: false,
        }
    }

    /// The same, for an endpoint whose word that nothing follows proves that the answer is complete.
    #[must_use]
    pub const fn trusting_done(mut self, trusted: bool) -> Self {
        self.done_proves |= trusted;
        self
    }

    /// Takes in what a delta proves.
    pub fn note(&mut self, delta: &Delta<'_>) {
        match *delta {
            Delta::Content { choice, .. }
            | Delta::Reasoning { choice, .. }
            | Delta::Refusal { choice, .. }
            | Delta::ToolCall { choice, .. } => {
                self.content = true;
                self.open |= bit(choice);
                // An ending that content follows was none.
                self.finished &= !bit(choice);
                if matches!(self.stage, Stage::Startup | Stage::Finished) {
                    self.stage = Stage::Content;
                }
            }
            Delta::Finish { choice, .. } => {
                self.open |= bit(choice);
                self.finished |= bit(choice);
                if self.finish_proves
                    && self.finished & self.open == self.open
                    && matches!(self.stage, Stage::Startup | Stage::Content)
                {
                    self.stage = Stage::Finished;
                }
            }
            Delta::Reset => {
                self.finished = 0;
                self.content = false;
                if self.stage != Stage::Failed {
                    self.stage = Stage::Startup;
                }
            }
            Delta::Error(_) => self.stage = Stage::Failed,
            Delta::Done if self.stage != Stage::Failed => {
                let proven = self.done_proves || self.stage == Stage::Finished;
                self.stage = if proven { Stage::Done } else { Stage::Unproven };
            }
            Delta::Start { .. } | Delta::Usage(_) | Delta::Done => {}
        }
    }

    /// How far the answer is.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether the answer is complete if the body ends here.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.stage, Stage::Finished | Stage::Done)
    }

    /// Whether any content came, or came since the last reset.
    #[must_use]
    pub const fn has_content(&self) -> bool {
        self.content
    }
}

/// One for each of [`MAX_CHOICES`](super::MAX_CHOICES).
const BITS: u32 = u128::BITS;

/// The bit of a choice. One out of bounds, which no dialect tells, shares a bit.
const fn bit(choice: u32) -> u128 {
    1 << (choice % BITS)
}

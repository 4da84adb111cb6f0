//! What every family comes down to.
#![forbid(unsafe_code)]

use super::{Failure, Usage};

/// One thing that an event said. Text is lent out of the event and never empty.
///
/// `choice` is the number of the alternative answer, 0 unless several were asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delta<'a> {
    /// The answer began: its id and model, as soon as each is known. Each comes once.
    Start {
        /// The provider's id of the answer.
        id: Option<&'a str>,
        /// The model that answers.
        model: Option<&'a str>,
    },
    /// Visible text.
    Content {
        /// Which alternative.
        choice: u32,
        /// The text.
        text: &'a str,
    },
    /// Text that the model thought before it answered.
    Reasoning {
        /// Which alternative.
        choice: u32,
        /// The text.
        text: &'a str,
    },
    /// Text of a refusal.
    Refusal {
        /// Which alternative.
        choice: u32,
        /// The text.
        text: &'a str,
    },
    /// A fragment of a call to one of the caller's tools.
    ToolCall {
        /// Which alternative.
        choice: u32,
        /// Which call of this alternative. Fragments with the same index make one call.
        index: u32,
        /// The call's id, where this fragment gives it.
        id: Option<&'a str>,
        /// The tool's name, where this fragment gives it.
        name: Option<&'a str>,
        /// The next piece of the arguments' JSON; here it may be empty.
        arguments: &'a str,
    },
    /// Token counts so far. Later ones replace earlier ones.
    Usage(Usage),
    /// An alternative came to its end. More may follow: usage, moderation, even an error.
    Finish {
        /// Which alternative.
        choice: u32,
        /// Why, in the provider's word; [`Finish::named`](super::Finish::named) translates it.
        reason: &'a str,
    },
    /// Another answer was spliced into the stream: what came before belongs to none.
    Reset,
    /// The provider says that the answer failed. It stays failed, whatever follows.
    Error(&'a Failure),
    /// The provider says that nothing follows.
    Done,
}

impl Delta<'_> {
    /// Whether this is part of what the model produced. Reasoning is; before the first such delta
    /// an attempt can be repeated without anybody noticing.
    #[must_use]
    pub const fn is_content(&self) -> bool {
        matches!(
            self,
            Self::Content { .. }
                | Self::Reasoning { .. }
                | Self::Refusal { .. }
                | Self::ToolCall { .. }
        )
    }
}

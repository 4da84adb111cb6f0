//! A whole answer.
#![forbid(unsafe_code)]

use serde::Serialize;

use super::{Finish, Usage};

/// An answer, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The provider's id of the answer.
    pub id: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// The answer, or the first of several.
    #[serde(flatten)]
    pub answer: Choice,
    /// The others, from choice 1, if several were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Choice>,
    /// Token counts, if the provider told any.
    pub usage: Option<Usage>,
}

/// One of the alternatives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The visible text.
    pub content: String,
    /// What the model thought before it answered.
    pub reasoning: String,
    /// The text of a refusal.
    pub refusal: String,
    /// The calls to the caller's tools, by index.
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended, in the provider's word; the last one counts. `None` while it goes on.
    pub finish_reason: Option<String>,
}

/// A call to one of the caller's tools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ToolCall {
    /// The provider's index; not every provider begins at 0.
    pub index: u32,
    /// The id by which the provider expects the result. Some give none.
    pub id: Option<String>,
    /// The tool's name.
    pub name: String,
    /// The arguments, JSON if the answer is complete. An answer that came to its limit of tokens
    /// may end inside; no arguments may be `{}` or nothing at all.
    pub arguments: String,
}

impl Choice {
    /// Why it ended, in one language. Providers that call a tool and say `stop` are corrected.
    #[must_use]
    pub fn finish(&self) -> Option<Finish> {
        let finish = Finish::named(self.finish_reason.as_deref()?);
        let waits = finish == Finish::Stop && !self.tool_calls.is_empty();
        Some(if waits { Finish::ToolCalls } else { finish })
    }
}

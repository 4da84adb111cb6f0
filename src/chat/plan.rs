//! How the next attempt goes on with the answer.

use bytes::Bytes;

use super::options::{ChatOptions, Resume};
use super::prefill::{Begun, begin};
use crate::llm::Message;
use crate::pool::Prefill;

/// What the next attempt asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The answer, from its beginning.
    Ask,
    /// What follows the text that came.
    Continue,
    /// What the server kept behind the last event.
    Server,
}

impl Plan {
    /// The policy that an attempt of this plan serves, if it goes on with an earlier one.
    pub const fn resume(self, again: bool) -> Option<Resume> {
        match self {
            Self::Ask if again => Some(Resume::Restart),
            Self::Ask => None,
            Self::Continue => Some(Resume::Continue),
            Self::Server => Some(Resume::Server),
        }
    }
}

/// What is known of an answer that broke.
#[derive(Clone, Copy, Debug)]
pub struct Wreck<'a> {
    /// What came of it.
    pub message: &'a Message,
    /// Whether the server can be asked for the rest: it told an id, and numbered its events.
    pub kept: bool,
    /// Pieces of text that came, of which each is at least one token.
    pub pieces: u64,
    /// The body of the request.
    pub body: Option<&'a Bytes>,
}

/// The first of the caller's policies that applies; `None` if that is to fail.
pub fn choose(chat_options: &ChatOptions, policies: &[Resume], wreck: Wreck<'_>) -> Option<Plan> {
    for policy in policies {
        match policy {
            Resume::Fail => return None,
            Resume::Restart => return Some(Plan::Ask),
            Resume::Server if wreck.kept => return Some(Plan::Server),
            Resume::Continue if wreck.continues(chat_options) => return Some(Plan::Continue),
            Resume::Server | Resume::Continue => {}
        }
    }
    None
}

impl Wreck<'_> {
    /// Whether there is text to go on from, and nothing else that would be lost: neither thoughts nor
    /// a half of a tool call can be given back to a model.
    fn continues(&self, chat_options: &ChatOptions) -> bool {
        let Message { answer, others, .. } = self.message;
        let text_alone = answer.reasoning.is_empty()
            && answer.refusal.is_empty()
            && answer.tool_calls.is_empty()
            && others.is_empty();
        // Any style will do here: what an endpoint makes of it is seen when there is one.
        let style = Prefill { style: crate::pool::PrefillStyle::Anthropic, echo: None };
        chat_options.plain && text_alone && self.begin(style).is_some()
    }

    /// The request that goes on from what came.
    pub fn begin(&self, prefill: Prefill) -> Option<Begun> {
        let text = &self.message.answer.content;
        // No provider tells how many tokens a broken answer had: at least one a piece, and, in languages
        // that are written in few characters, about one for every four bytes.
        let spent = self.pieces.max(text.len() as u64 / 4);
        begin(self.body?, text, spent, prefill)
    }
}

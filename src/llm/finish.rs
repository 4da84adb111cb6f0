//! Why an answer ended, in one language.
#![forbid(unsafe_code)]

use super::classify::classify;
use super::{Class, Failure};

/// Why an answer ended. [`name`](Self::name) is what Chat Completions says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was at its end, or met a stop sequence.
    Stop,
    /// It came to a limit of tokens.
    Length,
    /// It waits for the results of tools.
    ToolCalls,
    /// A filter, or the model itself, would not go on.
    ContentFilter,
    /// A reason that has no translation.
    Other,
}

impl Finish {
    /// Translates a provider's reason: `finish_reason`, `stop_reason`, `finishReason`,
    /// `done_reason`, or the status of a response and its details.
    #[must_use]
    pub fn named(reason: &str) -> Self {
        match reason {
            "stop" | "end_turn" | "stop_sequence" | "STOP" | "completed" => Self::Stop,
            "length"
            | "max_tokens"
            | "model_context_window_exceeded"
            | "MAX_TOKENS"
            | "max_output_tokens" => Self::Length,
            "tool_calls" | "function_call" | "tool_use" => Self::ToolCalls,
            "content_filter" | "sensitive" | "refusal" | "SAFETY" | "RECITATION" | "BLOCKLIST"
            | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => Self::ContentFilter,
            _ => Self::Other,
        }
    }

    /// The failure that a reason stands for, if it stands for one; `message` is what the provider says
    /// of it.
    pub(super) fn failure(reason: &str, message: Option<&str>) -> Option<Failure> {
        let class = match reason {
            "error"
            | "network_error"
            | "insufficient_system_resource"
            | "abort"
            | "aborted"
            | "failed"
            | "timeout"
            | "cancelled" => classify([reason].into_iter(), None, ""),
            // Of Gemini: the model could not obey the request.
            "MALFORMED_FUNCTION_CALL"
            | "MALFORMED_RESPONSE"
            | "MISSING_THOUGHT_SIGNATURE"
            | "TOO_MANY_TOOL_CALLS"
            | "UNEXPECTED_TOOL_CALL" => Class::InvalidRequest,
            _ if reason.ends_with("_error") => classify([reason].into_iter(), None, ""),
            _ => return None,
        };
        let said = format!("it ended with the reason \"{reason}\"");
        Some(Failure::told(class, None, Some(reason), message.unwrap_or(&said)))
    }

    /// The [`name`](Self::name), or the provider's own word where there is no translation.
    #[must_use]
    pub const fn word(self, reason: &str) -> &str {
        match self {
            Self::Other => reason,
            _ => self.name(),
        }
    }

    /// The `finish_reason` of Chat Completions; `stop` for a reason without translation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop | Self::Other => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
        }
    }
}

//! The wire formats.
#![forbid(unsafe_code)]

use super::anthropic::Anthropic;
use super::chat_completions::ChatCompletions;
use super::gemini::Gemini;
use super::lenient::Lenient;
use super::ollama::Ollama;
use super::responses::Responses;
use super::{Dialect, JsonLines};
use crate::protocol::{Decoder, Framing};

/// Endpoints that speak alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `/chat/completions`, of any provider.
    ChatCompletions,
    /// `/responses`.
    Responses,
    /// `/messages`.
    Anthropic,
    /// `:streamGenerateContent?alt=sse`.
    Gemini,
    /// Ollama's own `/api/chat` and `/api/generate`.
    Ollama,
}

impl Family {
    /// The family of that [`name`](Self::name), or the one that a well-known provider speaks.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "chat-completions" | "openai" | "azure" | "deepseek" | "qwen" | "kimi" | "zai"
            | "mistral" | "groq" | "xai" | "openrouter" | "vllm" | "holysheep" => {
                Self::ChatCompletions
            }
            "responses" => Self::Responses,
            "anthropic" => Self::Anthropic,
            "gemini" => Self::Gemini,
            "ollama" => Self::Ollama,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat-completions",
            Self::Responses => "responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// A dialect at the start of an answer.
    #[must_use]
    pub fn dialect(self) -> Box<dyn Dialect> {
        match self {
            Self::ChatCompletions => Box::<Lenient<ChatCompletions>>::default(),
            Self::Responses => Box::<Lenient<Responses>>::default(),
            Self::Anthropic => Box::<Lenient<Anthropic>>::default(),
            Self::Gemini => Box::<Lenient<Gemini>>::default(),
            Self::Ollama => Box::<Lenient<Ollama>>::default(),
        }
    }

    /// The framing of its bodies; `max_event_size` in bytes, `None` disables the bound.
    #[must_use]
    pub fn framing(self, max_event_size: Option<usize>) -> Box<dyn Framing> {
        match self {
            Self::Ollama => Box::new(JsonLines::new(max_event_size)),
            _ => Box::new(Decoder::new(max_event_size).keeping_unread()),
        }
    }

    /// Whether an answer is complete with its last event, though it gave no reason. The `[DONE]` of Chat
    /// Completions is sent after failures, too.
    pub(super) const fn done_proves(self) -> bool {
        !matches!(self, Self::ChatCompletions)
    }

    /// Whether an answer with a reason for its end is complete. Anthropic's has one more event.
    pub(super) const fn finish_proves(self) -> bool {
        !matches!(self, Self::Anthropic)
    }
}

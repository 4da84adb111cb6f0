//! How an endpoint takes a begun answer.
#![forbid(unsafe_code)]

use serde::Deserialize;

/// An endpoint's declaration that it continues a begun answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Prefill {
    /// How the begun answer is written into the request.
    pub style: PrefillStyle,
    /// Whether the endpoint repeats what it was given. `None`: as its style usually does.
    pub echo: Option<bool>,
}

/// How a begun answer is written into a request. It always is the last message.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum PrefillStyle {
    /// Nothing else.
    Anthropic,
    /// The message has `prefix: true`.
    Deepseek,
    /// The message has `prefix: true`, and comes back in the answer.
    Mistral,
    /// The message has `partial: true`.
    Qwen,
    /// The message has `partial: true`.
    Kimi,
    /// The request has `continue_final_message: true` and `add_generation_prompt: false`.
    Vllm,
}

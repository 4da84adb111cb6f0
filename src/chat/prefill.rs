//! The request that asks an endpoint to go on with a begun answer.

use serde_json::Value;
use serde_json::value::RawValue;

use super::fields::Fields;
use crate::pool::{Prefill, PrefillStyle};

/// A rewritten request, and what it gives the endpoint to go on from.
#[derive(Debug)]
pub struct Begun {
    /// The request's body.
    pub body: Vec<u8>,
    /// The text that the endpoint was given.
    pub text: String,
    /// White space behind it, which it was not given.
    pub space: String,
    /// Whether the endpoint will repeat it.
    pub echo: Option<bool>,
}

/// Puts what was delivered into the request as the beginning of its answer. `spent` is how many
/// tokens that was: the limit of the request shrinks by it.
///
/// `None` if the request cannot be continued: nothing to go on from, no list of messages, or no
/// tokens left.
#[must_use]
pub fn begin(body: &[u8], delivered: &str, spent: u64, prefill: Prefill) -> Option<Begun> {
    let mut fields = Fields::parse(body)?;
    let mut messages = fields.list("messages")?;
    let echo = prefill.echo.or(match prefill.style {
        PrefillStyle::Mistral => Some(true),
        _ => None,
    });
    let own = messages.last().and_then(|last| begun_by_caller(last));
    let (mut message, whole) = if let Some((message, begun)) = own {
        messages.pop();
        // What an endpoint repeats is in what was delivered already.
        let again = echo == Some(true) && delivered.starts_with(&begun);
        (message, if again { delivered.to_owned() } else { begun + delivered })
    } else {
        (Fields::parse(b"{\"role\":\"assistant\"}")?, delivered.to_owned())
    };
    let text = match prefill.style {
        // Anthropic refuses a last message that ends in white space.
        PrefillStyle::Anthropic => whole.trim_end(),
        _ => &whole,
    };
    if text.trim().is_empty() {
        return None;
    }
    message.set("content", &Value::from(text));
    match prefill.style {
        PrefillStyle::Anthropic | PrefillStyle::Vllm => {}
        PrefillStyle::Deepseek | PrefillStyle::Mistral => message.set("prefix", &Value::Bool(true)),
        PrefillStyle::Qwen | PrefillStyle::Kimi => message.set("partial", &Value::Bool(true)),
    }
    messages.push(message.to_raw()?);
    fields.set_list("messages", &messages);
    if prefill.style == PrefillStyle::Vllm {
        fields.set("continue_final_message", &Value::Bool(true));
        fields.set("add_generation_prompt", &Value::Bool(false));
    }
    for limit in ["max_tokens", "max_completion_tokens"] {
        let most = fields.get(limit).and_then(|limit| limit.get().parse::<u64>().ok());
        if let Some(most) = most {
            fields.set(limit, &Value::from(most.checked_sub(spent).filter(|left| *left > 0)?));
        }
    }
    let space = whole[text.len()..].to_owned();
    Some(Begun { body: fields.to_json(), text: text.to_owned(), space, echo })
}

/// The last message, if the caller has begun the answer in it, and the text that it has begun with.
fn begun_by_caller(last: &RawValue) -> Option<(Fields, String)> {
    let message = Fields::parse(last.get().as_bytes())?;
    if message.get("role")?.get() != "\"assistant\"" {
        return None;
    }
    let begun = serde_json::from_str(message.get("content")?.get()).ok()?;
    Some((message, begun))
}

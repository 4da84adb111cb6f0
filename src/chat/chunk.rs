//! The answer as the chunks of Chat Completions, whatever the provider spoke.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::llm::{Finish, Usage};
use crate::protocol::{Event, encode_comment, encode_decoded};
use crate::record::Voice;

/// Writes chunks; every one names the answer.
#[derive(Debug)]
pub struct Chunks {
    id: String,
    model: String,
    /// Seconds since 1970.
    created: u64,
    /// The first chunk of each message says whose it is.
    introduced: bool,
}

impl Chunks {
    /// Chunks of an answer whose id is not known yet.
    pub fn new(id: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            id: id.to_owned(),
            model: String::new(),
            created: since.as_secs(),
            introduced: false,
        }
    }

    /// The provider's id and model.
    pub fn start(&mut self, id: Option<&str>, model: Option<&str>) {
        if let Some(id) = id {
            id.clone_into(&mut self.id);
        }
        if let Some(model) = model {
            model.clone_into(&mut self.model);
        }
    }

    /// A piece of visible text, thought or refusal; arguments have a call to belong to.
    pub fn piece(&mut self, voice: Voice, choice: u32, index: u32, text: &str) -> Vec<u8> {
        let delta = match voice {
            Voice::Content => json!({ "content": text }),
            Voice::Reasoning => json!({ "reasoning_content": text }),
            Voice::Refusal => json!({ "refusal": text }),
            Voice::Arguments => {
                json!({ "tool_calls": [{ "index": index, "function": { "arguments": text } }] })
            }
        };
        self.delta(choice, delta)
    }

    /// A call begins, or its id and name become known.
    pub fn call(
        &mut self,
        choice: u32,
        index: u32,
        id: Option<&str>,
        name: Option<&str>,
    ) -> Vec<u8> {
        let mut function = json!({ "arguments": "" });
        if let Some(name) = name {
            function["name"] = Value::from(name);
        }
        let mut call = json!({ "index": index, "type": "function", "function": function });
        if let Some(id) = id {
            call["id"] = Value::from(id);
        }
        self.delta(choice, json!({ "tool_calls": [call] }))
    }

    /// An alternative came to its end. A reason without translation stays the provider's word: what was
    /// not finished must not be called so.
    pub fn finish(&self, choice: u32, reason: &str) -> Vec<u8> {
        let reason = Finish::named(reason).word(reason);
        self.chunk(&json!([{ "index": choice, "delta": {}, "finish_reason": reason }]), None)
    }

    /// Token counts, in the words of Chat Completions.
    pub fn usage(&self, usage: Usage) -> Vec<u8> {
        let mut tokens = json!({
            "prompt_tokens": usage.input.unwrap_or(0),
            "completion_tokens": usage.output.unwrap_or(0),
            "total_tokens": usage.total.unwrap_or(0),
        });
        if let Some(cached) = usage.cached {
            tokens["prompt_tokens_details"] = json!({ "cached_tokens": cached });
        }
        if let Some(thought) = usage.reasoning {
            tokens["completion_tokens_details"] = json!({ "reasoning_tokens": thought });
        }
        self.chunk(&json!([]), Some(("usage", tokens)))
    }

    /// What came before is void. A chunk without choices, which clients that know nothing of it
    /// pass over.
    pub fn reset(&mut self) -> Vec<u8> {
        self.introduced = false;
        self.chunk(&json!([]), Some(("reset", Value::Bool(true))))
    }

    /// The answer failed.
    pub fn error(message: &str, kind: &str, code: &str) -> Vec<u8> {
        let error = json!({ "error": { "message": message, "type": kind, "code": code } });
        event(error.to_string().as_bytes())
    }

    /// The provider is there, and has nothing to say that a chunk could hold.
    pub fn comment(text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() + 4);
        encode_comment(text, &mut bytes);
        // Clients that know no comments look for `data:` behind a blank line.
        bytes.push(b'\n');
        bytes
    }

    /// Nothing follows.
    pub fn done() -> Vec<u8> {
        event(b"[DONE]")
    }

    fn delta(&mut self, choice: u32, mut delta: Value) -> Vec<u8> {
        if !self.introduced {
            self.introduced = true;
            delta["role"] = Value::from("assistant");
        }
        self.chunk(&json!([{ "index": choice, "delta": delta, "finish_reason": null }]), None)
    }

    fn chunk(&self, choices: &Value, further: Option<(&str, Value)>) -> Vec<u8> {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        });
        if let Some((name, value)) = further {
            chunk[name] = value;
        }
        event(chunk.to_string().as_bytes())
    }
}

fn event(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len() + 8);
    encode_decoded(&Event { name: None, data, id: None, retry: None }, &mut bytes);
    bytes
}

//! The options of a chat: the member `answer` of the JSON of `lib/chat/options.js`.

use std::time::Duration;

use serde::Deserialize;

use super::options::invalid;
use crate::chat::{ChatOptions, Malformed, Resume};
use crate::llm::{Bounds, Family};
use crate::pool::{Endpoint, Rules};
use crate::stream::Options;

#[derive(Deserialize)]
struct Given {
    answer: GivenAnswer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenAnswer {
    family: String,
    model: String,
    resume: Vec<Resume>,
    request_id: String,
    affinity: Option<u16>,
    choices: u32,
    plain: bool,
    malformed: Malformed,
    max_content: usize,
    max_arguments: usize,
    endpoint: Option<Endpoint>,
}

/// The media type of line-delimited JSON, which Ollama answers with.
const JSON_LINES: &str = "application/x-ndjson";

/// Reads the options of the chat, and the endpoint to ask unless there is a pool; completes those of the stream.
pub fn parse(json: &str, options: &mut Options) -> napi::Result<(ChatOptions, Option<Endpoint>)> {
    let Given { answer } = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    let family = Family::named(&answer.family).ok_or_else(|| invalid(&"unknown family"))?;
    if family == Family::Ollama && !options.accept.iter().any(|accept| accept == JSON_LINES) {
        options.accept.push(JSON_LINES.to_owned());
    }
    options.affinity = answer.affinity;
    options.impatient = true;
    // An answer is one thing: its attempts are counted from its beginning to its end.
    options.retry.reset_after = Duration::MAX;
    let chat_options = ChatOptions {
        family,
        model: answer.model,
        resume: answer.resume,
        request_id: answer.request_id,
        choices: answer.choices,
        plain: answer.plain,
        malformed: answer.malformed,
        bounds: Bounds { argument_bytes: answer.max_arguments, content_bytes: answer.max_content },
    };
    Ok((chat_options, answer.endpoint))
}

/// What holds for an endpoint that is asked for one answer: its failures are the policy's to count.
pub const ALONE: Rules =
    Rules { cooldown: Duration::ZERO, cooldown_max: Duration::ZERO, breaker: None };

//! Where the request of an attempt goes, and its headers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::options::ChatOptions;
use crate::error::Error;
use crate::llm::Family;
use crate::pool::Assignment;
use crate::stream::{Options, below, complete, endpoint_headers};
use crate::transport::Request;

/// The version of Anthropic's API whose events `llm` reads; the only one there has been since 2023.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Asks the model, with this body.
pub fn ask(
    request: &mut Request,
    options: &Options,
    chat_options: &ChatOptions,
    assignment: &Assignment,
    body: Option<Bytes>,
) -> Result<(), Error> {
    let path = match chat_options.family {
        Family::ChatCompletions => "chat/completions".to_owned(),
        Family::Responses => "responses".to_owned(),
        Family::Anthropic => "messages".to_owned(),
        Family::Gemini => {
            let model = chat_options.model.trim_start_matches("models/");
            // Dot segments were refused with the option.
            let model: Vec<String> = model
                .split('/')
                .map(|segment| utf8_percent_encode(segment, SEGMENT).to_string())
                .collect();
            format!("models/{}:streamGenerateContent?alt=sse", model.join("/"))
        }
        Family::Ollama => "api/chat".to_owned(),
    };
    request.url = below(&assignment.endpoint.base_url, &path)?;
    request.body = body;
    complete_request(request, options, chat_options, assignment)
}

/// What stays as it is in a segment of a path.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// Whether a response's id can be a segment of a path. What lies in the way of dots alone leads
/// elsewhere, also where they are encoded.
pub fn names_a_path(id: &str) -> bool {
    const LONGEST: usize = 2048;
    !matches!(id, "." | "..") && id.len() <= LONGEST
}

/// Asks for the rest of a response that the server kept.
pub fn fetch_rest(
    request: &mut Request,
    options: &Options,
    chat_options: &ChatOptions,
    assignment: &Assignment,
    id: &str,
    cursor: u64,
) -> Result<(), Error> {
    let id = utf8_percent_encode(id, SEGMENT);
    let path = format!("responses/{id}?stream=true&starting_after={cursor}");
    request.url = below(&assignment.endpoint.base_url, &path)?;
    request.method = Method::GET;
    request.body = None;
    request.headers.remove(CONTENT_TYPE);
    complete_request(request, options, chat_options, assignment)
}

fn complete_request(
    request: &mut Request,
    options: &Options,
    chat_options: &ChatOptions,
    assignment: &Assignment,
) -> Result<(), Error> {
    let headers = &mut request.headers;
    let usual = match chat_options.family {
        Family::Anthropic => Some("x-api-key"),
        Family::Gemini => Some("x-goog-api-key"),
        _ => None,
    };
    endpoint_headers(headers, assignment, usual)?;
    if chat_options.family == Family::Anthropic && !headers.contains_key("anthropic-version") {
        put(headers, "anthropic-version", ANTHROPIC_VERSION);
    }
    put(headers, "x-request-id", &chat_options.request_id);
    complete(headers, options, "");
    Ok(())
}

/// Sets a header.
pub fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

//! The request of an attempt: where it goes, what it says, and its headers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::attempt::{Attempt, Billed};
use super::handler::ChatHandler;
use super::options::ChatOptions;
use super::overlap_trimmer::OverlapTrimmer;
use super::plan::{Plan, Wreck};
use crate::error::{Error, Kind, Phase};
use crate::llm::Family;
use crate::pool::{Assignment, Endpoint, PrefillStyle};
use crate::stream::{Options, PrepareRequest, RequestContext, below, complete, endpoint_headers};
use crate::transport::Request;

/// The version of Anthropic's API whose events `llm` reads; the only one there has been since 2023.
const ANTHROPIC_VERSION: &str = "2023-06-01";

impl PrepareRequest for ChatHandler {
    fn complete_request(
        &mut self,
        request: &mut Request,
        context: &RequestContext<'_>,
    ) -> Result<(), Error> {
        let RequestContext { options, assignment, attempt, .. } = *context;
        let Some(assignment) = assignment else {
            return Err(Error::new(Kind::Request, Phase::Prepare, "an answer needs an endpoint"));
        };
        let Self { chat_options, shared, assembler, dialect, plan, .. } = self;
        let mut state = shared.lock();
        let resume = plan.resume(state.begun);
        // Before anything can fail: what is told of an attempt is told of this one.
        state.attempts.push(Attempt {
            attempt,
            endpoint: assignment.endpoint.name.clone(),
            key: assignment.key.as_ref().map(|key| key.hash.clone()),
            status: None,
            bytes: 0,
            usage: None,
            billed: Billed::Perhaps,
            resume,
            error: None,
        });
        let completed = match *plan {
            Plan::Ask => {
                *dialect = chat_options.family.dialect();
                assembler.ask(chat_options.family, chat_options.choices, attempt, state.begun);
                ask(request, options, chat_options, assignment, self.body.clone())
            }
            Plan::Continue => {
                let message = state.message();
                let wreck = Wreck {
                    message,
                    kept: false,
                    pieces: assembler.pieces,
                    body: self.body.as_ref(),
                };
                let begun = assignment.endpoint.prefill.and_then(|prefill| wreck.begin(prefill));
                let Some(begun) = begun else {
                    let sentence = "the answer cannot be continued";
                    return Err(Error::new(Kind::Request, Phase::Prepare, sentence));
                };
                let trimmer = OverlapTrimmer::new(&begun.text, &begun.space, begun.echo);
                *dialect = chat_options.family.dialect();
                assembler.go_on(chat_options.family, attempt, trimmer);
                ask(request, options, chat_options, assignment, Some(begun.body.into()))
            }
            Plan::Server => {
                dialect.resume();
                let (id, cursor) =
                    (assembler.id().unwrap_or_default().to_owned(), dialect.cursor());
                assembler.fetch(attempt);
                self.fetched = cursor;
                let cursor = cursor.unwrap_or_default();
                fetch_rest(request, options, chat_options, assignment, &id, cursor)
            }
        };
        self.assembler.trust_done(assignment.endpoint.done_proves);
        put(&mut request.headers, "x-request-attempt", &attempt.to_string());
        completed
    }

    fn fits(&self, endpoint: &Endpoint) -> bool {
        let styled = endpoint.prefill.is_some_and(|prefill| {
            // A pool may serve several families, of which only one has this style.
            (prefill.style == PrefillStyle::Anthropic)
                == (self.chat_options.family == Family::Anthropic)
        });
        styled || self.plan != Plan::Continue
    }

    fn stays(&self) -> bool {
        self.plan == Plan::Server
    }
}

/// Asks the model, with this body.
fn ask(
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
    add_headers(request, options, chat_options, assignment)
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
fn fetch_rest(
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
    add_headers(request, options, chat_options, assignment)
}

fn add_headers(
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
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

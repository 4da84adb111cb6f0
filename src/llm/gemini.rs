//! Gemini's `streamGenerateContent?alt=sse`.
#![forbid(unsafe_code)]

use serde::Deserialize;

use super::dialect::{MAX_CHOICES, MAX_PARTS, Told, choice};
use super::failure::Bound;
use super::gemini_calls::{GeminiCall, GeminiCalls};
use super::list::List;
use super::payload::{Payload, parse};
use super::problem::{Fault, bare_error, of_error_event};
use super::scalar::Scalar;
use super::shape::Shape;
use super::usage::Usage;
use super::{Class, Delta, Dialect, Failure};
use crate::protocol::Event;

/// Decodes `GenerateContentResponse` objects.
#[derive(Debug, Default)]
pub(super) struct Gemini {
    told: Told,
    calls: GeminiCalls,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow)]
    response_id: Scalar<'a>,
    model_version: Scalar<'a>,
    candidates: List<Candidate<'a>, MAX_CHOICES>,
    prompt_feedback: Shape<'a, Feedback<'a>>,
    usage_metadata: Shape<'a, Tokens<'a>>,
    error: Fault<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(borrow)]
    index: Scalar<'a>,
    content: Shape<'a, Content<'a>>,
    finish_reason: Scalar<'a>,
    finish_message: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Content<'a> {
    #[serde(borrow)]
    parts: List<Part<'a>, MAX_PARTS>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow)]
    text: Scalar<'a>,
    thought: Scalar<'a>,
    function_call: Shape<'a, GeminiCall<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow)]
    block_reason: Scalar<'a>,
    block_reason_message: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
struct Tokens<'a> {
    #[serde(borrow)]
    prompt_token_count: Scalar<'a>,
    cached_content_token_count: Scalar<'a>,
    candidates_token_count: Scalar<'a>,
    thoughts_token_count: Scalar<'a>,
    total_token_count: Scalar<'a>,
}

impl Dialect for Gemini {
    fn decode(
        &mut self,
        event: &Event<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        match Payload::of(event) {
            // Gateways add a `[DONE]` to everything; here it proves nothing.
            Payload::Nothing | Payload::Done => {}
            Payload::Error(data) => self.told.error(&of_error_event(&data), sink),
            Payload::Json(data) => {
                let chunk: Chunk<'_> = parse(&data)?;
                self.chunk(&chunk, sink)?;
                if chunk.says_nothing()
                    && let Some(failure) = bare_error(&data)
                {
                    self.told.error(&failure, sink);
                }
            }
        }
        Ok(())
    }
}

impl Gemini {
    fn chunk(&mut self, chunk: &Chunk<'_>, sink: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        self.told.start(chunk.response_id.text(), chunk.model_version.text(), sink);
        let candidates = chunk.candidates.within(Bound::Choices)?;
        for (position, candidate) in candidates.iter().enumerate() {
            let choice = choice(candidate.index.number(), position)?;
            if let Some(content) = candidate.content.object() {
                for part in content.parts.within(Bound::Parts)? {
                    self.part(choice, part, sink)?;
                }
            }
            match candidate.finish_reason.text() {
                None | Some("FINISH_REASON_UNSPECIFIED") => {}
                Some(reason) => {
                    self.calls.close(choice, sink);
                    let message = candidate.finish_message.text();
                    self.told.finish(choice, reason, message, sink);
                }
            }
        }
        let usage = chunk.usage_metadata.object().map(Tokens::usage).unwrap_or_default();
        if usage != Usage::default() {
            sink(Delta::Usage(usage));
        }
        let blocked = chunk.prompt_feedback.object().and_then(Feedback::failure);
        if let Some(failure) = chunk.error.failure().or(blocked) {
            self.told.error(&failure, sink);
        }
        Ok(())
    }

    fn part(
        &mut self,
        choice: u32,
        part: &Part<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        match part.text.text() {
            Some(text) if part.thought.is_true() => sink(Delta::Reasoning { choice, text }),
            Some(text) => sink(Delta::Content { choice, text }),
            None => {}
        }
        match part.function_call.object() {
            Some(call) => self.calls.tell(choice, call, sink),
            None => Ok(()),
        }
    }
}

impl Chunk<'_> {
    fn says_nothing(&self) -> bool {
        self.candidates.is_empty()
            && self.usage_metadata.object().is_none()
            && self.error.failure().is_none()
    }
}

impl Feedback<'_> {
    /// A prompt that was blocked has no candidates at all.
    fn failure(&self) -> Option<Failure> {
        let reason = self.block_reason.text()?;
        let message = self.block_reason_message.text().unwrap_or("the prompt was blocked");
        Some(Failure::told(Class::ContentFilter, None, Some(reason), message))
    }
}

impl Tokens<'_> {
    /// What was thought is not part of the candidates, but is produced and billed like them.
    fn usage(&self) -> Usage {
        let thought = self.thoughts_token_count.number();
        let said = self.candidates_token_count.number();
        let output = said.map(|said| said.saturating_add(thought.unwrap_or(0))).or(thought);
        Usage {
            input: self.prompt_token_count.number(),
            cached: self.cached_content_token_count.number(),
            output,
            reasoning: thought,
            total: self.total_token_count.number(),
        }
        .with_total()
    }
}

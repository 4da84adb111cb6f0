//! Chat Completions: `OpenAI` and everybody who speaks it with an accent.
#![forbid(unsafe_code)]

use serde::Deserialize;
use serde_json::value::RawValue;

use super::calls::{Calls, Fragment};
use super::compact::Compact;
use super::content::{Content, Part};
use super::dialect::{MAX_CHOICES, MAX_TOOL_CALLS, Told, choice};
use super::failure::Bound;
use super::list::{List, list};
use super::pattern::{Pattern, Seen};
use super::payload::{Payload, parse};
use super::problem::{Fault, bare_error, of_error_event};
use super::scalar::Scalar;
use super::shape::Shape;
use super::usage::{Tokens, Usage};
use super::{Delta, Dialect, Failure, Finish};
use crate::protocol::Event;

/// Decodes `chat.completion.chunk` objects.
#[derive(Debug, Default)]
pub(super) struct ChatCompletions {
    told: Told,
    pattern: Pattern,
    calls: Calls,
    /// One bit a choice: those of which deltas said something.
    piecemeal: u128,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chunk<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    model: Scalar<'a>,
    choices: List<Choice<'a>, MAX_CHOICES>,
    usage: Shape<'a, Tokens<'a>>,
    error: Fault<'a>,
    base_resp: Fault<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice<'a> {
    #[serde(borrow)]
    index: Scalar<'a>,
    delta: Option<Piece<'a>>,
    /// Instead of it, or once more all of what deltas said.
    message: Shape<'a, Piece<'a>>,
    finish_reason: Scalar<'a>,
    /// Kimi's place for it.
    usage: Shape<'a, Tokens<'a>>,
    /// `OpenRouter` documents this place too.
    error: Fault<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Piece<'a> {
    #[serde(borrow)]
    content: Content<'a, Part<'a>>,
    reasoning_content: Scalar<'a>,
    reasoning: Scalar<'a>,
    /// A list of details; another shape of it is no failure.
    reasoning_details: Option<&'a RawValue>,
    refusal: Scalar<'a>,
    tool_calls: List<Call<'a>, MAX_TOOL_CALLS>,
    function_call: Shape<'a, Function<'a>>,
}

/// What `OpenRouter` and `MiniMax` call a thought.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail<'a> {
    #[serde(borrow)]
    text: Scalar<'a>,
    summary: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Call<'a> {
    #[serde(borrow)]
    index: Scalar<'a>,
    id: Scalar<'a>,
    function: Shape<'a, Function<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Function<'a> {
    #[serde(borrow)]
    name: Scalar<'a>,
    arguments: Compact<'a>,
}

impl Dialect for ChatCompletions {
    fn decode(
        &mut self,
        event: &Event<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        if let Some(said) = self.pattern.read(event) {
            sink(said.delta());
            return Ok(());
        }
        match Payload::of(event) {
            Payload::Nothing => {}
            Payload::Done => sink(Delta::Done),
            Payload::Error(data) => self.told.error(&of_error_event(&data), sink),
            Payload::Json(data) => {
                let chunk: Chunk<'_> = parse(&data)?;
                let mut seen = Seen::of(event);
                self.chunk(&chunk, &mut |delta| {
                    seen.note(&delta);
                    sink(delta);
                })?;
                self.pattern.learn(event, &seen);
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

impl ChatCompletions {
    /// One that reads every event in full.
    #[cfg(test)]
    pub(super) fn blind() -> Self {
        Self { pattern: Pattern::blind(), ..Self::default() }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, sink: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        self.told.start(chunk.id.text(), chunk.model.text(), sink);
        let choices = chunk.choices.within(Bound::Choices)?;
        for (position, part) in choices.iter().enumerate() {
            self.choice(choice(part.index.number(), position)?, part, sink)?;
        }
        let places = choices.iter().map(|choice| &choice.usage);
        let tokens = std::iter::once(&chunk.usage).chain(places).find_map(Shape::object);
        if let Some(usage) = tokens.map(Tokens::usage)
            && usage != Usage::default()
        {
            sink(Delta::Usage(usage));
        }
        let places = choices.iter().map(|choice| &choice.error);
        let failure = std::iter::once(&chunk.error).chain(places).find_map(Fault::failure);
        let failure = failure.or_else(|| chunk.base_resp.of_base_resp());
        if let Some(failure) = failure {
            self.told.error(&failure, sink);
        }
        // Behind the failure itself, which says more than a reason.
        let mut reasons = choices.iter().filter_map(|choice| choice.finish_reason.text());
        if let Some(failure) = reasons.find_map(|reason| Finish::failure(reason, None)) {
            self.told.error(&failure, sink);
        }
        Ok(())
    }

    fn choice(
        &mut self,
        choice: u32,
        part: &Choice<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let bit = 1 << (choice % u128::BITS);
        if let Some(piece) = &part.delta {
            let mut said = false;
            self.piece(choice, piece, &mut |delta| {
                said = true;
                sink(delta);
            })?;
            if said {
                self.piecemeal |= bit;
            }
        }
        if let Some(message) = part.message.object()
            && self.piecemeal & bit == 0
        {
            self.piece(choice, message, sink)?;
        }
        // Some send an empty reason with every chunk.
        if let Some(reason) = part.finish_reason.text()
            && Finish::failure(reason, None).is_none()
        {
            sink(Delta::Finish { choice, reason });
        }
        Ok(())
    }

    fn piece(
        &mut self,
        choice: u32,
        piece: &Piece<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        piece.tell_thoughts(choice, sink);
        piece.content.tell(choice, sink)?;
        if let Some(text) = piece.refusal.text() {
            sink(Delta::Refusal { choice, text });
        }
        for call in piece.tool_calls.within(Bound::ToolCalls)? {
            self.calls.tell(choice, &call.fragment()?, sink)?;
        }
        if let Some(function) = piece.function_call.object() {
            let fragment = Fragment { index: Some(0), ..function.fragment()? };
            self.calls.tell(choice, &fragment, sink)?;
        }
        Ok(())
    }
}

impl Piece<'_> {
    /// Where several members hold thoughts, one repeats the other.
    fn tell_thoughts(&self, choice: u32, sink: &mut dyn FnMut(Delta<'_>)) {
        if let Some(text) = self.reasoning_content.text().or(self.reasoning.text()) {
            sink(Delta::Reasoning { choice, text });
            return;
        }
        let details: Vec<Detail<'_>> = list(self.reasoning_details);
        for text in details.iter().filter_map(|it| it.text.text().or(it.summary.text())) {
            sink(Delta::Reasoning { choice, text });
        }
    }
}

impl Chunk<'_> {
    fn says_nothing(&self) -> bool {
        self.choices.is_empty() && self.usage.object().is_none() && self.error.failure().is_none()
    }
}

impl Call<'_> {
    fn fragment(&self) -> Result<Fragment<'_>, Failure> {
        let function = self.function.object().map(Function::fragment).transpose()?;
        let (index, id) = (self.index.number(), self.id.text());
        Ok(Fragment { index, id, ..function.unwrap_or_default() })
    }
}

impl Function<'_> {
    fn fragment(&self) -> Result<Fragment<'_>, Failure> {
        let (name, arguments) = (self.name.text(), self.arguments.text()?);
        Ok(Fragment { name, arguments, ..Fragment::default() })
    }
}

//! What was read of a body, owned and readable.

use perennial_sse::llm::{
    Accumulator, Bounds, Class, Delta, Dialect, Evidence, Failure, Family, Message, Stage, Usage,
};
use perennial_sse::protocol::{Event, Item};

/// What an answer may have unless told otherwise.
pub const BOUNDS: Bounds = Bounds { argument_bytes: 16 << 20, content_bytes: 64 << 20 };

/// A delta that owns its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Start(Option<String>, Option<String>),
    Content(u32, String),
    Reasoning(u32, String),
    Refusal(u32, String),
    ToolCall(u32, u32, Option<String>, Option<String>, String),
    Usage(Usage),
    Finish(u32, String),
    Reset,
    Error(Failure),
    Done,
}

impl From<Delta<'_>> for Told {
    fn from(delta: Delta<'_>) -> Self {
        let own = |text: Option<&str>| text.map(str::to_owned);
        match delta {
            Delta::Start { id, model } => Self::Start(own(id), own(model)),
            Delta::Content { choice, text } => Self::Content(choice, text.into()),
            Delta::Reasoning { choice, text } => Self::Reasoning(choice, text.into()),
            Delta::Refusal { choice, text } => Self::Refusal(choice, text.into()),
            Delta::ToolCall { choice, index, id, name, arguments } => {
                Self::ToolCall(choice, index, own(id), own(name), arguments.into())
            }
            Delta::Usage(usage) => Self::Usage(usage),
            Delta::Finish { choice, reason } => Self::Finish(choice, reason.into()),
            Delta::Reset => Self::Reset,
            Delta::Error(failure) => Self::Error(failure.clone()),
            Delta::Done => Self::Done,
        }
    }
}

/// Everything read of one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub events: usize,
    pub comments: usize,
    pub told: Vec<Told>,
    pub message: Message,
    pub refused: Vec<Failure>,
    /// After each event: whether the answer would be complete if the body ended there.
    pub complete: Vec<bool>,
    pub stage: Stage,
    pub has_content: bool,
}

impl Reading {
    pub fn finishes(&self) -> Vec<&str> {
        let reasons = self.told.iter().filter_map(|told| match told {
            Told::Finish(_, reason) => Some(reason.as_str()),
            _ => None,
        });
        reasons.collect()
    }

    pub fn errors(&self) -> Vec<&Failure> {
        let errors = self.told.iter().filter_map(|told| match told {
            Told::Error(failure) => Some(failure),
            _ => None,
        });
        errors.collect()
    }

    /// The only error.
    pub fn error(&self) -> &Failure {
        match self.errors()[..] {
            [failure] => failure,
            ref errors => panic!("expected one error, got {errors:?}"),
        }
    }

    /// The class of the only refusal.
    pub fn refused(&self) -> Class {
        match &self.refused[..] {
            [failure] => failure.class(),
            refused => panic!("expected one refusal, got {refused:?}"),
        }
    }

    pub fn is_complete(&self) -> bool {
        self.complete.last().copied().unwrap_or(false)
    }

    pub fn content(&self) -> &str {
        &self.message.answer.content
    }
}

/// Reads one answer, in as many bodies as it takes.
pub struct Reader {
    family: Family,
    pub dialect: Box<dyn Dialect>,
    evidence: Evidence,
    accumulator: Accumulator,
    reading: Reading,
}

impl Reader {
    pub fn new(family: Family) -> Self {
        Self::expecting(family, 1)
    }

    pub fn expecting(family: Family, choices: u32) -> Self {
        Self::judging(family, Evidence::new(family, choices))
    }

    pub fn judging(family: Family, evidence: Evidence) -> Self {
        let reading = Reading {
            events: 0,
            comments: 0,
            told: Vec::new(),
            message: Message::default(),
            refused: Vec::new(),
            complete: Vec::new(),
            stage: evidence.stage(),
            has_content: false,
        };
        let accumulator = Accumulator::new(BOUNDS);
        Self { family, dialect: family.dialect(), evidence, accumulator, reading }
    }

    /// Reads a body, an event without its blank line included.
    pub fn body<'c>(&mut self, chunks: impl IntoIterator<Item = &'c [u8]>) -> &mut Self {
        let mut framing = self.family.framing(None);
        for chunk in chunks {
            let mut rest = chunk;
            while let Some(item) = framing.next(&mut rest).expect("no bound") {
                match item {
                    Item::Event(event) => self.event(&event),
                    Item::Comment(_) => self.reading.comments += 1,
                    Item::Retry(_) | Item::Id(_) => {}
                }
            }
        }
        if let Some(event) = framing.end() {
            self.event(&event);
        }
        self
    }

    pub fn event(&mut self, event: &Event<'_>) {
        let Self { dialect, evidence, accumulator, reading, .. } = self;
        let mut too_large = None;
        let decoded = dialect.decode(event, &mut |delta| {
            evidence.note(&delta);
            too_large = too_large.take().or(accumulator.apply(&delta).err());
            reading.told.push(delta.into());
        });
        reading.refused.extend(decoded.err().or(too_large));
        reading.events += 1;
        reading.complete.push(evidence.is_complete());
    }

    pub fn finish(&self) -> Reading {
        let mut reading = self.reading.clone();
        reading.message = self.accumulator.message().clone();
        reading.stage = self.evidence.stage();
        reading.has_content = self.evidence.has_content();
        reading
    }
}

/// Reads a body that came in one piece.
pub fn read(family: Family, body: &[u8]) -> Reading {
    Reader::new(family).body([body]).finish()
}

/// Reads events that have these data, and nothing else.
pub fn read_data(family: Family, data: &[&str]) -> Reading {
    let end = if family == Family::Ollama { "\n" } else { "\n\n" };
    let start = if family == Family::Ollama { "" } else { "data: " };
    let events: Vec<_> = data.iter().map(|data| [start, data, end].concat()).collect();
    read(family, events.concat().as_bytes())
}

/// Reads a body whole, in single bytes, and cut in two at offsets `step` apart: always the same.
pub fn read_everywhere(family: Family, body: &[u8], step: usize) -> Reading {
    let whole = read(family, body);
    for size in [1, 7, 1000] {
        assert_eq!(whole, Reader::new(family).body(body.chunks(size)).finish(), "pieces of {size}");
    }
    for at in (0..=body.len()).step_by(step) {
        let (front, back) = body.split_at(at);
        assert_eq!(whole, Reader::new(family).body([front, back]).finish(), "cut at {at}");
    }
    whole
}

//! What a framing said about a body, owned and readable.

use perennial_sse::protocol::{Decoder, Event, Framing, Item, Oversize};

/// An item with its fields decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Event { name: Option<String>, data: String, id: Option<String>, retry: Option<u64> },
    Comment(String),
    Retry(u64),
    Id(String),
}

pub fn event(text: &str) -> Said {
    Said::Event { name: None, data: text.into(), id: None, retry: None }
}

pub fn comment(text: &str) -> Said {
    Said::Comment(text.into())
}

pub fn retry(time: u64) -> Said {
    Said::Retry(time)
}

pub fn id(text: &str) -> Said {
    Said::Id(text.into())
}

impl Said {
    pub fn name(mut self, text: &str) -> Self {
        if let Self::Event { name, .. } = &mut self {
            *name = Some(text.into());
        }
        self
    }

    pub fn id(mut self, text: &str) -> Self {
        if let Self::Event { id, .. } = &mut self {
            *id = Some(text.into());
        }
        self
    }

    pub fn retry(mut self, time: u64) -> Self {
        if let Self::Event { retry, .. } = &mut self {
            *retry = Some(time);
        }
        self
    }
}

impl From<Event<'_>> for Said {
    fn from(event: Event<'_>) -> Self {
        Self::Event {
            name: event.name.map(decode),
            data: decode(event.data),
            id: event.id.map(decode),
            retry: event.retry,
        }
    }
}

impl From<Item<'_>> for Said {
    fn from(item: Item<'_>) -> Self {
        match item {
            Item::Event(event) => event.into(),
            Item::Comment(text) => Self::Comment(decode(text)),
            Item::Retry(time) => Self::Retry(time),
            Item::Id(id) => Self::Id(decode(id)),
        }
    }
}

fn decode(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything said about one body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    pub said: Vec<Said>,
    pub failure: Option<Oversize>,
    pub unfinished: Option<Said>,
}

impl Transcript {
    pub fn of<'c>(chunks: impl IntoIterator<Item = &'c [u8]>, limit: Option<usize>) -> Self {
        Self::take(&mut Decoder::new(limit), chunks)
    }

    pub fn take<'c>(
        framing: &mut impl Framing,
        chunks: impl IntoIterator<Item = &'c [u8]>,
    ) -> Self {
        let mut transcript = Self::default();
        for chunk in chunks {
            let mut rest = chunk;
            loop {
                match framing.next(&mut rest) {
                    Ok(Some(item)) => transcript.said.push(item.into()),
                    Ok(None) => break,
                    Err(failure) => {
                        transcript.failure = Some(failure);
                        break;
                    }
                }
            }
            assert_eq!(rest, b"", "a framing that asks for more has taken everything");
        }
        transcript.unfinished = framing.end().map(Said::from);
        transcript
    }
}

//! A dialect that takes what `JSON.parse` takes.
#![forbid(unsafe_code)]

use super::rewriting::rewrite;
use super::surrogates::{Joiner, whole};
use super::{Class, Delta, Dialect, Failure};
use crate::protocol::Event;

/// Reads events with `inner`, and rewrites those that serde refuses though `JSON.parse` would not:
/// halves of surrogate pairs, equal keys, numbers beyond all numbers. They are rare: nothing is looked
/// for before the first event fails.
#[derive(Debug, Default)]
pub(super) struct Lenient<D> {
    inner: D,
    /// From the first event on that had to be rewritten.
    halves: Option<Box<Halves>>,
}

/// First halves of pairs, by the text that they belong to.
#[derive(Debug, Default)]
struct Halves(Vec<(Text, Joiner)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Content(u32),
    Reasoning(u32),
    Refusal(u32),
    Arguments(u32, u32),
}

impl<D> Lenient<D> {
    #[cfg(test)]
    pub(super) const fn new(inner: D) -> Self {
        Self { inner, halves: None }
    }
}

impl<D: Dialect> Dialect for Lenient<D> {
    fn decode(
        &mut self,
        event: &Event<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let Self { inner, halves } = self;
        let refused = match halves {
            None => {
                let mut told = false;
                let decoded = inner.decode(event, &mut |delta| {
                    told = true;
                    sink(delta);
                });
                match decoded {
                    // What was read and told is not told again.
                    Err(failure) if failure.class() == Class::Malformed && !told => Some(failure),
                    decoded => return decoded,
                }
            }
            Some(_) => None,
        };
        let rewritten = rewrite(&String::from_utf8_lossy(event.data));
        if let (None, Some(failure)) = (&rewritten, refused) {
            return Err(failure);
        }
        let data = rewritten.as_ref().map_or(event.data, String::as_bytes);
        let halves = halves.get_or_insert_default();
        inner.decode(&Event { data, ..*event }, &mut |delta| halves.tell(&delta, sink))
    }

    fn cursor(&self) -> Option<u64> {
        self.inner.cursor()
    }

    fn resume(&mut self) {
        self.inner.resume();
    }
}

impl Halves {
    fn tell(&mut self, delta: &Delta<'_>, sink: &mut dyn FnMut(Delta<'_>)) {
        match *delta {
            Delta::Content { choice, text } => self.piece(Text::Content(choice), text, sink),
            Delta::Reasoning { choice, text } => self.piece(Text::Reasoning(choice), text, sink),
            Delta::Refusal { choice, text } => self.piece(Text::Refusal(choice), text, sink),
            Delta::ToolCall { choice, index, id, name, arguments } => {
                let (id, name) = (id.map(whole), name.map(whole));
                let arguments = self.join(Text::Arguments(choice, index), arguments);
                if id.is_some() || name.is_some() || !arguments.is_empty() {
                    let (id, name) = (id.as_deref(), name.as_deref());
                    sink(Delta::ToolCall { choice, index, id, name, arguments: &arguments });
                }
            }
            Delta::Start { id, model } => {
                let (id, model) = (id.map(whole), model.map(whole));
                sink(Delta::Start { id: id.as_deref(), model: model.as_deref() });
            }
            Delta::Finish { choice, reason } => {
                self.flush(Some(choice), sink);
                sink(Delta::Finish { choice, reason: &whole(reason) });
            }
            Delta::Error(failure) => {
                self.flush(None, sink);
                sink(Delta::Error(&failure.spelled(whole)));
            }
            Delta::Done => {
                self.flush(None, sink);
                sink(Delta::Done);
            }
            Delta::Reset => {
                self.0.clear();
                sink(Delta::Reset);
            }
            Delta::Usage(usage) => sink(Delta::Usage(usage)),
        }
    }

    fn piece(&mut self, place: Text, piece: &str, sink: &mut dyn FnMut(Delta<'_>)) {
        let text = self.join(place, piece);
        if !text.is_empty() {
            place.tell(&text, sink);
        }
    }

    fn join(&mut self, place: Text, piece: &str) -> String {
        let known = self.0.iter().position(|(own, _)| *own == place);
        let mut joiner = known.map_or_else(Joiner::default, |at| self.0.swap_remove(at).1);
        let text = joiner.read(piece);
        if joiner.waits() {
            self.0.push((place, joiner));
        }
        text
    }

    /// Nothing follows, of one alternative or all: halves stay alone.
    fn flush(&mut self, choice: Option<u32>, sink: &mut dyn FnMut(Delta<'_>)) {
        self.0.retain_mut(|(place, joiner)| {
            if choice.is_some_and(|choice| choice != place.choice()) {
                return true;
            }
            if let Some(letter) = joiner.end() {
                place.tell(letter.encode_utf8(&mut [0; 4]), sink);
            }
            false
        });
    }
}

impl Text {
    const fn choice(self) -> u32 {
        match self {
            Self::Content(choice)
            | Self::Reasoning(choice)
            | Self::Refusal(choice)
            | Self::Arguments(choice, _) => choice,
        }
    }

    fn tell(self, text: &str, sink: &mut dyn FnMut(Delta<'_>)) {
        sink(match self {
            Self::Content(choice) => Delta::Content { choice, text },
            Self::Reasoning(choice) => Delta::Reasoning { choice, text },
            Self::Refusal(choice) => Delta::Refusal { choice, text },
            Self::Arguments(choice, index) => {
                Delta::ToolCall { choice, index, id: None, name: None, arguments: text }
            }
        });
    }
}

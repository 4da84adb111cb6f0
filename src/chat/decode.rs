//! Items of the bodies to deltas of the answer.

use super::chunk::Chunks;
use super::failure::{error_of, unproven};
use super::handler::ChatHandler;
use super::options::Malformed;
use crate::error::{Error, Kind, Phase};
use crate::llm::{Class, Failure, Family, Stage};
use crate::protocol::{Event, Framing, Item};
use crate::record::Record;
use crate::stream::{Completion, Decode, Delivery, Meaning};
use crate::transport::Response;

impl ChatHandler {
    fn event(&mut self, event: &Event<'_>, delivery: &mut Delivery) -> Result<Meaning, Failure> {
        let Self { dialect, assembler, shared, .. } = self;
        let mut state = shared.lock();
        let state = &mut *state;
        let mut put = |record: &Record<'_>| delivery.push(record);
        if state.form.raw {
            let Event { name, data, id, retry } = *event;
            put(&Record::Event { name, data, id, retry });
        }
        let mut says = false;
        dialect.decode(event, &mut |delta| {
            says = true;
            assembler.push(&delta, state, &mut put);
        })?;
        if let Some(failure) = assembler.failure.take() {
            return Err(failure);
        }
        if !says && state.form.bytes {
            put(&Record::Bytes(&Chunks::comment(b"")));
        }
        let reached = assembler.evidence.stage();
        if reached == Stage::Done {
            assembler.complete(state, &mut put);
            return Ok(Meaning::Terminal);
        }
        if reached == Stage::Unproven {
            return Ok(Meaning::Failed(unproven(assembler.has_begun())));
        }
        if reached == Stage::Finished {
            return Ok(Meaning::Finished);
        }
        // Some keep a line warm with chunks that hold nothing. Other dialects name what they do.
        let empty = !says && self.chat_options.family == Family::ChatCompletions;
        let counts = !empty && !self.ignored.has(event);
        Ok(if counts { Meaning::Event } else { Meaning::Other })
    }
}

impl Decode for ChatHandler {
    type Framing = Box<dyn Framing>;

    fn framing(&self, max_event_size: Option<usize>) -> Self::Framing {
        self.chat_options.family.framing(max_event_size)
    }

    fn opened(&mut self, response: &Response, _delivery: &Delivery) {
        if let Some(attempt) = self.shared.lock().attempts.last_mut() {
            attempt.status = Some(response.status.as_u16());
        }
    }

    fn take(&mut self, item: &Item<'_>, delivery: &mut Delivery) -> Meaning {
        match item {
            // What an event amounts to is at most about its own size.
            Item::Event(event) => {
                delivery.count_event();
                self.event(event, delivery).unwrap_or_else(|failure| {
                    let error = error_of(&failure);
                    let skips = self.chat_options.malformed == Malformed::Skip;
                    if skips && failure.class() == Class::Malformed {
                        Meaning::Skipped(error)
                    } else {
                        Meaning::Failed(error)
                    }
                })
            }
            // What keeps this side alive keeps the client of a response alive, too.
            Item::Comment(text) => {
                if self.shared.lock().form.bytes {
                    delivery.push(&Record::Bytes(&Chunks::comment(text)));
                }
                Meaning::Other
            }
            _ => Meaning::Other,
        }
    }

    fn accepts_incomplete(&self, _event: &Event<'_>) -> bool {
        true
    }

    /// It counts if it is whole; half of an event is none.
    fn take_incomplete(&mut self, event: Event<'_>, delivery: &mut Delivery) -> Meaning {
        match self.event(&event, delivery) {
            Ok(meaning) => meaning,
            Err(failure) if failure.class() == Class::Malformed => Meaning::Other,
            Err(failure) => Meaning::Failed(error_of(&failure)),
        }
    }

    fn ended(&mut self, delivery: &mut Delivery) -> Completion {
        if !self.is_complete() {
            let sentence = "the body ended before the answer was complete";
            let error = Error::new(Kind::Truncated, Phase::Body, sentence).with_sent(true);
            return Completion::Failed(error);
        }
        self.assembler.complete(&mut self.shared.lock(), &mut |record| delivery.push(record));
        Completion::Complete
    }

    fn is_complete(&self) -> bool {
        self.assembler.evidence.is_complete()
    }
}

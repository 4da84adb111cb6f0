//! The decoder alone, for bytes that arrive by other ways.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{Uint8ArraySlice, Uint16ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use crate::mailbox::{Demand, Letter, Limits, Mailbox, Office, Queue};
use crate::protocol::{Decoder, Event, Framing, Item};

/// A decoder whose items are drained like those of a stream.
#[napi]
pub struct NativeDecoder {
    decoder: Mutex<Decoder>,
    mailbox: Arc<Mailbox>,
    office: Arc<Office>,
}

#[napi]
impl NativeDecoder {
    /// `max_event_size` in bytes.
    #[napi(constructor, catch_unwind)]
    pub fn new(max_event_size: Option<u32>) -> Self {
        let office = Office::new(|| ());
        // The caller feeds and drains in one call, so nothing piles up that it did not bring.
        let limits = Limits { events: usize::MAX, bytes: usize::MAX };
        let mailbox = Mailbox::new(0, limits, &office);
        mailbox.ask(Demand::Flow);
        let decoder = Decoder::new(max_event_size.map(|size| size as usize));
        Self { decoder: Mutex::new(decoder), mailbox, office }
    }

    /// Decodes bytes; drain afterwards. Returns whether an event was too large, which is final.
    #[napi(catch_unwind)]
    pub fn feed(&self, bytes: Uint8ArraySlice<'_>) -> bool {
        let mut decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        let mut input: &[u8] = &bytes;
        let mut pile = Queue::default();
        let oversize = loop {
            match decoder.next(&mut input) {
                Ok(Some(item)) => Self::put(&mut pile, item),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        self.mailbox.push(&mut pile);
        oversize
    }

    /// Moves items into the arrays; see `lib/core/batch.js` for their form.
    #[napi(catch_unwind)]
    pub fn drain(&self, mut words: Uint32ArraySlice<'_>, mut units: Uint16ArraySlice<'_>) -> i32 {
        super::batch::drain(&self.office, &mut words, &mut units)
    }

    fn put(pile: &mut Queue, item: Item<'_>) {
        let number;
        let letter = match item {
            Item::Event(Event { name, data, id, retry }) => Letter::Event { name, data, id, retry },
            Item::Comment(text) => Letter::Comment(text),
            Item::Id(id) => Letter::Id(id),
            Item::Retry(millis) => {
                number = millis.to_string();
                Letter::Notice(&number)
            }
        };
        pile.push(&letter);
    }
}

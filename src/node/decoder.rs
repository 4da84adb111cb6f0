//! The decoder alone, for bytes that arrive by other ways.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{Uint8ArraySlice, Uint16ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use crate::delivery::{Demand, Limits, Mailbox, ReadyList};
use crate::protocol::{Decoder, Event, Framing, Item};
use crate::record::{Queue, Record};

/// A decoder whose items are drained like those of a stream.
#[napi]
pub struct NativeDecoder {
    decoder: Mutex<Decoder>,
    mailbox: Arc<Mailbox>,
    ready_list: Arc<ReadyList>,
}

#[napi]
impl NativeDecoder {
    /// `max_event_size` in bytes.
    #[napi(constructor, catch_unwind)]
    pub fn new(max_event_size: Option<u32>) -> Self {
        let ready_list = ReadyList::new(|| ());
        // The caller feeds and drains in one call, so nothing piles up that it did not bring.
        let limits = Limits { events: usize::MAX, bytes: usize::MAX };
        let mailbox = Mailbox::new(0, limits, &ready_list);
        mailbox.ask(Demand::Flow);
        let decoder = Decoder::new(max_event_size.map(|size| size as usize));
        Self { decoder: Mutex::new(decoder), mailbox, ready_list }
    }

    /// Decodes bytes; drain afterwards. Returns whether an event was too large, which is final.
    #[napi(catch_unwind)]
    pub fn feed(&self, bytes: Uint8ArraySlice<'_>) -> bool {
        let mut decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        let mut input: &[u8] = &bytes;
        let mut buffer = Queue::default();
        let oversize = loop {
            match decoder.next(&mut input) {
                Ok(Some(item)) => Self::put(&mut buffer, item),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        self.mailbox.push(&mut buffer);
        oversize
    }

    /// Moves items into the arrays; see `lib/core/batch.js` for their form.
    #[napi(catch_unwind)]
    pub fn drain(&self, mut words: Uint32ArraySlice<'_>, mut units: Uint16ArraySlice<'_>) -> i32 {
        super::batch::drain(&self.ready_list, &mut words, &mut units)
    }

    fn put(buffer: &mut Queue, item: Item<'_>) {
        let number;
        let record = match item {
            Item::Event(Event { name, data, id, retry }) => Record::Event { name, data, id, retry },
            Item::Comment(text) => Record::Comment(text),
            Item::Id(id) => Record::Id(id),
            Item::Retry(millis) => {
                number = millis.to_string();
                Record::Notice(&number)
            }
        };
        buffer.push(&record);
    }
}

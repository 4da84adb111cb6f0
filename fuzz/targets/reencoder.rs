//! A body passed on, as a stream that is read as bytes passes it: it must still say the same.
#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/protocol/transcript.rs"]
mod transcript;

use libfuzzer_sys::fuzz_target;
use perennial_sse::protocol::{
    Decoder, Framing, Item, Outgoing, encode_comment, encode_decoded, encode_event,
};

use transcript::{Said, Transcript};

fuzz_target!(|body: &[u8]| {
    let mut decoder = Decoder::new(None);
    let mut rest = body;
    let mut bytes = Vec::new();
    let mut sent = Vec::new();
    while let Ok(Some(item)) = decoder.next(&mut rest) {
        match item {
            Item::Event(event) => {
                // A reconnection time is told ahead of its event, once for each time it is read.
                sent.extend(event.retry.map(Said::Retry));
                encode_decoded(&event, &mut bytes);
            }
            Item::Comment(text) => encode_comment(text, &mut bytes),
            Item::Id(id) => {
                let Ok(id) = std::str::from_utf8(id) else { continue };
                let bare = Outgoing { id: Some(id), ..Outgoing::default() };
                encode_event(&bare, &mut bytes).expect("what was decoded can be encoded");
            }
            Item::Retry(_) => continue,
        }
        sent.push(Said::from(item));
    }
    let again = Transcript::of([&*bytes], None);
    assert_eq!(again.said, sent, "{:?}", String::from_utf8_lossy(&bytes));
    assert_eq!((again.failure, again.unfinished), (None, None));
});

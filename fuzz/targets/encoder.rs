//! Events to bytes and back: what is refused is refused whole, everything else arrives, and no text
//! can pass for a field.
#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/protocol/transcript.rs"]
mod transcript;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use perennial_sse::protocol::{EncodeError, Outgoing, encode_event};

use transcript::{Said, Transcript, comment, id, retry};

#[derive(Arbitrary, Debug)]
struct Fields<'a> {
    comment: Option<&'a str>,
    event: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<u64>,
    data: Option<&'a str>,
}

impl<'a> Fields<'a> {
    const fn outgoing(&self) -> Outgoing<'a> {
        let Self { comment, event, id, retry, data } = *self;
        Outgoing { comment, event, id, retry, data }
    }

    fn refusal(&self) -> Option<EncodeError> {
        let breaks =
            |text: Option<&str>| text.is_some_and(|text| text.contains(['\r', '\n', '\0']));
        if breaks(self.event) {
            Some(EncodeError::Event)
        } else if breaks(self.id) {
            Some(EncodeError::Id)
        } else {
            None
        }
    }

    /// What a client must make of it.
    fn said(&self) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some(text) = self.comment {
            said.extend(lines(text).split('\n').map(comment));
        }
        said.extend(self.retry.map(retry));
        match (self.data, self.id) {
            (Some(data), mark) => said.push(Said::Event {
                name: self.event.filter(|name| !name.is_empty()).map(String::from),
                data: lines(data),
                id: mark.map(String::from),
                retry: self.retry,
            }),
            (None, Some(mark)) => said.push(id(mark)),
            (None, None) => {}
        }
        said
    }
}

/// Every line ending arrives as LF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fuzz_target!(|events: Vec<Fields<'_>>| {
    let mut bytes = Vec::new();
    let mut said = Vec::new();
    for event in &events {
        let before = bytes.len();
        let encoded = encode_event(&event.outgoing(), &mut bytes);
        assert_eq!(encoded.err(), event.refusal());
        if encoded.is_ok() {
            said.extend(event.said());
        } else {
            assert_eq!(bytes.len(), before, "a refused event leaves nothing behind");
        }
    }
    let arrived = Transcript::of([&*bytes], None);
    assert_eq!(arrived.said, said, "{:?}", String::from_utf8_lossy(&bytes));
    assert_eq!((arrived.failure, arrived.unfinished), (None, None), "nothing is left open");
});

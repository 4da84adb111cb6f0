//! Every decoder behind one shape.

use std::convert::Infallible;
use std::hint::black_box;

use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::executor::block_on_stream;
use futures::stream;

use crate::protocol::{Decoder, Event, Framing, Item};

/// How much data and id text the events have.
type Decode = fn(&[Bytes]) -> usize;

pub const DECODERS: [(&str, Decode); 5] = [
    ("perennial-sse, lent bytes", lent),
    ("perennial-sse, owned strings", owned),
    ("sseer, shared strings", sseer),
    ("sse-stream, owned strings", sse_stream),
    ("eventsource-stream, owned strings", eventsource_stream),
];

fn lent(chunks: &[Bytes]) -> usize {
    decode(chunks, |event| black_box(event.data).len() + event.id.map_or(0, <[u8]>::len))
}

fn owned(chunks: &[Bytes]) -> usize {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    decode(chunks, |event| {
        black_box(text(event.data)).len() + event.id.map_or(0, |id| black_box(text(id)).len())
    })
}

fn decode(chunks: &[Bytes], mut measure: impl FnMut(Event<'_>) -> usize) -> usize {
    let mut decoder = Decoder::new(None);
    let mut found = 0;
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(item) = decoder.next(&mut input).expect("the size is not bounded") {
            if let Item::Event(event) = item {
                found += measure(event);
            }
        }
    }
    found
}

fn sseer(chunks: &[Bytes]) -> usize {
    block_on_stream(sseer::event_stream::EventStream::new(body(chunks)))
        .map(|event| black_box(event.expect("the text is valid")))
        .map(|event| event.data.len() + event.id.len())
        .sum()
}

fn sse_stream(chunks: &[Bytes]) -> usize {
    block_on_stream(sse_stream::SseByteStream::new(body(chunks)))
        .map(|event| black_box(event.expect("the text is valid")))
        .map(|event| event.data.map_or(0, |data| data.len()) + event.id.map_or(0, |id| id.len()))
        .sum()
}

fn eventsource_stream(chunks: &[Bytes]) -> usize {
    block_on_stream(body(chunks).eventsource())
        .map(|event| black_box(event.expect("the text is valid")))
        .map(|event| event.data.len() + event.id.len())
        .sum()
}

fn body(chunks: &[Bytes]) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + Unpin {
    stream::iter(chunks.iter().cloned().map(Ok))
}

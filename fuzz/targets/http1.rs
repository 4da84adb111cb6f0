//! HTTP/1.1: whatever a server sends, it is read or refused, and how it is cut makes no difference.
#![no_main]
#![allow(dead_code, reason = "the connection uses more of them")]

#[path = "../../src/transport/http1/chunks.rs"]
mod chunks;
#[path = "../../src/transport/http1/fault.rs"]
mod fault;
#[path = "../../src/transport/http1/head.rs"]
mod head;
#[path = "../../src/transport/http1/length.rs"]
mod length;

use fault::Fault;
use head::{Head, HeadReader};
use http::Method;
use libfuzzer_sys::fuzz_target;

/// What was read: a head, data, and how it ended.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    head: Option<String>,
    data: Vec<u8>,
    over: bool,
    broken: bool,
    behind: usize,
}

fn read(method: &Method, pieces: &[&[u8]]) -> Outcome {
    let mut outcome = Outcome::default();
    if read_all(method, pieces, &mut outcome).is_err() {
        outcome.broken = true;
    }
    outcome
}

fn read_all(method: &Method, pieces: &[&[u8]], outcome: &mut Outcome) -> Result<(), Fault> {
    let mut reader = HeadReader::default();
    let mut pieces = pieces.iter();
    let mut head = loop {
        let Some(piece) = pieces.next() else { return Ok(()) };
        reader.feed(piece);
        if let Some(head) = reader.head(method)? {
            break head;
        }
    };
    outcome.head = Some(format!("{:?} {:?} {}", head.status, head.headers, head.lasting));
    take(&mut head, &reader.into_rest(), outcome)?;
    pieces.try_for_each(|piece| take(&mut head, piece, outcome))
}

fn take(head: &mut Head, input: &[u8], outcome: &mut Outcome) -> Result<(), Fault> {
    let mut input = input;
    while !input.is_empty() && !head.length.is_over() {
        let cut = head.length.cut(input)?;
        outcome.data.extend_from_slice(&input[cut.data]);
        // There is no standing still.
        assert!(cut.used > 0);
        input = &input[cut.used..];
    }
    outcome.over = head.length.is_over();
    outcome.behind += input.len();
    Ok(())
}

fuzz_target!(|input: (bool, Vec<u8>, u8)| {
    let (without_body, answer, size) = input;
    let method = if without_body { Method::HEAD } else { Method::GET };
    let whole = read(&method, &[&answer]);
    let size = usize::from(size).max(1);
    let cut: Vec<&[u8]> = answer.chunks(size).collect();
    assert_eq!(read(&method, &cut), whole);

    // Behind a head that is surely one the rest is fuzzed, too.
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    chunked.extend_from_slice(&answer);
    let cut: Vec<&[u8]> = chunked.chunks(size).collect();
    assert_eq!(read(&Method::GET, &cut), read(&Method::GET, &[&chunked]));
});

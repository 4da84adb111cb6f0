//! HTTP/1.1 connections as hyper reads them: what it refuses is refused, what both take is the same, and
//! nothing is asked on a connection that hyper would not use again.
#![no_main]

#[path = "../../tests/http1/transport.rs"]
mod transport;

use http::Method;
use libfuzzer_sys::fuzz_target;

use transport::compare::compare;
use transport::script::Script;

/// What stands between two answers, in a seed.
const SEPARATOR: u8 = 0x1e;

// The last byte chooses method, cuts and ending, so that a seed is simply what a server says.
fuzz_target!(|input: &[u8]| {
    let Some((&choice, answers)) = input.split_last() else { return };
    let method = if choice & 1 == 0 { Method::GET } else { Method::HEAD };
    let piece = match choice >> 2 {
        0 => usize::MAX,
        piece => piece.into(),
    };
    let answers = answers.split(|byte| *byte == SEPARATOR);
    compare(&method, &Script::new(answers, piece, choice & 2 != 0));
});

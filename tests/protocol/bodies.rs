//! Bodies made by chance, biased towards the grammar and its corners.

use fastrand::Rng;

const ENDINGS: [&[u8]; 6] = [b"\n", b"\n", b"\r", b"\r\n", b"\r\n", b"\n\r"];

const FRONTS: [&[u8]; 20] = [
    b"data:",
    b"data: ",
    b"data:",
    b"data: ",
    b"data:",
    b"data: ",
    b"data",
    b"data :",
    b"event:",
    b"event: ",
    b"event",
    b"id:",
    b"id: ",
    b"id",
    b"retry:",
    b"retry: ",
    b"retry",
    b":",
    b": ",
    b"unknown field: ",
];

const ATOMS: [&[u8]; 20] = [
    b"a",
    b"7",
    b"42",
    b" ",
    b":",
    b"\0",
    b"\xFF",
    b"\xE2\x82",
    b"\xF0\x9F\x8C",
    b"\xC3",
    b"\xBF",
    "\u{FEFF}".as_bytes(),
    "\u{20AC}".as_bytes(),
    "\u{1F30A}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{85}".as_bytes(),
    b"data",
    b"99999999999999999999",
    b"[DONE]",
    b"longer than any field name",
];

fn pick<'a>(rng: &mut Rng, from: &[&'a [u8]]) -> &'a [u8] {
    from[rng.usize(..from.len())]
}

/// A body of at most `lines` lines; the last one may be left open.
pub fn body(rng: &mut Rng, lines: usize) -> Vec<u8> {
    let mut body = Vec::new();
    match rng.u8(..8) {
        0 | 1 => body.extend_from_slice("\u{FEFF}".as_bytes()),
        2 => body.extend_from_slice(&b"\xEF\xBB\xBF\xEF\xBB"[..rng.usize(..=5)]),
        _ => {}
    }
    for _ in 0..rng.usize(..=lines) {
        match rng.u8(..8) {
            0 | 1 => {}
            2 => text(rng, &mut body),
            _ => {
                body.extend_from_slice(pick(rng, &FRONTS));
                text(rng, &mut body);
            }
        }
        body.extend_from_slice(pick(rng, &ENDINGS));
    }
    if rng.bool() {
        body.extend_from_slice(pick(rng, &FRONTS));
        text(rng, &mut body);
    }
    body
}

fn text(rng: &mut Rng, body: &mut Vec<u8>) {
    for _ in 0..rng.usize(..4) {
        body.extend_from_slice(pick(rng, &ATOMS));
    }
}

/// Cuts `body` into chunks of at most `longest` bytes; some are empty.
pub fn cut<'b>(rng: &mut Rng, mut body: &'b [u8], longest: usize) -> Vec<&'b [u8]> {
    let mut chunks = Vec::new();
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(rng.usize(..=longest.min(body.len())));
        chunks.push(chunk);
        body = rest;
    }
    chunks
}

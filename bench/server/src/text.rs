//! Events as they go out, rendered before they are asked for.

use bytes::Bytes;

use crate::answers::{
    anthropic, anthropic_closing, anthropic_opening, chat, chat_closing, chat_opening,
};
use crate::events::{LAP, chinese, plain, short};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
    cache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n";
const END: &[u8] = b"0\r\n\r\n";

/// What a buffering server or proxy writes as one chunk.
const CHUNK: usize = 16 * 1024;

/// A piece of a response, as each version of HTTP sends it.
#[derive(Default)]
pub struct Piece {
    /// In its chunks, and with the head or the end of the response around it.
    pub http1: Vec<u8>,
    /// The same piece of the body alone.
    pub body: Bytes,
}

impl Piece {
    /// All of it in one chunk.
    pub fn chunk(body: Bytes) -> Self {
        Self { http1: chunk(&body), body }
    }
}

/// One kind of text.
pub struct Text {
    /// The head of the response, and what comes before the first event.
    pub opening: Piece,
    /// Each event in a chunk of its own.
    pub events: Vec<Piece>,
    /// All of these.
    pub each: Piece,
    /// All events, cut into large chunks without regard to where they end.
    pub large: Piece,
    /// What comes after the last event, and the end of the response.
    pub closing: Piece,
}

/// Every kind of text, by name.
pub struct Texts {
    plain: Text,
    short: Text,
    chinese: Text,
    chat: Text,
    anthropic: Text,
}

impl Texts {
    pub fn new() -> Self {
        Self {
            plain: Text::new(plain),
            short: Text::new(short),
            chinese: Text::new(chinese),
            chat: Text::new(chat).between(chat_opening(), chat_closing()),
            anthropic: Text::new(anthropic).between(anthropic_opening(), anthropic_closing()),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Text> {
        match name {
            "plain" => Some(&self.plain),
            "short" => Some(&self.short),
            "chinese" => Some(&self.chinese),
            "chat" => Some(&self.chat),
            "anthropic" => Some(&self.anthropic),
            _ => None,
        }
    }
}

impl Text {
    fn new(event: fn(usize) -> String) -> Self {
        let events: Vec<_> = (0..LAP).map(|number| Piece::chunk(event(number).into())).collect();
        let body: Bytes = events.iter().flat_map(|event| event.body.clone()).collect();
        let each = events.iter().flat_map(|event| &event.http1).copied().collect();
        let large = body.chunks(CHUNK).flat_map(chunk).collect();
        Self {
            opening: Piece { http1: HEAD.to_vec(), body: Bytes::new() },
            events,
            each: Piece { http1: each, body: body.clone() },
            large: Piece { http1: large, body },
            closing: Piece { http1: END.to_vec(), body: Bytes::new() },
        }
    }

    /// With something before the first event and after the last.
    fn between(mut self, first: String, last: String) -> Self {
        self.opening.http1.extend(chunk(first.as_bytes()));
        self.opening.body = first.into();
        self.closing.http1.splice(..0, chunk(last.as_bytes()));
        self.closing.body = last.into();
        self
    }
}

/// Frames a piece of the body as HTTP/1.1 does.
fn chunk(piece: &[u8]) -> Vec<u8> {
    let mut framed = format!("{:x}\r\n", piece.len()).into_bytes();
    framed.extend_from_slice(piece);
    framed.extend_from_slice(b"\r\n");
    framed
}

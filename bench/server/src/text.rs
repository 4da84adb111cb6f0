//! Events as they go out, rendered before they are asked for.

use crate::answers::{
    anthropic, anthropic_closing, anthropic_opening, chat, chat_closing, chat_opening,
};
use crate::events::{LAP, chinese, plain, short};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
    cache-control: no-store\r\ntransfer-encoding: chunked\r\n\r\n";
const END: &[u8] = b"0\r\n\r\n";

/// What a buffering server or proxy writes as one chunk.
const CHUNK: usize = 16 * 1024;

/// One kind of text.
pub struct Text {
    /// The head of the response, and what comes before the first event.
    pub opening: Vec<u8>,
    /// Each event as a chunk of its own.
    pub events: Vec<Vec<u8>>,
    /// All of these.
    pub each: Vec<u8>,
    /// All events, cut into large chunks without regard to where they end.
    pub large: Vec<u8>,
    /// What comes after the last event, and the end of the response.
    pub closing: Vec<u8>,
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
            chat: Text::new(chat).between(&chat_opening(), &chat_closing()),
            anthropic: Text::new(anthropic).between(&anthropic_opening(), &anthropic_closing()),
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
        let rendered: Vec<String> = (0..LAP).map(event).collect();
        let events: Vec<_> = rendered.iter().map(|event| chunk(event.as_bytes())).collect();
        Self {
            opening: HEAD.to_vec(),
            each: events.concat(),
            events,
            large: rendered.concat().as_bytes().chunks(CHUNK).flat_map(chunk).collect(),
            closing: END.to_vec(),
        }
    }

    /// With something before the first event and after the last.
    fn between(mut self, first: &str, last: &str) -> Self {
        self.opening.extend(chunk(first.as_bytes()));
        self.closing.splice(..0, chunk(last.as_bytes()));
        self
    }
}

/// Frames a piece of the body as HTTP/1.1 does.
pub fn chunk(piece: &[u8]) -> Vec<u8> {
    let mut framed = format!("{:x}\r\n", piece.len()).into_bytes();
    framed.extend_from_slice(piece);
    framed.extend_from_slice(b"\r\n");
    framed
}

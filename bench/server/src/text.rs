//! Events as they go out, rendered before they are asked for.

use crate::events::{LAP, chinese, plain, short};

/// What a buffering server or proxy writes as one chunk.
const CHUNK: usize = 16 * 1024;

/// One kind of text.
pub struct Text {
    /// Each event as a chunk of its own.
    pub events: Vec<Vec<u8>>,
    /// All of these.
    pub each: Vec<u8>,
    /// All events, cut into large chunks without regard to where they end.
    pub large: Vec<u8>,
}

/// Every kind of text, by name.
pub struct Texts {
    plain: Text,
    short: Text,
    chinese: Text,
}

impl Texts {
    pub fn new() -> Self {
        Self { plain: Text::new(plain), short: Text::new(short), chinese: Text::new(chinese) }
    }

    pub fn get(&self, name: &str) -> Option<&Text> {
        match name {
            "plain" => Some(&self.plain),
            "short" => Some(&self.short),
            "chinese" => Some(&self.chinese),
            _ => None,
        }
    }
}

impl Text {
    fn new(event: fn(usize) -> String) -> Self {
        let rendered: Vec<String> = (0..LAP).map(event).collect();
        let events: Vec<_> = rendered.iter().map(|event| chunk(event.as_bytes())).collect();
        Self {
            each: events.concat(),
            events,
            large: rendered.concat().as_bytes().chunks(CHUNK).flat_map(chunk).collect(),
        }
    }
}

/// Frames a piece of the body as HTTP/1.1 does.
pub fn chunk(piece: &[u8]) -> Vec<u8> {
    let mut framed = format!("{:x}\r\n", piece.len()).into_bytes();
    framed.extend_from_slice(piece);
    framed.extend_from_slice(b"\r\n");
    framed
}

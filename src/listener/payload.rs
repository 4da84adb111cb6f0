//! Bytes for many connections, made once.
#![forbid(unsafe_code)]

use bytes::Bytes;

/// The last chunk, behind which the body is complete (RFC 9112, 7.1).
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// How a connection tells where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// In chunks: HTTP/1.1.
    Chunked,
    /// As it is: HTTP/1.0 ends it by closing, HTTP/2 has frames of its own.
    Bare,
}

/// Bytes in both framings, which share their memory.
#[derive(Clone, Debug)]
pub struct Payload {
    chunk: Bytes,
    start: usize,
}

impl Payload {
    /// Frames these.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let size = format!("{:x}\r\n", bytes.len());
        let mut chunk = Vec::with_capacity(size.len() + bytes.len() + 2);
        chunk.extend_from_slice(size.as_bytes());
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        Self { chunk: chunk.into(), start: size.len() }
    }

    /// In the form of a connection.
    #[must_use]
    pub fn framed(&self, framing: Framing) -> Bytes {
        match framing {
            Framing::Chunked => self.chunk.clone(),
            Framing::Bare => self.chunk.slice(self.start..self.chunk.len() - 2),
        }
    }
}

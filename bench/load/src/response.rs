//! One response in HTTP/1.1: its head, its chunks if it has some, and the events in them.

use memchr::memchr;

use crate::Outcome;
use crate::event::Event;

/// How far the response has come.
#[derive(Default)]
enum Part {
    #[default]
    Head,
    /// The line with the size of the next chunk.
    Size,
    /// Bytes that are left of the chunk.
    Chunk(usize),
    /// What is left of the line end behind a chunk.
    ChunkEnd(usize),
    /// Of a body without chunks, which ends with the connection.
    Body,
}

/// Takes a response apart, whatever the pieces in which it comes.
#[derive(Default)]
pub struct Response {
    part: Part,
    /// What has come of a head or of the line of a size.
    head: Vec<u8>,
    /// What has come of a line of the event stream.
    line: Vec<u8>,
    event: Option<Outcome<Event>>,
    named: bool,
}

/// What a client expects of its events.
#[derive(Clone, Copy)]
pub struct Expected {
    /// Of data.
    pub bytes: usize,
    /// Whether events are hashed.
    pub hashed: bool,
}

impl Response {
    /// Whether the head has come.
    pub fn opened(&self) -> bool {
        !matches!(self.part, Part::Head)
    }

    /// Takes the next bytes, and hands over each event that they complete. Named events are a hub's own.
    pub fn take(
        &mut self,
        mut bytes: &[u8],
        expected: Expected,
        mut handle: impl FnMut(Event) -> Outcome,
    ) -> Outcome {
        while !bytes.is_empty() {
            match self.part {
                Part::Head => bytes = self.take_head(bytes)?,
                Part::Body => return self.take_body(bytes, expected, &mut handle),
                Part::Size => bytes = self.take_size(bytes)?,
                Part::Chunk(left) => {
                    let (chunk, rest) = bytes.split_at(left.min(bytes.len()));
                    self.take_body(chunk, expected, &mut handle)?;
                    self.part = match left - chunk.len() {
                        0 => Part::ChunkEnd(2),
                        left => Part::Chunk(left),
                    };
                    bytes = rest;
                }
                Part::ChunkEnd(left) => {
                    let skipped = left.min(bytes.len());
                    bytes = &bytes[skipped..];
                    self.part = match left - skipped {
                        0 => Part::Size,
                        left => Part::ChunkEnd(left),
                    };
                }
            }
        }
        Ok(())
    }

    fn take_head<'a>(&mut self, bytes: &'a [u8]) -> Outcome<&'a [u8]> {
        let known = self.head.len();
        self.head.extend_from_slice(bytes);
        let Some(end) = self.head.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(&[]);
        };
        let head = String::from_utf8_lossy(&self.head[..end]).to_lowercase();
        for part in ["http/1.1 200 ", "\ncontent-type: text/event-stream"] {
            if !head.contains(part) {
                return Err(format!("an answer without {:?}: {head}", part.trim()));
            }
        }
        self.head = Vec::new();
        let is_chunked = head.contains("\ntransfer-encoding: chunked");
        if !is_chunked && head.contains("\ncontent-length") {
            return Err(format!("an answer without \"transfer-encoding: chunked\": {head}"));
        }
        self.part = if is_chunked { Part::Size } else { Part::Body };
        Ok(&bytes[end + 4 - known..])
    }

    fn take_size<'a>(&mut self, bytes: &'a [u8]) -> Outcome<&'a [u8]> {
        let Some(end) = memchr(b'\n', bytes) else {
            self.head.extend_from_slice(bytes);
            return Ok(&[]);
        };
        self.head.extend_from_slice(&bytes[..end]);
        let size = std::str::from_utf8(&self.head)
            .ok()
            .and_then(|line| usize::from_str_radix(line.trim(), 16).ok());
        self.part = match size {
            None => {
                return Err(format!("no size of a chunk: {}", String::from_utf8_lossy(&self.head)));
            }
            Some(0) => return Err("the hub ended a stream".into()),
            Some(size) => Part::Chunk(size),
        };
        self.head.clear();
        Ok(&bytes[end + 1..])
    }

    fn take_body(
        &mut self,
        mut chunk: &[u8],
        expected: Expected,
        handle: &mut impl FnMut(Event) -> Outcome,
    ) -> Outcome {
        while let Some(end) = memchr(b'\n', chunk) {
            let ended = if self.line.is_empty() {
                self.take_line(&chunk[..end], expected)?
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&chunk[..end]);
                let ended = self.take_line(&line, expected)?;
                line.clear();
                self.line = line;
                ended
            };
            if let Some(event) = ended {
                handle(event)?;
            }
            chunk = &chunk[end + 1..];
        }
        self.line.extend_from_slice(chunk);
        Ok(())
    }

    /// Takes a line, and gives the event that an empty one ends.
    fn take_line(&mut self, line: &[u8], expected: Expected) -> Outcome<Option<Event>> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            let event = self.event.take();
            return if std::mem::take(&mut self.named) { Ok(None) } else { event.transpose() };
        }
        if let Some(name) = line.strip_prefix(b"event:") {
            self.named = name.trim_ascii() != b"message";
        } else if let Some(value) = line.strip_prefix(b"data:") {
            self.event = Some(Event::read(value, expected.bytes, expected.hashed));
        }
        Ok(None)
    }
}

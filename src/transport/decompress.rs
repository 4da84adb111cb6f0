//! Decompression of a body, a bounded step at a time.
#![forbid(unsafe_code)]

use std::io;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliDecoder, DecodeV2, DeflateDecoder, GzipDecoder, ZlibDecoder};

use super::coding::Coding;
use super::incoming::Decoded;
use crate::error::Source;

/// How much one step takes in, and how much it puts out, in bytes. The reader decides between two
/// steps whether it is another's turn: a few bytes may become thousands, or tables and nothing else.
const STEP_IN: usize = 4 * 1024;
const STEP_OUT: usize = 16 * 1024;

type Decoder = Box<dyn DecodeV2 + Send>;

/// A compressed body.
///
/// What follows the end of the compressed data is more of it, as `gzip` has it: servers compress
/// event by event, and whatever is dropped here is lost in silence.
pub(super) struct Decompress {
    source: Decoded,
    coding: Coding,
    /// Made for the first byte.
    decoder: Option<Decoder>,
    state: State,
    /// What is not decoded yet.
    input: Bytes,
}

enum State {
    /// Before the first member, or behind one.
    Between,
    /// In a member; if the last step filled its room, there may be more without further input.
    Within { full: bool },
    /// Corrupt.
    Failed(io::Error),
}

impl Decompress {
    pub(super) fn new(source: Decoded, coding: Coding) -> Self {
        Self { source, coding, decoder: None, state: State::Between, input: Bytes::new() }
    }

    pub(super) const fn source(&self) -> &Decoded {
        &self.source
    }

    /// The next data; none if the step that was made put out nothing.
    pub(super) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Source>>> {
        let more = matches!(self.state, State::Within { full: true } | State::Failed(_));
        if self.input.is_empty() && !more {
            match ready!(self.source.poll_data(cx)) {
                Some(Ok(bytes)) => self.input = bytes,
                None if matches!(self.state, State::Within { .. }) => {
                    let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
                    return Poll::Ready(Some(Err(cut.into())));
                }
                end => return Poll::Ready(end),
            }
        }
        Poll::Ready(Some(self.step().map_err(Into::into)))
    }

    fn step(&mut self) -> io::Result<Bytes> {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Failed(error) => return Err(error),
            State::Between => self.begin()?,
            state @ State::Within { .. } => self.state = state,
        }
        let (State::Within { .. }, Some(decoder)) = (&self.state, &mut self.decoder) else {
            return Ok(Bytes::new());
        };
        let mut room = [0; STEP_OUT];
        let mut output = WriteBuffer::new_initialized(&mut room);
        let mut input = PartialBuffer::new(&self.input[..self.input.len().min(STEP_IN)]);
        let end = decoder.decode(&mut input, &mut output);
        let (used, full) = (input.written_len(), output.has_no_spare_space());
        self.state = match end {
            Ok(true) => State::Between,
            Ok(false) => State::Within { full },
            // It says so, too, if there was no more without further input.
            Err(_) if self.input.is_empty() => State::Within { full: false },
            // What came before is told before.
            Err(error) => State::Failed(error),
        };
        let data = Bytes::copy_from_slice(output.written());
        self.input.advance(used);
        Ok(data)
    }

    /// Begins the next member, if there is one.
    fn begin(&mut self) -> io::Result<()> {
        if self.decoder.is_some() && self.coding == Coding::Gzip {
            // Archives are padded with zeros, which begin no member.
            let padding = self.input.iter().take_while(|byte| **byte == 0).count();
            self.input.advance(padding);
        }
        let Some(&first) = self.input.first() else { return Ok(()) };
        match &mut self.decoder {
            Some(decoder) => decoder.reinit()?,
            None => self.decoder = Some(decoder(self.coding, first)),
        }
        self.state = State::Within { full: false };
        Ok(())
    }
}

fn decoder(coding: Coding, first: u8) -> Decoder {
    match coding {
        Coding::Gzip => Box::new(GzipDecoder::new()),
        Coding::Brotli => Box::new(BrotliDecoder::new()),
        // Meant is zlib, and some servers send what is inside it (RFC 9110, 8.4.1.2).
        Coding::Deflate if first & 0x0f == 8 => Box::new(ZlibDecoder::new()),
        Coding::Deflate => Box::new(DeflateDecoder::new()),
    }
}

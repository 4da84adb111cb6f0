//! Decompression of a body, a bounded step at a time.
#![forbid(unsafe_code)]

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliDecoder, DecodeV2, DeflateDecoder, GzipDecoder, ZlibDecoder};

use tokio::task::{JoinHandle, spawn_blocking};

use super::coding::Coding;
use super::incoming::Decoded;
use crate::error::Source;

/// How much one step takes in, and how much it puts out, in bytes. The reader decides between two
/// steps whether it is another's turn: a few bytes may become thousands, or tables and nothing else.
const STEP_IN: usize = 4 * 1024;
const STEP_OUT: usize = 16 * 1024;
/// How much may come out without further input before the body is taken for a bomb.
const ORDINARY: usize = 64 * 1024;
/// The largest window of brotli, as a power of two, that may be filled in one go. It is what servers use
/// unless told otherwise.
const ORDINARY_WINDOW: u8 = 22;

type Decoder = Box<dyn DecodeV2 + Send>;

/// A compressed body.
///
/// What follows the end of the compressed data is more of it, as `gzip` has it: servers compress
/// event by event, and whatever is dropped here is lost in silence.
pub(super) struct Decompress {
    source: Decoded,
    coding: Coding,
    /// Made for the first byte; absent while another thread has it.
    decoder: Option<Decoder>,
    state: State,
    /// What is not decoded yet.
    input: Bytes,
    /// How much came out since the last input.
    unfed: usize,
    /// Whether its steps are too long for the thread that reads.
    heavy: bool,
    /// The step that another thread makes.
    away: Option<JoinHandle<(Decoder, Step)>>,
}

/// What one step did.
struct Step {
    /// Whether a member ended.
    end: io::Result<bool>,
    /// How much input it took.
    used: usize,
    /// Whether it filled its room.
    full: bool,
    data: Bytes,
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
        Self {
            source,
            coding,
            decoder: None,
            state: State::Between,
            input: Bytes::new(),
            unfed: 0,
            heavy: false,
            away: None,
        }
    }

    pub(super) const fn source(&self) -> &Decoded {
        &self.source
    }

    /// The next data; none if the step that was made put out nothing.
    pub(super) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Source>>> {
        if let Some(away) = &mut self.away {
            let (decoder, step) = ready!(Pin::new(away).poll(cx))?;
            self.away = None;
            self.decoder = Some(decoder);
            return Poll::Ready(Some(Ok(self.made(step))));
        }
        let more = matches!(self.state, State::Within { full: true } | State::Failed(_));
        if self.input.is_empty() && !more {
            match ready!(self.source.poll_data(cx)) {
                Some(Ok(bytes)) => {
                    self.input = bytes;
                    if matches!(self.source, Decoded::Compressed(_)) {
                        // That was a step.
                        return Poll::Ready(Some(Ok(Bytes::new())));
                    }
                }
                None if matches!(self.state, State::Within { .. }) => {
                    let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
                    return Poll::Ready(Some(Err(cut.into())));
                }
                end => return Poll::Ready(end),
            }
        }
        match std::mem::replace(&mut self.state, State::Between) {
            State::Failed(error) => return Poll::Ready(Some(Err(error.into()))),
            State::Between => self.begin()?,
            state @ State::Within { .. } => self.state = state,
        }
        let (State::Within { .. }, Some(decoder)) = (&self.state, &mut self.decoder) else {
            return Poll::Ready(Some(Ok(Bytes::new())));
        };
        if !self.heavy {
            let step = step(decoder, &self.input);
            return Poll::Ready(Some(Ok(self.made(step))));
        }
        let (decoder, input) = (self.decoder.take(), self.input.clone());
        self.away = decoder.map(|mut decoder| {
            spawn_blocking(move || {
                let step = step(&mut decoder, &input);
                (decoder, step)
            })
        });
        self.poll_data(cx)
    }

    fn made(&mut self, Step { end, used, full, data }: Step) -> Bytes {
        self.unfed = if used > 0 { 0 } else { self.unfed + data.len() };
        // Brotli fills its window, up to 16 MiB, before it puts out the first byte of it, and a few bytes
        // of input are enough for that: a body that did so once is decoded by another thread.
        self.heavy |= self.coding == Coding::Brotli && self.unfed > ORDINARY;
        self.state = match end {
            Ok(true) => State::Between,
            Ok(false) => State::Within { full },
            // It says so, too, if there was no more without further input.
            Err(_) if self.input.is_empty() => State::Within { full: false },
            // What came before is told before.
            Err(error) => State::Failed(error),
        };
        self.input.advance(used);
        data
    }

    /// Begins the next member, if there is one.
    fn begin(&mut self) -> io::Result<()> {
        if self.decoder.is_some() && self.coding == Coding::Gzip {
            // Archives are padded with zeros, which begin no member.
            let padding = self.input.iter().take_while(|byte| **byte == 0).count();
            self.input.advance(padding);
        }
        let Some(&first) = self.input.first() else { return Ok(()) };
        self.heavy |= self.coding == Coding::Brotli && window(first) > ORDINARY_WINDOW;
        match &mut self.decoder {
            Some(decoder) => decoder.reinit()?,
            None => self.decoder = Some(decoder(self.coding, first)),
        }
        self.state = State::Within { full: false };
        Ok(())
    }
}

fn step(decoder: &mut Decoder, input: &[u8]) -> Step {
    let mut room = [0; STEP_OUT];
    let mut output = WriteBuffer::new_initialized(&mut room);
    let mut input = PartialBuffer::new(&input[..input.len().min(STEP_IN)]);
    let end = decoder.decode(&mut input, &mut output);
    let (used, full) = (input.written_len(), output.has_no_spare_space());
    Step { end, used, full, data: Bytes::copy_from_slice(output.written()) }
}

/// The window of brotli that begins with this byte, as a power of two (RFC 7932, 9.1); 16 stands for all
/// that are small.
const fn window(first: u8) -> u8 {
    match (first & 1, first >> 1 & 7) {
        (1, wider @ 1..) => 17 + wider,
        _ => 16,
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

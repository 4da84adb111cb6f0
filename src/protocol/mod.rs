//! Bytes to events and back: the event stream format of WHATWG HTML 9.2.5 and 9.2.6. Pure.
//!
//! * [`Item`], [`Event`]: what a body says, as raw bytes.
//! * [`Framing`]: bytes in, items out, in whatever pieces the bytes arrive.
//! * [`Decoder`]: the framing of Server-Sent Events.
//! * [`encode_event`], [`encode_decoded`], [`encode_comment`]: the way back.
//!
//! Text stays raw bytes here. The caller that shows it decodes each field as UTF-8 with replacement and
//! without looking for a byte order mark. That equals decoding the whole body first, as the
//! standard does: every delimiter is ASCII, and an ASCII byte is never part of a longer sequence.
#![forbid(unsafe_code)]

mod block;
mod decoder;
mod encoder;
mod framing;
mod item;
mod lines;
mod state;
mod unread;
mod whole;

pub use decoder::{Decoder, MAX_COMMENT};
pub use encoder::{EncodeError, Outgoing, encode_comment, encode_decoded, encode_event};
pub use framing::{Framing, Oversize};
pub use item::{Event, Item};

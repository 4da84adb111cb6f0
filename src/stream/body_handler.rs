//! What differs between one kind of stream and another, in parts.
//!
//! A body handler says what its bodies mean ([`Decode`]), what it asks for ([`PrepareRequest`]) and what
//! it makes of an attempt that ended ([`Judge`]). Its fourth part is [`Delivery`](super::Delivery), which
//! the engine owns: room, hand-over, counts and the last id are the same for all. What a handler does not
//! say is as for a stream of events.

use super::decode::Decode;
use super::judge::Judge;
use super::prepare_request::PrepareRequest;

/// All that an engine wants to know about what it reads. One handler serves one stream, over as many
/// attempts as it takes, so it also keeps what must survive a reconnect.
pub trait BodyHandler: Decode + PrepareRequest + Judge + Send + Sync + 'static {}

impl<H: Decode + PrepareRequest + Judge + Send + Sync + 'static> BodyHandler for H {}

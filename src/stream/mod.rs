//! One resilient stream: the state machine over protocol, reconnect, transport and mailbox.
//!
//! # Layout
//!
//! * `engine`: what runs; `opening`, `reading`, `retry`, `reporting`: what it does meanwhile.
//! * [`BodyHandler`]: what an engine knows of what it reads, in the parts [`Decode`], [`PrepareRequest`]
//!   and [`Judge`]; [`EventHandler`] is that of a stream of events.
//! * [`Delivery`]: what every handler delivers through, and the engine's own.
//! * [`Control`]: the handle on a running stream; `state`: where it is, and what it has been through.

mod alarm;
mod body_handler;
mod cache_prefetch;
mod callback_reply;
mod callbacks;
mod clock;
mod control;
mod decode;
mod dedupe;
mod delivery;
mod endpoint_selection;
mod endpoints;
mod engine;
mod event_handler;
mod failure;
mod given;
mod head;
mod ignored;
mod judge;
mod leftover;
mod media_type;
mod notice;
mod opening;
mod options;
mod outlets;
mod prepare_request;
mod reading;
mod record_buffer;
mod report;
mod reporting;
mod request;
mod retry;
mod secrets;
mod sink;
mod state;
mod tail;
mod terminal;
mod turn;
pub mod wake_coalescing;

pub use alarm::alarm;
pub use body_handler::BodyHandler;
pub use callback_reply::{CallbackReply, Parts};
pub use control::Control;
pub use decode::{Completion, Decode, Meaning};
pub use delivery::Delivery;
pub use endpoints::Endpoints;
pub use engine::{Engine, stream};
pub use event_handler::EventHandler;
pub use given::header_map;
pub use ignored::Ignored;
pub use judge::{EndedAttempt, Judge, outcome};
pub use options::{Callbacks, Options, Timeouts};
pub use prepare_request::{PrepareRequest, RequestContext};
pub use report::Report;
pub use request::{below, complete, endpoint_headers};
pub use sink::{Sink, SinkEnd, SinkRetry};
pub use state::{Failure, State, Stats};
pub use terminal::Terminal;

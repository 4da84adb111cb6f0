//! One resilient stream: the state machine over protocol, reconnect, transport and mailbox.

mod attempt;
mod clock;
mod control;
mod dedupe;
mod engine;
mod failure;
mod head;
mod inbox;
mod notice;
mod options;
mod report;
mod request;
mod state;
mod terminal;

pub use control::{Answer, Control, Parts};
pub use engine::{Engine, stream};
pub use options::{Callbacks, Options, Timeouts};
pub use state::{State, Stats};
pub use terminal::Terminal;

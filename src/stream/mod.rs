//! One resilient stream: the state machine over protocol, reconnect, transport and mailbox.

mod attempt;
mod clock;
mod control;
mod dedupe;
mod engine;
mod head;
mod inbox;
mod notice;
mod options;
mod report;
mod state;
mod terminal;

pub use control::{Answer, Control};
pub use engine::{Engine, stream};
pub use options::{Callbacks, Options, Timeouts};
pub use state::{State, Stats};
pub use terminal::Terminal;

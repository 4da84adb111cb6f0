//! One resilient stream: the state machine over protocol, reconnect, transport and mailbox.

mod attempt;
mod clock;
mod control;
mod dedupe;
mod endpoints;
mod engine;
mod failure;
mod follow;
mod head;
mod inbox;
mod intake;
mod media_type;
mod notice;
mod options;
pub mod pace;
mod pile;
mod prefetch;
mod questions;
mod report;
mod request;
mod seating;
mod state;
mod terminal;
mod turn;

pub use control::{Answer, Control, Parts};
pub use endpoints::Endpoints;
pub use engine::{Engine, stream};
pub use inbox::cost;
pub use intake::{Completion, Intake, Taken, Verdict, outcome};
pub use options::{Callbacks, Options, Timeouts};
pub use pile::Pile;
pub use report::Report;
pub use request::{below, complete, endpoint_headers};
pub use state::{State, Stats};
pub use terminal::Terminal;

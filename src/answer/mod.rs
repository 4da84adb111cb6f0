//! One answer of a language model, over a stream and a dialect: hold-back, evidence, resuming.
//!
//! # Layout
//!
//! * [`Question`]: what is asked, and how the answer may be resumed; [`answer`] starts from it.
//! * [`Resume`]: the policies; `plan` chooses one when an attempt fails.
//! * `inbox`: events of the bodies to deltas; what the engine asks of an answer. `verdict`: what it
//!   says to an attempt that ended.
//! * `scribe`: deltas to the story and to the consumer, start-up held back.
//! * [`Story`]: the answer so far, shared with whoever reads it.
//! * [`Attempt`]: what each attempt came to, and whether it was billed.
//! * `request`, `prefill`, `fields`: the request of an attempt.
//! * `seam`: where a continued answer meets what came before.
//! * `chunk`: the answer as standard Chat Completions chunks.

mod attempt;
mod chunk;
mod failure;
mod fields;
mod inbox;
mod plan;
mod prefill;
mod question;
mod request;
mod scribe;
mod seam;
mod snapshot;
mod story;
mod verdict;

pub use attempt::{Attempt, Billed};
pub use inbox::{AnswerInbox, answer};
pub use question::{Malformed, Question, Resume};
pub use story::{Form, Story};

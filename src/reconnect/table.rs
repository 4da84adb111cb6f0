//! The table of endings: what may be repeated.
#![forbid(unsafe_code)]

use super::{Cause, Ending, Policy, Reason, RequestFacts};

/// What the table of endings says about an ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Repeat,
    Close(Reason),
    Fail(Cause),
}

/// The table of endings: GET and HEAD repeat whatever may pass, other methods only what the server
/// cannot have acted on, or has refused, before it sent an event.
pub(super) fn judge(policy: &Policy, ending: &Ending, request: RequestFacts) -> Verdict {
    let RequestFacts { safe, delivered, terminal_declared } = request;
    let repeatable = match ending {
        Ending::Terminal => return Verdict::Close(Reason::Terminal),
        Ending::NoContent => return Verdict::Close(Reason::NoContent),
        Ending::End if safe && policy.repeats() => true,
        Ending::End if terminal_declared => return Verdict::Fail(Cause::Truncated),
        Ending::End => return Verdict::Close(Reason::End),
        Ending::Lost | Ending::Unanswered => safe || (policy.unsafe_replay && !delivered),
        Ending::Unsent => safe || !delivered,
        // Not even with `unsafe_replay`: the server is probably still at work on the first one.
        Ending::HeadersTimeout => safe,
        Ending::Status { status, .. } => policy.statuses.contains(*status) && (safe || !delivered),
        Ending::Fatal => false,
    };
    if repeatable && policy.repeats() { Verdict::Repeat } else { Verdict::Fail(Cause::Final) }
}

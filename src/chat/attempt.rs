//! What each attempt came to.

use serde::Serialize;

use super::options::Resume;
use crate::error::{Error, Kind};
use crate::llm::Usage;

/// Whether an attempt costs money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Billed {
    /// The provider told token counts, or the answer is complete.
    Yes,
    /// The request was sent in full, and its answer never came; also behind a gateway that
    /// answers for a server which may be at work.
    Perhaps,
    /// It was not sent in full, or refused.
    No,
}

/// One attempt at an answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Counted from 1.
    pub attempt: u64,
    /// The name of the endpoint.
    pub endpoint: String,
    /// The hash of the key.
    pub key: Option<String>,
    /// The HTTP status, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of the body, after decompression.
    pub bytes: u64,
    /// Token counts of this attempt, if the provider told any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Whether it costs money.
    pub billed: Billed,
    /// The policy by which it goes on with an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
    /// The code of the failure that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
}

impl Attempt {
    /// It completed the answer.
    pub fn succeed(&mut self) {
        self.billed = Billed::Yes;
    }

    /// It ended with this failure.
    pub fn fail(&mut self, error: &Error) {
        self.error = Some(error.code());
        let refusal = error.refusal().filter(|refusal| refusal.status > 0);
        if let Some(refusal) = refusal {
            self.status = Some(refusal.status);
        }
        let refused = error.kind() == Kind::Status
            && refusal.is_some_and(|refusal| !may_have_worked(refusal.status));
        self.billed = match self.usage {
            Some(_) => Billed::Yes,
            None if !error.sent() || refused => Billed::No,
            None => Billed::Perhaps,
        };
    }
}

/// Whether a server behind this status may have been at work: gateways answer so for one that they have
/// passed the request on to. 501, 505 and 529, which is overload, say that nothing was begun.
const fn may_have_worked(status: u16) -> bool {
    matches!(status, 500 | 502..=504 | 506..=528 | 530..=599)
}

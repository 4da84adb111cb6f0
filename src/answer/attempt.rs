//! What each attempt came to.

use serde::Serialize;

use super::question::Resume;
use crate::error::{Error, Kind};
use crate::llm::Usage;

/// Whether an attempt costs money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Billed {
    /// The provider told token counts, or the answer is complete.
    Yes,
    /// The request was sent in full, and nobody knows what became of it.
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
        let refused = error.kind() == Kind::Status && refusal.is_some();
        self.billed = match self.usage {
            Some(_) => Billed::Yes,
            None if !error.sent() || refused => Billed::No,
            None => Billed::Perhaps,
        };
    }
}

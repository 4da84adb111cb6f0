//! What is asked, and how the answer may be resumed.

use serde::{Deserialize, Serialize};

use crate::llm::{Bounds, Family};

/// How an answer goes on when it breaks after content came. Before that, every policy asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Resume {
    /// Not at all: the failure and what came until then are the result.
    Fail,
    /// It is asked for again; what came before is void.
    Restart,
    /// The endpoint is given what came, and writes on.
    Continue,
    /// The server kept the rest.
    Server,
}

/// What becomes of an attempt in which an event is not what the dialect sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Malformed {
    /// It fails.
    Fail,
    /// It goes on behind the event.
    Skip,
}

/// What is asked of whom.
#[derive(Clone, Debug)]
pub struct ChatOptions {
    /// Which wire format.
    pub family: Family,
    /// Which model; some families have it in the URL.
    pub model: String,
    /// How the answer may be resumed; the next where one does not apply.
    pub resume: Vec<Resume>,
    /// The id that all attempts send.
    pub request_id: String,
    /// How many alternatives were asked for.
    pub choices: u32,
    /// Whether nothing but text is to be expected: no tools, no JSON mode, one alternative.
    pub plain: bool,
    /// What becomes of an attempt in which an event cannot be read.
    pub malformed: Malformed,
    /// How large the answer may grow.
    pub bounds: Bounds,
}

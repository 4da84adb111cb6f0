//! How a run ends.
#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Its source came to its end.
    Done,
    /// Its source failed.
    Failed(Failure),
    /// It was stopped.
    Stopped,
    /// Its producer is no more.
    Lost,
}

/// What readers are told of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable, for example `ERR_SSE_TIMEOUT`.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What kind of failure of a provider it is, if it is one.
    pub kind: Option<String>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// More may come.
    Open,
    /// Complete.
    Done,
    /// Failed.
    Error,
    /// Stopped.
    Stopped,
    /// Its producer is no more.
    Lost,
}

impl Status {
    /// What [`Status::name`] calls so.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Error, Self::Stopped, Self::Lost]
            .into_iter()
            .find(|status| status.name() == name)
    }

    /// The word that JavaScript sees.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Error => "error",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
        }
    }
}

impl End {
    /// Where a run stands that ended so.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Done => Status::Done,
            Self::Failed(_) => Status::Error,
            Self::Stopped => Status::Stopped,
            Self::Lost => Status::Lost,
        }
    }

    /// What readers are told; nothing of an end that is the source's own.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let told = |code: &str, message: &str| {
            Some(Failure { code: code.to_owned(), message: message.to_owned(), kind: None })
        };
        match self {
            Self::Done => None,
            Self::Failed(failure) => Some(failure.clone()),
            Self::Stopped => told("ERR_SSE_STOPPED", "the run was stopped"),
            Self::Lost => told(
                "ERR_SSE_PRODUCER_LOST",
                "the process that produced the run is gone; run it again with onLost: 'restart'",
            ),
        }
    }
}

//! Why Redis did not do what it was asked.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::log::{Away, LogError, StoreError};

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Redis cannot be reached, or cannot do it at this time: whether it was done is not known.
    Away(String),
    /// It will not do it: something else is kept under the key, or the user may not.
    Refused(String),
}

/// What is said of a key that somebody else has written.
pub const OTHER: &str = "Redis holds something else under this key; use another prefix";

const TOO_OLD: &str = "Redis is too old: it needs 6.2 or newer";

/// Errors that pass, though they are replies.
const PASSING: [&str; 5] = ["OOM", "MISCONF", "NOREPLICAS", "UNKILLABLE", "BUSY"];

impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        let reason = text(&error);
        match error.kind() {
            ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask,
            ) => Self::Away(reason),
            ErrorKind::Extension if !error.code().is_some_and(|code| PASSING.contains(&code)) => {
                Self::Refused(reason)
            }
            ErrorKind::Server(_) | ErrorKind::UnexpectedReturnType => Self::Refused(reason),
            _ => Self::Away(reason),
        }
    }
}

/// What says that the server there is no longer the one to talk to.
pub fn is_broken(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || matches!(
            error.kind(),
            ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
        )
}

/// One sentence, for people. The crate's own texts hold no secret.
fn text(error: &RedisError) -> String {
    match error.kind() {
        ErrorKind::AuthenticationFailed => {
            "Redis refuses the password, or the user; see the URL".to_owned()
        }
        _ if error.code() == Some("WRONGTYPE") => OTHER.to_owned(),
        ErrorKind::RESP3NotSupported => TOO_OLD.to_owned(),
        // What versions before 6 say to the first command of a connection.
        _ if error.detail().is_some_and(|detail| detail.contains("'HELLO'")) => TOO_OLD.to_owned(),
        _ => error.to_string(),
    }
}

impl From<Fault> for LogError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Away(reason) => Self::Away(reason),
            Fault::Refused(reason) => Self::Refused(reason),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Away(reason) => Away(reason).into(),
            Fault::Refused(reason) => Self::Refused(reason),
        }
    }
}

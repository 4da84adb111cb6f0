//! What goes wrong on a connection.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::io;

/// What went wrong on a connection.
#[derive(Debug)]
pub enum Fault {
    /// The server closed it before a message was over.
    Closed,
    /// The head is not HTTP/1.1, or too large.
    Head,
    /// The body is not cut into chunks as RFC 9112 says.
    Chunks,
    /// The system, or TLS, reports a failure.
    Io(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the connection was closed before the message was complete",
            Self::Head => "the head of the message is not http/1.1",
            Self::Chunks => "the chunks of the message are not framed as http/1.1 demands",
            Self::Io(_) => "the connection failed",
        })
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

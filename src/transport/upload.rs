//! The body of an HTTP/2 request, which tells how far the request has come.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::watch;

/// Large bodies go out in pieces, so that a connection that breaks half-way is known to have
/// received only a part: hyper holds back at most 16 pieces that the socket has not taken.
const PIECE: usize = 16 * 1024;

/// How far a request has come. The order is the order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// No connection has taken it yet: name resolution, TCP or TLS, or waiting for the pool.
    Connecting,
    /// A connection, new or pooled, is writing it.
    Writing,
    /// Every byte has been handed over.
    Sent,
}

/// A request body. hyper asks it first when it begins to write the head.
pub(super) struct Upload {
    rest: Bytes,
    progress: watch::Sender<Progress>,
}

impl Upload {
    /// A body of these bytes, possibly none.
    pub(super) const fn new(bytes: Bytes, progress: watch::Sender<Progress>) -> Self {
        Self { rest: bytes, progress }
    }

    fn advance(&self) {
        let now = if self.rest.is_empty() { Progress::Sent } else { Progress::Writing };
        self.progress.send_if_modified(|progress| {
            let later = now > *progress;
            if later {
                *progress = now;
            }
            later
        });
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.advance();
        Poll::Ready((length > 0).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.advance();
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body;

    use super::*;

    #[test]
    fn an_empty_body_is_sent_once_asked() {
        let (progress, watcher) = watch::channel(Progress::Connecting);
        let body = Upload::new(Bytes::new(), progress);
        assert_eq!(*watcher.borrow(), Progress::Connecting);
        assert!(body.is_end_stream());
        assert_eq!(*watcher.borrow(), Progress::Sent);
    }

    #[test]
    fn a_large_body_is_sent_with_its_last_piece() {
        let (progress, watcher) = watch::channel(Progress::Connecting);
        let mut body = Upload::new(Bytes::from(vec![7; PIECE + 1]), progress);
        assert_eq!(body.size_hint().exact(), Some(PIECE as u64 + 1));
        assert!(!body.is_end_stream());
        assert_eq!(*watcher.borrow(), Progress::Writing);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(&mut cx).is_ready());
        assert_eq!(*watcher.borrow(), Progress::Writing);
        assert!(Pin::new(&mut body).poll_frame(&mut cx).is_ready());
        assert_eq!(*watcher.borrow(), Progress::Sent);
        assert!(matches!(Pin::new(&mut body).poll_frame(&mut cx), Poll::Ready(None)));
    }
}

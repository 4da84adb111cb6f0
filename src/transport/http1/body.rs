//! The body of an answer.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;

use super::connection::Connection;
use super::fault::Fault;
use super::idle::Spares;
use super::length::Length;

/// The body of an answer. Nothing follows an end or a fault.
pub(in crate::transport) struct Body {
    /// Until the body is over.
    connection: Option<Connection>,
    length: Length,
    /// What was read and is not cut into data yet.
    rest: Bytes,
    spares: Arc<Spares>,
}

impl Body {
    pub(super) fn new(
        connection: Connection,
        length: Length,
        rest: Bytes,
        spares: Arc<Spares>,
    ) -> Self {
        let mut body = Self { connection: Some(connection), length, rest, spares };
        body.settle();
        body
    }

    /// The next data.
    pub(in crate::transport) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        let data = ready!(self.poll_cut(cx));
        if !matches!(data, Some(Ok(_))) {
            self.connection = None;
        }
        Poll::Ready(data)
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            let data = self.length.take(&mut self.rest)?;
            if !data.is_empty() {
                self.settle();
                return Poll::Ready(Some(Ok(data)));
            }
            self.settle();
            let Some(connection) = &mut self.connection else { return Poll::Ready(None) };
            self.rest = ready!(connection.poll_read(cx)).map_err(Fault::Io)?;
            if self.rest.is_empty() {
                let complete = self.length.is_open();
                return Poll::Ready((!complete).then_some(Err(Fault::Closed)));
            }
        }
    }

    /// Lets the connection go once the body is over: to the next request, if nothing is left on it.
    fn settle(&mut self) {
        if self.length.is_over()
            && let Some(connection) = self.connection.take()
            && self.rest.is_empty()
        {
            self.spares.keep(connection);
        }
    }
}

impl Drop for Body {
    /// The body of a redirect mostly comes with its head, and then the connection is free.
    fn drop(&mut self) {
        while self.connection.is_some() && !self.rest.is_empty() {
            match self.length.take(&mut self.rest) {
                Ok(data) if data.is_empty() && !self.length.is_over() => return,
                Ok(_) => self.settle(),
                Err(_) => return,
            }
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        self.poll_data(cx).map_ok(Frame::data)
    }
}

//! The body of an answer.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};

use super::connection::{Connection, READ};
use super::fault::Fault;
use super::idle::Spares;
use super::length::{Cut, Length};

/// From so many bytes on they are not copied.
const LARGE: usize = READ / 4;

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

    /// The next data; none if what was read holds none.
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
            let reads = self.rest.is_empty();
            let data = if reads {
                let Self { connection: Some(connection), length, rest, .. } = self else {
                    return Poll::Ready(None);
                };
                let cut = |arrived: &mut BytesMut| match arrived.len() {
                    0 => Ok(None),
                    _ => cut(length, arrived, rest).map(Some),
                };
                match ready!(connection.poll_read(cx, cut)).map_err(Fault::Io)?? {
                    Some(data) => data,
                    None if self.length.is_open() => return Poll::Ready(None),
                    None => return Poll::Ready(Some(Err(Fault::Closed))),
                }
            } else if self.connection.is_none() {
                return Poll::Ready(None);
            } else {
                let cut = self.length.cut(&self.rest)?;
                // Unlike `advance`, this lets the memory go with the last of it.
                self.rest.split_to(cut.used).slice(cut.data)
            };
            self.settle();
            // All that was read may be framing.
            let goes_on = self.connection.is_some() && self.rest.is_empty();
            if !data.is_empty() || (reads && goes_on) {
                return Poll::Ready(Some(Ok(data)));
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

/// Cuts the next data out of what arrived, which is done with then; what is left goes to `rest`.
///
/// Little is copied out of the memory that all connections share, and much takes it along, so that a
/// stream which is not read holds no more than four times what has arrived.
fn cut(length: &mut Length, arrived: &mut BytesMut, rest: &mut Bytes) -> Result<Bytes, Fault> {
    let Cut { data, used } = length.cut(arrived)?;
    if arrived.len() >= LARGE {
        let arrived = arrived.split().freeze();
        *rest = arrived.slice(used..);
        return Ok(arrived.slice(data));
    }
    *rest = Bytes::copy_from_slice(&arrived[used..]);
    Ok(Bytes::copy_from_slice(&arrived[data]))
}

impl Drop for Body {
    /// The body of a redirect mostly comes with its head, and then the connection is free.
    fn drop(&mut self) {
        while self.connection.is_some()
            && !self.rest.is_empty()
            && let Ok(cut) = self.length.cut(&self.rest)
        {
            self.rest.advance(cut.used);
            self.settle();
        }
    }
}

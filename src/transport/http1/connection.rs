//! One connection: requests out, bytes in.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::fault::Fault;
use super::head::{Head, HeadReader};
use super::request::Outgoing;
use crate::transport::connect::Socket;
use crate::transport::give_way;

/// How much is read at once, in bytes: four of the buffers that servers write.
pub(super) const READ: usize = 64 * 1024;

thread_local! {
    /// Whatever is read on this thread is read into this: a silent stream needs no buffer.
    static ARRIVING: RefCell<BytesMut> = RefCell::default();
}

/// One connection. Dropping it closes it.
pub(in crate::transport) struct Connection {
    socket: Socket,
    /// The request, until all of it is written.
    outgoing: Option<Outgoing>,
    /// It may carry another request after this one.
    lasting: bool,
}

impl Connection {
    pub(in crate::transport) const fn new(socket: Socket) -> Self {
        Self { socket, outgoing: None, lasting: true }
    }

    /// Writes a request and waits for the head of its answer; `sent` is called once all of the
    /// request is with the system. An answer may come before that.
    pub(super) async fn ask(
        &mut self,
        outgoing: Outgoing,
        sent: impl Fn(),
    ) -> Result<(Head, Bytes), Fault> {
        let method = outgoing.method.clone();
        self.lasting = outgoing.lasting;
        self.outgoing = Some(outgoing);
        let mut reader = HeadReader::default();
        let mut failed = None;
        let mut told = false;
        let mut read = async || {
            poll_fn(|cx| {
                if failed.is_none() {
                    // A server that refuses a body says why, and closes: that is still to be read.
                    if let Poll::Ready(Err(error)) = self.poll_write(cx) {
                        failed = Some(error);
                    }
                }
                if !told && failed.is_none() && self.outgoing.is_none() {
                    told = true;
                    sent();
                }
                let arrived = ready!(self.poll_arriving(cx, |arrived| {
                    reader.feed(arrived);
                    arrived.is_empty()
                }));
                let fault = match arrived {
                    Ok(false) => return Poll::Ready(reader.head(&method)),
                    Ok(true) => Fault::Closed,
                    Err(error) => Fault::Io(error),
                };
                Poll::Ready(Err(failed.take().map_or(fault, Fault::Io)))
            })
            .await
        };
        let head = loop {
            if let Some(head) = read().await? {
                break head;
            }
            // Heads that only announce another one may come without an end.
            give_way().await;
        };
        self.lasting &= head.lasting && failed.is_none();
        // A copy: the head would be kept along with it, for as long as nothing more comes.
        Ok((head, Bytes::copy_from_slice(&reader.into_rest())))
    }

    /// Lends the next bytes to `take`; none at the end of the connection. What is left of the request
    /// goes out meanwhile.
    pub(super) fn poll_read<T>(
        &mut self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&mut BytesMut) -> T,
    ) -> Poll<io::Result<T>> {
        if self.outgoing.is_some()
            && let Poll::Ready(Err(_)) = self.poll_write(cx)
        {
            // The answer has begun, so it is the server's choice to read no further.
            self.outgoing = None;
            self.lasting = false;
        }
        self.poll_arriving(cx, take)
    }

    /// Whether it can carry another request.
    pub(super) const fn is_free(&self) -> bool {
        self.lasting && self.outgoing.is_none()
    }

    /// Ready once the server closes it, or says something unasked.
    pub(super) fn poll_noise(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_arriving(cx, |_| ()).map(drop)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(outgoing) = &mut self.outgoing else { return Poll::Ready(Ok(())) };
        let mut socket = Pin::new(&mut self.socket);
        while !outgoing.next().is_empty() {
            match ready!(socket.as_mut().poll_write(cx, outgoing.next()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => outgoing.advance(written),
            }
        }
        ready!(socket.poll_flush(cx))?;
        self.outgoing = None;
        Poll::Ready(Ok(()))
    }

    fn poll_arriving<T>(
        &mut self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&mut BytesMut) -> T,
    ) -> Poll<io::Result<T>> {
        ARRIVING.with_borrow_mut(|arriving| {
            arriving.clear();
            arriving.reserve(READ);
            ready!(pin!(self.socket.read_buf(arriving)).poll(cx))?;
            Poll::Ready(Ok(take(arriving)))
        })
    }
}

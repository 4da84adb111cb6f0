//! A socket in memory, with a server at its other end that says what it was told to say.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a server says on one connection: an answer to each request, cut into pieces.
#[derive(Clone)]
pub struct Script {
    answers: VecDeque<VecDeque<Vec<u8>>>,
    /// It closes the connection behind the last answer, instead of keeping it open in silence.
    closes: bool,
}

impl Script {
    pub fn new<'a>(
        answers: impl IntoIterator<Item = &'a [u8]>,
        piece: usize,
        closes: bool,
    ) -> Self {
        let cut = |answer: &[u8]| answer.chunks(piece.max(1)).map(<[u8]>::to_vec).collect();
        Self { answers: answers.into_iter().map(cut).collect(), closes }
    }

    pub fn requests(&self) -> usize {
        self.answers.len()
    }

    /// All that it says, as text.
    pub fn text(&self) -> String {
        self.answers.iter().flatten().flatten().copied().map(char::from).collect()
    }

    pub const fn closes(&self) -> bool {
        self.closes
    }
}

/// The client's end of the connection.
pub struct Socket {
    script: Script,
    /// What follows on the requests so far.
    arriving: VecDeque<Vec<u8>>,
    /// The end of what was written, to see where a head of a request ends.
    written: [u8; 4],
    reader: Option<Waker>,
}

impl Socket {
    pub fn new(script: Script) -> Self {
        Self { script, arriving: VecDeque::new(), written: [0; 4], reader: None }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.arriving.pop_front() else {
            if self.script.closes && self.script.answers.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let rest = piece.split_off(piece.len().min(buf.remaining()));
        buf.put_slice(&piece);
        if !rest.is_empty() {
            self.arriving.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        for byte in bytes {
            self.written.rotate_left(1);
            self.written[3] = *byte;
            if self.written == *b"\r\n\r\n"
                && let Some(answer) = self.script.answers.pop_front()
            {
                self.arriving.extend(answer);
                if let Some(reader) = self.reader.take() {
                    reader.wake();
                }
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

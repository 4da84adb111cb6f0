//! What waits for one client, and what it is told last.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};

use super::payload::{Framing, Payload};
use super::socket::Socket;
use crate::serve::Reason;

/// With so many bytes waiting a client takes nothing more.
const MOST: usize = 64 * 1024;

/// One client's place. What arrives is written to its socket at once, if nothing waits and nothing stands between;
/// else its connection writes it when it can.
#[derive(Debug)]
pub struct Seat {
    socket: Option<Arc<Socket>>,
    framing: Framing,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    /// The connection writes: what arrives waits for it.
    writing: bool,
    /// The hub was told that it takes nothing.
    stalled: bool,
    end: Option<Reason>,
    waker: Option<Waker>,
}

/// What the connection of a client does next.
#[derive(Debug)]
pub enum Next {
    /// Writes these.
    Write(Bytes),
    /// Tells the hub that the client takes more again.
    Resume,
    /// Ends, with what it had been given.
    End(Reason),
}

impl Seat {
    /// For a connection that has yet to begin. `socket` is what it writes to, if others may, too.
    #[must_use]
    pub fn new(framing: Framing, socket: Option<Arc<Socket>>) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            bytes: 0,
            writing: true,
            stalled: false,
            end: None,
            waker: None,
        };
        Self { socket, framing, state: Mutex::new(state) }
    }

    /// How its connection tells where the body ends.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Gives it bytes; whether the hub is to be told that it takes nothing more.
    pub fn give(&self, payload: &Payload) -> bool {
        let mut state = self.lock();
        if state.end.is_some() {
            return false;
        }
        let mut bytes = payload.framed(self.framing);
        let mut is_full = false;
        if !state.writing
            && state.waiting.is_empty()
            && let Some(socket) = &self.socket
        {
            match socket.try_write(&bytes) {
                Ok(written) if written == bytes.len() => return false,
                Ok(written) => bytes.advance(written),
                // What is wrong with it its connection finds out by writing.
                Err(_) => {}
            }
            is_full = true;
        }
        state.bytes += bytes.len();
        state.waiting.push_back(bytes);
        state.wake();
        let stalls = !state.stalled && (is_full || state.bytes > MOST);
        state.stalled |= stalls;
        stalls
    }

    /// Says why it ends. Of one that takes nothing nothing waits any longer.
    pub fn end(&self, reason: Reason) {
        let mut state = self.lock();
        if is_abrupt(reason) {
            state.waiting.clear();
            state.bytes = 0;
        }
        // The first reason is the true one, but an abrupt one hurries.
        if state.end.is_none_or(|before| !is_abrupt(before) && is_abrupt(reason)) {
            state.end = Some(reason);
        }
        state.wake();
    }

    /// Ready when the connection is to end, whatever it has not written yet.
    pub fn poll_ending(&self, cx: &mut Context<'_>) -> Poll<Reason> {
        let mut state = self.lock();
        state.waker = Some(cx.waker().clone());
        state.end.map_or(Poll::Pending, Poll::Ready)
    }

    /// What the connection, which has written everything so far, does next.
    pub fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Next> {
        let mut state = self.lock();
        if let Some(bytes) = state.waiting.pop_front() {
            state.bytes -= bytes.len();
            state.writing = true;
            return Poll::Ready(Next::Write(bytes));
        }
        if let Some(reason) = state.end {
            return Poll::Ready(Next::End(reason));
        }
        state.writing = false;
        if std::mem::take(&mut state.stalled) {
            return Poll::Ready(Next::Resume);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Of a peer that takes nothing: what waits for it is not to wait any longer.
#[must_use]
pub const fn is_abrupt(reason: Reason) -> bool {
    matches!(reason, Reason::Lag | Reason::Timeout)
}

//! A client whose connection is a listener's.
#![forbid(unsafe_code)]

use std::sync::Arc;

use super::seat::Seat;
use super::sockets::Sockets;
use crate::delivery::Mailbox;
use crate::serve::{ClientNumber, Input, Reason};

/// It leaves the hub when it is dropped, which its connection does at its end.
#[derive(Debug)]
pub struct Client {
    number: ClientNumber,
    seat: Arc<Seat>,
    sockets: Arc<Sockets>,
    mailbox: Arc<Mailbox>,
    reason: Option<Reason>,
}

impl Client {
    /// One that the hub has admitted; what becomes of it is told in `mailbox`.
    pub const fn new(
        number: ClientNumber,
        seat: Arc<Seat>,
        sockets: Arc<Sockets>,
        mailbox: Arc<Mailbox>,
    ) -> Self {
        Self { number, seat, sockets, mailbox, reason: None }
    }

    /// What waits for it.
    #[must_use]
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// It takes more again.
    pub fn resume(&self) {
        if let Some(hub) = self.sockets.hub() {
            hub.step(Input::Resume(self.number));
        }
    }

    /// Why it ends, if it is not its peer that leaves.
    pub const fn ends(&mut self, reason: Reason) {
        self.reason = Some(reason);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.sockets.leave(self.number);
        let (number, reason) = (self.number, self.reason.map_or("left", Reason::name));
        let notice = format!(r#"{{"type":"left","number":{number},"reason":"{reason}"}}"#);
        self.mailbox.notify(&notice);
    }
}

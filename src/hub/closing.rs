//! Clients are let go.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::hub::Hub;
use super::step::{ClientNumber, Close, Effects, Reason};
use super::wire;

/// The hub lets all clients go.
#[derive(Clone, Copy, Debug)]
pub struct Closing {
    /// Over how long they are to come back.
    spread: Duration,
    chance: u64,
}

impl Hub {
    /// Lets these clients go.
    pub(super) fn disconnect(
        &mut self,
        numbers: &[ClientNumber],
        retry: Option<u64>,
        chance: u64,
        effects: &mut Effects,
    ) {
        for number in numbers {
            let Some(client) = self.clients.get(number) else { continue };
            let spread = wire::spread(self.policy.retry_delay, chance ^ u64::from(*number));
            let retry = retry.unwrap_or(spread);
            let sent = client.sent;
            self.direct(*number, wire::retry(retry), sent, effects);
            self.end(*number, Reason::Disconnect, effects);
        }
    }

    /// Lets all go, a few at a time, and admits none.
    pub(super) fn close(&mut self, Close { spread, within, chance }: Close, now: Duration) {
        if self.closing.is_some() {
            return;
        }
        self.closing = Some(Closing { spread, chance });
        let numbers: Vec<ClientNumber> = self.clients.keys().copied().collect();
        for number in numbers {
            let share = wire::fraction(chance.wrapping_add(u64::from(number)));
            if let Some(client) = self.clients.get_mut(&number) {
                client.leaves = Some(now + within.mul_f64(share));
            }
            self.look_again(number, now);
        }
    }

    /// Whether the hub lets its clients go.
    #[must_use]
    pub const fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// A client's turn to go has come.
    pub(super) fn let_go(&mut self, number: ClientNumber, now: Duration, effects: &mut Effects) {
        let Some(Closing { spread, chance }) = self.closing else { return };
        let chance = chance ^ (u64::from(number) << 20);
        let span = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX).saturating_sub(1);
        let retry = wire::spread(self.policy.retry_delay, chance) + wire::spread((0, span), chance);
        self.direct(number, wire::shutdown(&self.policy.names, retry), now, effects);
        self.end(number, Reason::Shutdown, effects);
    }
}

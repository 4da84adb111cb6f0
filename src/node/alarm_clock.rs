//! Alarms of an environment, as `lib/core/alarm-clock.js` sets them.

use std::sync::Arc;

use napi_derive::napi;

use super::runtime;
use crate::delivery::Mailbox;
use crate::reconnect::millis;
use crate::stream::alarm;

/// Alarms for what outlives its stream.
#[napi]
pub struct NativeAlarmClock {
    mailbox: Arc<Mailbox>,
}

impl NativeAlarmClock {
    pub(super) const fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox }
    }
}

#[napi]
impl NativeAlarmClock {
    /// The number under which its alarms arrive.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.mailbox.id()
    }

    /// Sends an alarm notice with this number after `delay` milliseconds.
    #[napi(catch_unwind)]
    pub fn set(&self, number: u32, delay: f64) -> napi::Result<()> {
        alarm(runtime::handle()?, &self.mailbox, number, millis::from(delay));
        Ok(())
    }
}

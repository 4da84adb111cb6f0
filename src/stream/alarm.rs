//! Waking a consumer at a time of its choice, which has no clock of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::notice::Notice;
use crate::delivery::Mailbox;

/// Sends `mailbox`, unless it is gone by then, an alarm notice with this number after `delay`.
pub fn alarm(runtime: &Handle, mailbox: &Arc<Mailbox>, number: u32, delay: Duration) {
    let mailbox = Arc::downgrade(mailbox);
    runtime.spawn(async move {
        sleep(delay).await;
        if let Some(mailbox) = mailbox.upgrade() {
            mailbox.notify_urgently(&Notice::Alarm { number }.to_json());
        }
    });
}

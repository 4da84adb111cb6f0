//! What a body still says behind the terminal event.

use std::future::poll_fn;
use std::time::Duration;

use tokio::time::timeout;

use crate::transport::Body;

/// How long the consumer of a complete stream waits for the end of its body, which mostly comes in one
/// flight with the terminal event: the next request should find the connection free.
const LEFTOVER_HASTE: Duration = Duration::from_millis(1);
/// How long, and for how many bytes in all, a body is read on after that: one round trip, and the end
/// of a chunked body.
const LEFTOVER_WAIT: Duration = Duration::from_millis(99);
const LEFTOVER_BYTES: usize = 4 * 1024;
/// What a read counts that brings nothing.
const LEFTOVER_NOTHING: usize = 256;

/// What follows a terminal event, read so that the connection can be used again.
pub struct Leftover {
    body: Box<dyn Body>,
    left: usize,
}

impl Leftover {
    pub fn new(body: Box<dyn Body>) -> Self {
        Self { body, left: LEFTOVER_BYTES }
    }

    /// Reads for so long at the most; returns what is left to read.
    async fn read(mut self, limit: Duration) -> Option<Self> {
        let read = async {
            while let Some(Ok(chunk)) = poll_fn(|cx| self.body.poll_chunk(cx)).await {
                let read = if chunk.is_empty() { LEFTOVER_NOTHING } else { chunk.len() };
                let Some(rest) = self.left.checked_sub(read) else { return };
                self.left = rest;
            }
        };
        timeout(limit, read).await.is_err().then_some(self)
    }

    /// Reads what is as good as there.
    pub async fn read_at_once(self) -> Option<Self> {
        self.read(LEFTOVER_HASTE).await
    }

    /// Reads the rest; whether it ended in time or not, the body is dropped then.
    pub async fn read_on(self) {
        self.read(LEFTOVER_WAIT).await;
    }
}

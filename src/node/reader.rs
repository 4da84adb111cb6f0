//! One reader of a run, as `lib/server/run-reader.js` holds it.

use std::sync::Arc;

use napi_derive::napi;

use super::demand;
use crate::serve::Reader;

/// A reader. Dropping it, also by garbage collection, is leaving.
#[napi]
pub struct NativeReader {
    reader: Arc<Reader>,
}

impl NativeReader {
    pub(super) const fn new(reader: Arc<Reader>) -> Self {
        Self { reader }
    }
}

#[napi]
impl NativeReader {
    /// The number under which its records arrive.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.reader.mailbox().id()
    }

    /// 0: nothing, 1: one batch, 2: everything as it comes. Returns whether something waits that can be
    /// drained at once.
    #[napi(catch_unwind)]
    pub fn ask(&self, demand: u32) -> bool {
        self.reader.mailbox().ask(demand::of_number(demand))
    }

    /// Its receiver has left.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.reader.close();
    }
}

impl Drop for NativeReader {
    fn drop(&mut self) {
        self.reader.close();
    }
}

//! How a stream of the core says what a run is made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::producer::Producer;
use super::wire;
use crate::log::{End, Failure};
use crate::stream::{Report, Sink, SinkEnd, SinkRetry};

/// Gives everything to the producer. One that is dropped without an end has lost its stream.
#[derive(Debug)]
pub struct RunSink {
    producer: Arc<Producer>,
    /// No stream has it: it has none to lose.
    unused: AtomicBool,
}

impl RunSink {
    /// For a stream that is going to have it.
    #[must_use]
    pub fn new(producer: Arc<Producer>) -> Arc<Self> {
        Arc::new(Self { producer, unused: AtomicBool::new(false) })
    }

    /// The stream does not want it.
    pub fn discard(&self) {
        self.unused.store(true, Ordering::Release);
    }
}

impl Sink for RunSink {
    fn frame(&self, frame: &[u8]) {
        self.producer.frame(frame);
    }

    fn flush(&self) {
        self.producer.flush();
    }

    fn retry(&self, SinkRetry { attempt, delay, error }: SinkRetry<'_>) {
        let failure = error.map(failure);
        self.producer.notice(&wire::retry(attempt, delay, failure.as_ref()));
    }

    fn end(&self, end: SinkEnd<'_>) {
        self.producer.end(match end {
            SinkEnd::Complete => End::Done,
            SinkEnd::Closed => End::Stopped,
            SinkEnd::Abandoned => End::Lost,
            SinkEnd::Failed(report) => End::Failed(failure(report)),
        });
    }
}

fn failure(report: &Report) -> Failure {
    Failure {
        code: report.code().to_owned(),
        message: report.message().to_owned(),
        kind: report.kind().map(str::to_owned),
    }
}

impl Drop for RunSink {
    fn drop(&mut self) {
        if !self.unused.load(Ordering::Acquire) {
            self.producer.end(End::Lost);
        }
    }
}

//! How a stream of the core says what a run is made of.

use std::sync::Arc;

use super::producer::Producer;
use super::wire;
use crate::log::{End, Failure};
use crate::stream::{Report, Sink, SinkEnd, SinkRetry};

/// Gives everything to the producer. One that is dropped without an end has lost its stream.
#[derive(Debug)]
pub struct RunSink(pub Arc<Producer>);

impl Sink for RunSink {
    fn frame(&self, frame: &[u8]) {
        self.0.frame(frame);
    }

    fn flush(&self) {
        self.0.flush();
    }

    fn retry(&self, SinkRetry { attempt, delay, error }: SinkRetry<'_>) {
        let failure = error.map(failure);
        self.0.notice(&wire::retry(attempt, delay, failure.as_ref()));
    }

    fn end(&self, end: SinkEnd<'_>) {
        self.0.end(match end {
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
        self.0.end(End::Lost);
    }
}

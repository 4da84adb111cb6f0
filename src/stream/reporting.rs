//! What is told of failures: to the statistics, and to the consumer.

use std::time::{SystemTime, UNIX_EPOCH};

use super::body_handler::BodyHandler;
use super::endpoints::EndpointSelection;
use super::engine::Engine;
use super::notice::Notice;
use super::options::Options;
use super::report::{Report, Scene};
use super::secrets::Secrets;
use super::state::Failure;
use crate::error::{Error, Kind};
use crate::reconnect::is_transient;

/// How many events that were passed over are told of: a server may send nothing else.
const TOLD_OF: u32 = 100;

impl<H: BodyHandler> Engine<H> {
    /// Tells the statistics of a failure.
    pub(super) fn count(&self, error: &Error) {
        let report = self.report(error);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.control.lifecycle().failed(Failure {
            at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            attempt: self.attempts,
            code: report.code(),
            message: report.message().to_owned(),
        });
    }

    /// Tells the consumer of an event that was passed over, behind those before it.
    pub(super) fn tell_skipped(&mut self, error: &Error) {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped > TOLD_OF {
            return;
        }
        self.delivery.flush();
        let notice = Notice::Malformed { error: self.report(error) };
        self.control.mailbox().notify(&notice.to_json());
    }

    /// A failure as the consumer gets it, without what must not be shown.
    pub(super) fn report(&self, error: &Error) -> Box<Report> {
        let shown = matches!(error.kind(), Kind::Truncated | Kind::Provider | Kind::Malformed);
        let tail = if shown { self.tail.bytes() } else { None };
        let mut report = Report::new(
            error,
            &Scene {
                attempt: self.attempts,
                retryable: is_transient(error, &self.options.retry),
                url: self.url.as_ref(),
                last_event_id: &self.delivery.last_event_id_text(),
                events: self.delivery.events(),
                bytes: self.control.received(),
                tail: tail.as_deref(),
            },
        );
        self.secrets().iter().for_each(|secret| report.hide(secret));
        Box::new(report)
    }

    /// What a careless server may quote of the last request.
    fn secrets(&self) -> Secrets {
        let Options { headers, url, proxy, .. } = &self.options;
        let kept = self.secrets.as_deref().cloned();
        let mut secrets = kept.unwrap_or_else(|| Secrets::of(headers, url.as_ref()));
        proxy.urls().for_each(|url| secrets.user(url));
        if let Some(key) = self.selection.as_ref().and_then(EndpointSelection::secret) {
            secrets.key(key);
        }
        secrets.sorted()
    }
}

//! What the application is asked about a request, and what it replies.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::path::Parameters;
use crate::delivery::Mailbox;

/// What the application says of a request.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Verdict {
    /// It becomes a client.
    Admit {
        /// Whose.
        user: Option<String>,
        /// With these channels.
        channels: Vec<String>,
        /// For how long, in milliseconds.
        expires: Option<u64>,
        /// When what it was admitted by was issued, in milliseconds since 1970.
        issued_at: Option<u64>,
        /// Where it stands, if not where it says itself.
        #[serde(default)]
        position: Option<String>,
        /// Whether pages of its origin may read.
        origin: Option<bool>,
    },
    /// It does not, for good.
    Status {
        /// What it is answered with.
        status: u16,
        /// Whether pages of its origin may read.
        origin: Option<bool>,
    },
    /// It cannot be said now.
    Later {
        /// Whether pages of its origin may read.
        origin: Option<bool>,
    },
    /// Text that was asked for.
    Text {
        /// The text.
        text: String,
    },
}

impl Verdict {
    /// Whether pages of its origin may read, where that was asked.
    #[must_use]
    pub const fn origin(&self) -> Option<bool> {
        match self {
            Self::Admit { origin, .. } | Self::Status { origin, .. } | Self::Later { origin } => {
                *origin
            }
            Self::Text { .. } => None,
        }
    }
}

/// Those that have no reply yet.
#[derive(Debug)]
pub struct Questions {
    mailbox: Arc<Mailbox>,
    patience: Duration,
    next: AtomicU32,
    open: Mutex<HashMap<u32, oneshot::Sender<Verdict>>>,
}

/// One that was asked; dropped, it says that nothing came of it.
#[derive(Debug)]
pub struct Question<'a> {
    questions: &'a Questions,
    number: u32,
    settled: bool,
}

impl Questions {
    /// The application hears them from `mailbox`, and has so long for each.
    pub fn new(mailbox: Arc<Mailbox>, patience: Duration) -> Self {
        Self { mailbox, patience, next: AtomicU32::new(1), open: Mutex::default() }
    }

    /// Asks what becomes of a request. `kind` is `authorize`, or `origin` where it does not become a client.
    pub async fn ask(
        &self,
        kind: &str,
        request: &Request<()>,
        parameters: &Parameters,
        peer: Option<IpAddr>,
    ) -> (Question<'_>, Verdict) {
        let headers = request.headers().iter();
        let headers: Vec<Value> =
            headers.map(|(name, value)| json!([name.as_str(), latin1(value.as_bytes())])).collect();
        let parameters: serde_json::Map<String, Value> =
            parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        self.put(json!({
            "type": kind,
            "method": request.method().as_str(),
            "url": path,
            "headers": headers,
            "params": parameters,
            "remoteAddress": peer.map(|peer| peer.to_string()),
        }))
        .await
    }

    /// Asks for a text.
    pub async fn text(&self, kind: &str) -> Option<String> {
        let (mut question, verdict) = self.put(json!({ "type": kind })).await;
        question.settle();
        if let Verdict::Text { text } = verdict { Some(text) } else { None }
    }

    async fn put(&self, mut notice: Value) -> (Question<'_>, Verdict) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (reply, replied) = oneshot::channel();
        self.open().insert(number, reply);
        let question = Question { questions: self, number, settled: false };
        notice["number"] = json!(number);
        self.mailbox.notify(&notice.to_string());
        let verdict = match timeout(self.patience, replied).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_)) => Verdict::Later { origin: None },
            Err(_) => {
                self.mailbox.notify(&json!({ "type": "late", "number": number }).to_string());
                Verdict::Later { origin: None }
            }
        };
        self.open().remove(&number);
        (question, verdict)
    }

    /// The application replies; one that comes late is of no use.
    pub fn reply(&self, number: u32, verdict: Verdict) {
        if let Some(waiting) = self.open().remove(&number) {
            // Who asked may have gone meanwhile.
            _ = waiting.send(verdict);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u32, oneshot::Sender<Verdict>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question<'_> {
    /// Its number, by which the application knows it.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The application hears of what came of it in another way.
    pub const fn settle(&mut self) {
        self.settled = true;
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.questions.open().remove(&self.number);
        if !self.settled {
            let notice = json!({ "type": "over", "number": self.number });
            self.questions.mailbox.notify(&notice.to_string());
        }
    }
}

/// A field's value as Node tells it.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

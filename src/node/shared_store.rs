//! A store on Redis, as `lib/server/redis-store.js` holds it.

use std::sync::Arc;

use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dispatcher::Mailboxes;
use super::log::{GivenRedis, unusable};
use super::options::invalid;
use super::runtime;
use crate::delivery::{Limits, Mailbox};
use crate::reconnect::millis;
use crate::serve::{SharedStore, StoreQuestion, StoreReply};

/// Small values that several processes share. What is asked of it is replied to by a notice with the number of
/// the question.
#[napi]
pub struct NativeSharedStore {
    store: Arc<SharedStore>,
    mailbox: Arc<Mailbox>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Question {
    Get { key: String },
    Take { key: String },
    Remove { key: String },
    Set { key: String, value: String, ttl: Option<f64> },
    SetIfAbsent { key: String, value: String, ttl: Option<f64> },
    Replace { key: String, old: String, value: String, ttl: Option<f64> },
}

impl From<Question> for StoreQuestion {
    fn from(question: Question) -> Self {
        match question {
            Question::Get { key } => Self::Get(key),
            Question::Take { key } => Self::Take(key),
            Question::Remove { key } => Self::Remove(key),
            Question::Set { key, value, ttl } => Self::Set(key, value, ttl.map(millis::from)),
            Question::SetIfAbsent { key, value, ttl } => {
                Self::SetIfAbsent(key, value, ttl.map(millis::from))
            }
            Question::Replace { key, old, value, ttl } => {
                Self::Replace(key, old, value, ttl.map(millis::from))
            }
        }
    }
}

impl NativeSharedStore {
    /// Reads the JSON that `lib/options/store.js` makes.
    pub(super) fn new(json: &str, mailboxes: &Mailboxes) -> napi::Result<Self> {
        let given: GivenRedis = serde_json::from_str(json).map_err(|error| invalid(&error))?;
        let store = SharedStore::open(runtime::handle()?, &given.address(), &given.prefix)
            .map_err(unusable)?;
        let mailbox = mailboxes.open(Limits { events: 1, bytes: 1 });
        Ok(Self { store: Arc::new(store), mailbox })
    }
}

#[napi]
impl NativeSharedStore {
    /// The number under which its replies arrive.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.mailbox.id()
    }

    /// Asks something; the reply is a notice with this number.
    #[napi(catch_unwind)]
    pub fn ask(&self, number: u32, question: String) -> napi::Result<()> {
        let question: Question =
            serde_json::from_str(&question).map_err(|error| invalid(&error))?;
        let (store, mailbox) = (Arc::clone(&self.store), Arc::clone(&self.mailbox));
        runtime::handle()?.spawn(async move {
            let mut reply = match store.ask(question.into()).await {
                Ok(StoreReply::Done) => json!({ "value": Value::Null }),
                Ok(StoreReply::Flag(flag)) => json!({ "value": flag }),
                Ok(StoreReply::Value(value)) => json!({ "value": value }),
                Err(error) => json!({ "error": error.to_string() }),
            };
            reply["type"] = json!("reply");
            reply["number"] = json!(number);
            mailbox.notify(&reply.to_string());
        });
        Ok(())
    }
}

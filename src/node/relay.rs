//! A relay, as `lib/server/relay.js` holds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dispatcher::Mailboxes;
use super::log::{GivenLog, mismatched};
use super::options::invalid;
use super::run::NativeRun;
use super::runtime;
use crate::delivery::{Limits, Mailbox};
use crate::log::{LogError, Restart};
use crate::reconnect::millis;
use crate::relay::{OnDisconnect, Policy};
use crate::serve::{Relay, RelayOptions, Run, RunOptions, relay};

/// Runs by their ids. What is asked of it is replied to by a notice with the number of the question.
#[napi]
pub struct NativeRelay {
    relay: Arc<Relay>,
    mailbox: Arc<Mailbox>,
    mailboxes: Mailboxes,
    /// Runs that were found, until JavaScript takes them.
    found: Arc<Mutex<HashMap<u32, Run>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    name: String,
    retention: f64,
    lease: f64,
    idle: Option<f64>,
    max_bytes: usize,
    on_disconnect: GivenOnDisconnect,
    durability: GivenDurability,
    log: GivenLog,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum GivenDurability {
    Pipelined,
    Durable,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenOnDisconnect {
    Continue,
    Abort,
    Grace(f64),
}

/// A question about one run.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Question {
    #[serde(rename_all = "camelCase")]
    Run {
        id: String,
        owner: Option<String>,
        restart: bool,
    },
    Resume {
        id: String,
        owner: Option<String>,
    },
    Stop {
        id: String,
        owner: Option<String>,
    },
    Status {
        id: String,
        owner: Option<String>,
    },
}

impl NativeRelay {
    /// Reads the JSON that `lib/options/relay.js` makes.
    pub(super) fn new(json: &str, mailboxes: Mailboxes) -> napi::Result<Self> {
        let given: Given = serde_json::from_str(json).map_err(|error| invalid(&error))?;
        let options = RelayOptions {
            name: given.name.clone(),
            policy: Policy {
                lease: millis::from(given.lease),
                idle: given.idle.map(millis::from),
                max_bytes: given.max_bytes,
                on_disconnect: match given.on_disconnect {
                    GivenOnDisconnect::Continue => OnDisconnect::Continue,
                    GivenOnDisconnect::Abort => OnDisconnect::Abort,
                    GivenOnDisconnect::Grace(grace) => OnDisconnect::Grace(millis::from(grace)),
                },
            },
            retention: millis::from(given.retention),
            durable: given.durability == GivenDurability::Durable,
            log: given.log.options(),
        };
        let runtime = runtime::handle()?;
        let relay = relay(&given.name, json, || Relay::start(runtime, options))
            .map_err(|mismatch| mismatched("relay", &given.name, mismatch))?;
        let mailbox = mailboxes.open(Limits { events: 1, bytes: 1 });
        Ok(Self { relay, mailbox, mailboxes, found: Arc::default() })
    }
}

#[napi]
impl NativeRelay {
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
        let relay = Arc::clone(&self.relay);
        let mailbox = Arc::clone(&self.mailbox);
        let found = Arc::clone(&self.found);
        runtime::handle()?.spawn(async move {
            let keep = |run: Run| {
                found.lock().unwrap_or_else(PoisonError::into_inner).insert(number, run);
            };
            let mut reply = match reply(&relay, question, keep).await {
                Ok(value) => json!({ "value": value }),
                Err(error) => json!({ "error": error.to_string() }),
            };
            reply["type"] = json!("reply");
            reply["number"] = json!(number);
            mailbox.notify(&reply.to_string());
        });
        Ok(())
    }

    /// The run that the question with this number found.
    #[napi(catch_unwind)]
    pub fn take(&self, number: u32) -> napi::Result<NativeRun> {
        let run = self.found.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        let run = run.ok_or_else(|| napi::Error::from_reason("no such run"))?;
        Ok(NativeRun::new(run, self.mailboxes.clone()))
    }

    /// Statistics, in JSON.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> String {
        serde_json::to_string(&self.relay.stats()).unwrap_or_default()
    }
}

async fn reply(
    relay: &Relay,
    question: Question,
    keep: impl FnOnce(Run),
) -> Result<Value, LogError> {
    Ok(match question {
        Question::Run { id, owner, restart } => {
            let restart = if restart { Restart::Lost } else { Restart::Never };
            keep(relay.run(&RunOptions { id, owner }, restart).await?);
            json!(true)
        }
        Question::Resume { id, owner } => {
            let run = relay.resume(&RunOptions { id, owner }).await?;
            json!(run.map(keep).is_some())
        }
        Question::Stop { id, owner } => json!(relay.stop(&RunOptions { id, owner }).await?),
        Question::Status { id, owner } => {
            let status = relay.status(&RunOptions { id, owner }).await?;
            json!(status.map(crate::log::Status::name))
        }
    })
}

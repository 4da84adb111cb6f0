//! A hub, as `lib/server/hub.js` holds it.

use std::sync::Arc;

use napi::Env;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dispatcher::Mailboxes;
use super::hub_question::{Asked, HubQuestion};
use super::listener::NativeListener;
use super::log::{GivenLog, mismatched};
use super::options::invalid;
use super::runtime;
use crate::delivery::{Limits, Mailbox};
use crate::hub::{EVERYONE, Environment, Filter, Input, Lag, MaxLag, Names, Policy, USER};
use crate::reconnect::millis;
use crate::serve::{Hub, HubClient, HubEvent, HubOptions, PublishError, hub};

/// Clients and channels by name. What its clients get, and what it tells, arrives as records.
#[napi]
pub struct NativeHub {
    hub: Arc<Hub>,
    mailbox: Arc<Mailbox>,
    mailboxes: Mailboxes,
    environment: Environment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    name: String,
    heartbeat: Option<f64>,
    retry_delay: (u64, u64),
    lag: GivenLag,
    max_lag: GivenMaxLag,
    max_clients: Option<usize>,
    max_per_user: Option<usize>,
    max_connection_age: Option<f64>,
    write_timeout: Option<f64>,
    events: GivenNames,
    log: GivenLog,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenLag {
    Disconnect,
    Skip,
    Latest,
}

#[derive(Deserialize)]
struct GivenMaxLag {
    events: Option<u64>,
    bytes: Option<u64>,
    age: Option<f64>,
}

#[derive(Deserialize)]
struct GivenNames {
    connected: String,
    gap: String,
    shutdown: String,
}

#[derive(Deserialize)]
struct GivenClient {
    name: String,
    user: Option<String>,
    channels: Vec<String>,
    position: Option<String>,
    expires: Option<f64>,
    #[serde(rename = "issuedAt")]
    issued_at: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenFilter {
    client: Option<String>,
    user: Option<String>,
    channel: Option<String>,
    retry_delay: Option<u64>,
}

#[derive(Deserialize)]
struct GivenClose {
    spread: f64,
    within: f64,
}

impl Given {
    fn policy(&self) -> Policy {
        let GivenLog { max_events, max_bytes, max_age, .. } = self.log;
        let MaxLag { events, bytes, age } = MaxLag {
            events: self.max_lag.events.unwrap_or(max_events as u64),
            bytes: self.max_lag.bytes.unwrap_or(max_bytes as u64),
            age: millis::from(self.max_lag.age.unwrap_or(max_age)),
        };
        Policy {
            heartbeat: self.heartbeat.map(millis::from),
            retry_delay: self.retry_delay,
            lag: match self.lag {
                GivenLag::Disconnect => Lag::Disconnect,
                GivenLag::Skip => Lag::Skip,
                GivenLag::Latest => Lag::Latest,
            },
            max_lag: MaxLag { events, bytes, age },
            max_clients: self.max_clients,
            max_per_user: self.max_per_user,
            max_connection_age: self.max_connection_age.map(millis::from),
            write_timeout: self.write_timeout.map(millis::from),
            keep: millis::from(max_age),
            names: Names {
                connected: self.events.connected.clone(),
                gap: self.events.gap.clone(),
                shutdown: self.events.shutdown.clone(),
            },
        }
    }
}

impl NativeHub {
    /// Reads the JSON that `lib/options/hub.js` makes.
    pub(super) fn new(env: Env, json: &str, mailboxes: &Mailboxes) -> napi::Result<Self> {
        let given: Given = serde_json::from_str(json).map_err(|error| invalid(&error))?;
        let options = HubOptions {
            name: given.name.clone(),
            policy: given.policy(),
            log: given.log.options(),
        };
        let runtime = runtime::handle()?;
        let hub = hub(&given.name, json, || Hub::start(runtime, &options))
            .map_err(|mismatch| mismatched("hub", &given.name, mismatch))?;
        let mailbox = mailboxes.open(Limits { events: 1, bytes: 1 });
        let environment = hub.open(&mailboxes.fan_out(), Arc::clone(&mailbox));
        let weak = Arc::downgrade(&hub);
        env.add_env_cleanup_hook(weak, move |hub| {
            if let Some(hub) = hub.upgrade() {
                hub.abandon(environment);
            }
        })?;
        Ok(Self { hub, mailbox, mailboxes: mailboxes.clone(), environment })
    }
}

#[napi]
impl NativeHub {
    /// The number under which what it tells arrives.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.mailbox.id()
    }

    /// Whether other processes share its channels: then `ask` replies to what concerns them.
    #[napi(getter, catch_unwind)]
    pub fn remote(&self) -> bool {
        self.hub.shared().is_some()
    }

    /// Asks something that takes time; the reply is a notice with this number.
    #[napi(catch_unwind)]
    pub fn ask(&self, number: u32, question: String) -> napi::Result<()> {
        let question: HubQuestion =
            serde_json::from_str(&question).map_err(|error| invalid(&error))?;
        let (hub, mailbox) = (Arc::clone(&self.hub), Arc::clone(&self.mailbox));
        let asked = Asked::begin(question, &hub);
        runtime::handle()?.spawn(async move {
            let mut reply = match asked.reply(&hub).await {
                Ok(value) => json!({ "value": value }),
                Err(error) => json!({ "error": error }),
            };
            reply["type"] = json!("reply");
            reply["number"] = json!(number);
            mailbox.notify(&reply.to_string());
        });
        Ok(())
    }

    /// Listens on sockets of its own; JSON says where and to whom.
    #[napi(catch_unwind)]
    pub fn listen(&self, env: Env, options: String) -> napi::Result<NativeListener> {
        // What it tells needs no room.
        let mailbox = self.mailboxes.open(Limits { events: 1, bytes: 1 });
        let listener = NativeListener::new(&options, &self.hub, mailbox, &self.mailbox)?;
        env.add_env_cleanup_hook(listener.abandon(), |abandon| abandon())?;
        Ok(listener)
    }

    /// A user is not admitted any more, for a day or until then (milliseconds since 1970); its clients end.
    #[napi(catch_unwind)]
    pub fn revoke(&self, user: String, until: Option<f64>) {
        self.hub.revoke(&user, until.map(millis::from));
    }

    /// The channels in the text of a client's position; none if it is not one.
    #[napi(catch_unwind)]
    pub fn places(&self, position: String) -> Vec<String> {
        self.hub.channels_in(&position)
    }

    /// A client comes. JSON: its number and its id, or why it is not admitted and when to come back.
    #[napi(catch_unwind)]
    pub fn connect(&self, client: String) -> napi::Result<String> {
        let given: GivenClient = serde_json::from_str(&client).map_err(|error| invalid(&error))?;
        let connected = self.hub.connect(HubClient {
            environment: self.environment,
            name: given.name,
            user: given.user,
            channels: given.channels,
            position: given.position,
            expires: given.expires.map(millis::from),
            issued: given.issued_at.map(millis::from),
        });
        let reply = match connected {
            // Of characters that mean nothing in JSON.
            Ok((number, id)) => format!(r#"{{"number": {number}, "id": "{id}"}}"#),
            Err((refusal, retry)) => {
                format!(r#"{{"refused": "{}", "retry": {retry}}}"#, refusal.name())
            }
        };
        Ok(reply)
    }

    /// A client's socket takes no more.
    #[napi(catch_unwind)]
    pub fn stall(&self, number: u32) {
        self.hub.step(Input::Stall(number));
    }

    /// It takes more again.
    #[napi(catch_unwind)]
    pub fn resume(&self, number: u32) {
        self.hub.step(Input::Resume(number));
    }

    /// A client's connection is closed.
    #[napi(catch_unwind)]
    pub fn leave(&self, number: u32) {
        self.hub.step(Input::Leave(number));
    }

    /// Appends an event to a channel; the text of its place there.
    #[napi(catch_unwind)]
    pub fn publish(
        &self,
        channel: String,
        event: Option<String>,
        data: String,
        key: Option<String>,
        dedupe_id: Option<String>,
    ) -> napi::Result<String> {
        let event = HubEvent { event, data, key, dedupe_id };
        let (epoch, offset) = self.hub.publish(&channel, event).map_err(|error| match error {
            PublishError::Encode(error) => invalid(&error),
            PublishError::Log(error) => invalid(&error),
        })?;
        Ok(format!("{epoch}.{offset}"))
    }

    /// An event for one client alone; `false` if it is not here, or takes no more.
    #[napi(catch_unwind)]
    pub fn send(&self, id: String, event: Option<String>, data: String) -> napi::Result<bool> {
        self.hub.send(&id, event.as_deref(), &data).map_err(|error| invalid(&error))
    }

    /// A client joins a channel; `false` if it is not here.
    #[napi(catch_unwind)]
    pub fn subscribe(&self, id: String, channel: String) -> bool {
        self.hub.subscribe(&id, &channel)
    }

    /// A client leaves a channel; `false` if it is not here.
    #[napi(catch_unwind)]
    pub fn unsubscribe(&self, id: String, channel: String) -> bool {
        self.hub.unsubscribe(&id, &channel)
    }

    /// The channels that a client was given.
    #[napi(catch_unwind)]
    pub fn client_channels(&self, number: u32) -> Vec<String> {
        self.hub.look(|hub| {
            hub.channels_of(number).filter(|name| is_named(name)).map(ToString::to_string).collect()
        })
    }

    /// The numbers of the clients that a filter names.
    #[napi(catch_unwind)]
    pub fn clients(&self, filter: String) -> napi::Result<Vec<u32>> {
        let (filter, _) = read_filter(&filter)?;
        Ok(self.hub.look(|hub| hub.find(&filter)))
    }

    /// The users that have clients, in JSON.
    #[napi(catch_unwind)]
    pub fn users(&self) -> String {
        self.hub.look(|hub| {
            counted("user", hub.user_counts().map(|(user, clients)| (Some(&**user), clients)))
        })
    }

    /// The channels that have clients, in JSON.
    #[napi(catch_unwind)]
    pub fn channels(&self) -> String {
        let counts = self.hub.look(crate::hub::Hub::channel_counts);
        let named = counts.iter().filter(|(name, _)| is_named(name));
        counted("channel", named.map(|(name, clients)| (Some(&**name), *clients)))
    }

    /// The users that have clients in a channel, in JSON.
    #[napi(catch_unwind)]
    pub fn presence(&self, channel: String) -> String {
        let filter = Filter { channel: Some(channel), ..Filter::default() };
        let mut users: Vec<Option<String>> = self.hub.look(|hub| {
            let numbers = hub.find(&filter).into_iter();
            numbers.map(|number| hub.user_of(number).map(ToString::to_string)).collect()
        });
        users.sort();
        let same = users.chunk_by(|one, other| one == other);
        counted("user", same.map(|same| (same[0].as_deref(), same.len())))
    }

    /// Lets the clients go that a filter names; how many.
    #[napi(catch_unwind)]
    pub fn disconnect(&self, filter: String) -> napi::Result<u32> {
        let (filter, retry) = read_filter(&filter)?;
        Ok(u32::try_from(self.hub.disconnect(&filter, retry)).unwrap_or(u32::MAX))
    }

    /// Lets all go, and admits none; JSON says over how long they are to come back, and within how long they
    /// are told.
    #[napi(catch_unwind)]
    pub fn close(&self, options: String) -> napi::Result<()> {
        let GivenClose { spread, within } =
            serde_json::from_str(&options).map_err(|error| invalid(&error))?;
        self.hub.close(millis::from(spread), millis::from(within));
        Ok(())
    }

    /// Statistics, in JSON.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> String {
        let (stats, bytes) = self.hub.stats();
        let json = serde_json::to_string(&stats).unwrap_or_default();
        let members = json.strip_suffix('}').unwrap_or(&json);
        format!(r#"{members},"log":{{"bytes":{bytes}}}}}"#)
    }
}

/// How many clients there are of each, in JSON.
fn counted<'a>(kind: &str, counts: impl Iterator<Item = (Option<&'a str>, usize)>) -> String {
    let each = |(name, clients)| {
        let name = Value::from(name);
        format!(r#"{{"{kind}": {name}, "clients": {clients}}}"#)
    };
    let all: Vec<String> = counts.map(each).collect();
    format!("[{}]", all.join(","))
}

fn read_filter(json: &str) -> napi::Result<(Filter, Option<u64>)> {
    let given: GivenFilter = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    let GivenFilter { client, user, channel, retry_delay } = given;
    Ok((Filter { client, user, channel }, retry_delay))
}

/// Whether a channel has its name from the application.
pub(super) fn is_named(name: &str) -> bool {
    name != EVERYONE && !name.starts_with(USER)
}

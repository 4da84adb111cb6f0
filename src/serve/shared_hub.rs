//! What the processes of one hub tell each other: orders, revocations, who is there, plain messages.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::hub::Hub;
use super::hub_request::{HubEvent, PublishError};
use super::publisher::Reply;
use super::shared_channels::SharedChannels;
use crate::hub::{Filter, Input, Revocation};
use crate::log::LogError;
use crate::redis::{Outgoing, Revoked, State, hear_revoked};

/// What one process is asked by another.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Order {
    /// An event for a client of this process alone.
    Send { id: String, event: Option<String>, data: String },
    /// A client joins a channel.
    Subscribe { id: String, channel: String },
    /// It leaves one.
    Unsubscribe { id: String, channel: String },
    /// Clients are to go.
    #[serde(rename_all = "camelCase")]
    Disconnect {
        client: Option<String>,
        user: Option<String>,
        channel: Option<String>,
        retry: Option<u64>,
        from: String,
    },
}

/// For how long one process brings plain messages in.
const BRIDGE: Duration = Duration::from_secs(3);

impl SharedChannels {
    /// Users that were revoked anywhere are known here afterwards.
    pub(super) async fn learn_revocations(&self, hub: &Hub) -> Result<(), LogError> {
        let mut known = self.revoked.lock().await;
        if known.is_none() {
            let asked = self.ask_revocations(hub, &mut known).await;
            asked.or_else(|error| if self.local { Ok(()) } else { Err(error) })?;
        }
        Ok(())
    }

    pub(super) async fn ask_revocations(
        &self,
        hub: &Hub,
        known: &mut Option<Duration>,
    ) -> Result<(), LogError> {
        let since = known.unwrap_or_default();
        let revoked = self.log.revocations(since).await?;
        // That of the last moment may not have been the only one.
        *known = Some(revoked.iter().map(|revoked| revoked.at).max().unwrap_or(since));
        for revoked in revoked {
            apply(hub, revoked);
        }
        Ok(())
    }

    /// Revokes a user everywhere.
    pub async fn revoke(&self, user: &str, until: Option<Duration>) -> Result<(), LogError> {
        let revoked = self.log.revoke(user, until).await?;
        if let Some(hub) = self.hub.upgrade() {
            apply(&hub, revoked);
        }
        Ok(())
    }

    /// Publishes an event, behind those that were published before.
    pub fn publish(&self, channel: &str, event: HubEvent) -> Result<Reply, PublishError> {
        let Some(hub) = self.hub.upgrade() else {
            return Err(PublishError::Log(LogError::Away("the hub is gone".to_owned())));
        };
        let HubEvent { event, data, key, dedupe_id } = event;
        let frame = super::hub::encode(event.as_deref(), &data).map_err(PublishError::Encode)?;
        let outgoing = Outgoing {
            channel: channel.into(),
            frame: frame.into(),
            key: key.map(Into::into),
            dedupe_id,
            number: self.log.number(),
        };
        self.publisher.publish(&hub, outgoing)
    }

    /// An event for a client of another process; whether that process is there.
    pub async fn send(
        &self,
        id: String,
        event: Option<String>,
        data: String,
    ) -> Result<bool, LogError> {
        self.tell(&id.clone(), &Order::Send { id, event, data }).await
    }

    /// A client of another process joins a channel; whether that process is there.
    pub async fn subscribe(&self, id: String, channel: String) -> Result<bool, LogError> {
        self.tell(&id.clone(), &Order::Subscribe { id, channel }).await
    }

    /// It leaves one.
    pub async fn unsubscribe(&self, id: String, channel: String) -> Result<bool, LogError> {
        self.tell(&id.clone(), &Order::Unsubscribe { id, channel }).await
    }

    /// Lets clients of other processes go.
    pub async fn disconnect(&self, filter: &Filter, retry: Option<u64>) -> Result<(), LogError> {
        let Filter { client, user, channel } = filter.clone();
        let from = self.log.process().to_owned();
        let order = Order::Disconnect { client, user, channel, retry, from };
        let text = serde_json::to_string(&order).unwrap_or_default();
        self.log.order(&self.log.bell_of_all(), &text).await?;
        Ok(())
    }

    /// Tells the process whose client it is.
    async fn tell(&self, id: &str, order: &Order) -> Result<bool, LogError> {
        let Some((process, _)) = id.split_once('.') else { return Ok(false) };
        if process == self.log.process() {
            return Ok(false);
        }
        let text = serde_json::to_string(order).unwrap_or_default();
        Ok(self.log.order(&self.log.bell_of(process), &text).await?)
    }

    /// What rings that is no channel: orders, and plain messages.
    pub(super) async fn obey(&self, bell: &str, message: &[u8]) {
        let Some(hub) = self.hub.upgrade() else { return };
        if self.bridge.iter().any(|name| **name == *bell) {
            self.bring(bell, message).await;
            return;
        }
        let Ok(text) = std::str::from_utf8(message) else { return };
        if let Some(revoked) = hear_revoked(text) {
            apply(&hub, revoked);
            return;
        }
        let Ok(order) = serde_json::from_str(text) else { return };
        match order {
            Order::Send { id, event, data } => _ = hub.send(&id, event.as_deref(), &data),
            Order::Subscribe { id, channel } => {
                if self.prepare(std::slice::from_ref(&channel), None, None).await.is_ok() {
                    hub.subscribe(&id, &channel);
                }
            }
            Order::Unsubscribe { id, channel } => _ = hub.unsubscribe(&id, &channel),
            Order::Disconnect { client, user, channel, retry, from } => {
                if from != self.log.process() {
                    hub.disconnect(&Filter { client, user, channel }, retry);
                }
            }
        }
    }

    /// A plain message, from a program that knows nothing of hubs.
    async fn bring(&self, bell: &str, message: &[u8]) {
        let holds = self.log.hold_bridge(BRIDGE).await.unwrap_or(false);
        if holds {
            let text = String::from_utf8_lossy(message);
            // If it is too much, it is lost as any plain message may be.
            _ = self.publish(bell, plain(&text));
        }
    }
}

/// `{"event":…,"data":…,"key":…,"dedupeId":…}`, or text.
fn plain(text: &str) -> HubEvent {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Plain {
        event: Option<String>,
        data: serde_json::Value,
        key: Option<String>,
        dedupe_id: Option<String>,
    }
    match serde_json::from_str(text) {
        Ok(Plain { event, data, key, dedupe_id }) => {
            let data = match data {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            HubEvent { event, data, key, dedupe_id }
        }
        Err(_) => HubEvent { data: text.to_owned(), ..HubEvent::default() },
    }
}

fn apply(hub: &Hub, revoked: Revoked) {
    let Revoked { user, at, until } = revoked;
    hub.step(Input::Revoke(Revocation { user: user.into(), at, until }));
}

/// Hears what rings, until the hub is gone.
pub async fn listen(channels: Weak<SharedChannels>) {
    let Some(held) = channels.upgrade() else { return };
    let doorbell = Arc::clone(&held.doorbell);
    let own = [held.log.bell_of_all(), held.log.bell_of(held.log.process())];
    let mut listening = Vec::new();
    for bell in own.iter().chain(&held.bridge) {
        listening.push(held.log.listen(bell, &doorbell).await.0);
    }
    drop(held);
    loop {
        let ring = doorbell.next().await;
        let Some(held) = channels.upgrade() else { return };
        held.hear(ring).await;
    }
}

/// Tells the hub when Redis goes and comes.
pub async fn watch_link(channels: Weak<SharedChannels>) {
    let Some(held) = channels.upgrade() else { return };
    let mut state = held.log.link().state();
    drop(held);
    while state.changed().await.is_ok() {
        let Some(held) = channels.upgrade() else { return };
        let reason = match &*state.borrow_and_update() {
            State::Down(reason) => Some(Arc::clone(reason)),
            State::Connecting | State::Up { .. } => None,
        };
        if let (Some(reason), Some(hub)) = (reason, held.hub.upgrade()) {
            held.publisher.degrade(&hub, &reason);
        }
    }
}

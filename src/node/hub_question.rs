//! What a hub is asked whose channels other processes share.

use serde::Deserialize;
use serde_json::{Value, json};

use super::hub::is_named;
use crate::hub::{EVERYONE, Filter};
use crate::log::LogError;
use crate::reconnect::millis;
use crate::serve::{Hub, HubEvent, PublishError, Published, Reply, SharedChannels};

/// What is asked, by its name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HubQuestion {
    /// An event is published: events have an order.
    Publish(GivenEvent),
    /// What has none.
    Other(OtherQuestion),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OtherQuestion {
    Prepare {
        channels: Vec<String>,
        position: Option<String>,
        user: Option<String>,
    },
    Send {
        id: String,
        event: Option<String>,
        data: String,
    },
    Subscribe {
        id: String,
        channel: String,
    },
    Unsubscribe {
        id: String,
        channel: String,
    },
    Presence {
        channel: String,
    },
    Users {},
    Channels {},
    #[serde(rename_all = "camelCase")]
    Disconnect {
        client: Option<String>,
        user: Option<String>,
        channel: Option<String>,
        retry_delay: Option<u64>,
    },
    Revoke {
        user: String,
        until: Option<f64>,
    },
}

/// An event to be published.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenEvent {
    channel: String,
    event: Option<String>,
    data: String,
    key: Option<String>,
    dedupe_id: Option<String>,
}

/// What is asked, begun in the order of the questions.
pub enum Asked {
    /// An event was published: what will have become of it.
    Published(Result<Reply, PublishError>),
    /// Anything else.
    Other(OtherQuestion),
}

impl Asked {
    /// Begins.
    pub fn begin(question: HubQuestion, hub: &Hub) -> Self {
        let GivenEvent { channel, event, data, key, dedupe_id } = match question {
            HubQuestion::Publish(event) => event,
            HubQuestion::Other(question) => return Self::Other(question),
        };
        let gone = || PublishError::Log(LogError::Away(ALONE.to_owned()));
        let event = HubEvent { event, data, key, dedupe_id };
        let shared = hub.shared().ok_or_else(gone);
        Self::Published(shared.and_then(|shared| shared.publish(&channel, event)))
    }

    /// What JavaScript is told; or why there is nothing to tell, in one sentence.
    pub async fn reply(self, hub: &Hub) -> Result<Value, String> {
        let reply = match self {
            Self::Other(question) => return question.reply(hub).await,
            Self::Published(reply) => reply,
        };
        let published = match reply {
            Ok(reply) => reply.wait().await,
            Err(error) => Err(error),
        };
        match published {
            Ok(Published::At(epoch, offset)) => Ok(json!({ "id": format!("{epoch}.{offset}") })),
            Ok(Published::Degraded) => Ok(json!({ "degraded": true })),
            Err(PublishError::Encode(error)) => Err(error.to_string()),
            Err(PublishError::Log(error)) => Err(error.to_string()),
        }
    }
}

const ALONE: &str = "no other process shares the hub";

impl OtherQuestion {
    async fn reply(self, hub: &Hub) -> Result<Value, String> {
        let shared = hub.shared().ok_or_else(|| ALONE.to_owned())?;
        let text = |error: &dyn std::fmt::Display| error.to_string();
        match self {
            Self::Prepare { channels, position, user } => shared
                .prepare(&channels, user.as_deref(), position.as_deref())
                .await
                .map(|()| json!(true))
                .map_err(|error| text(&error)),
            Self::Send { id, event, data } => flag(shared.send(id, event, data).await),
            Self::Subscribe { id, channel } => flag(shared.subscribe(id, channel).await),
            Self::Unsubscribe { id, channel } => flag(shared.unsubscribe(id, channel).await),
            Self::Presence { channel } => users(shared, &channel, false).await,
            Self::Users {} => users(shared, EVERYONE, true).await,
            Self::Channels {} => {
                let channels = shared.channels().await.map_err(|error| text(&error))?;
                let named = channels.iter().filter(|(name, _)| is_named(name));
                let each =
                    named.map(|(name, clients)| json!({ "channel": name, "clients": clients }));
                Ok(each.collect())
            }
            Self::Disconnect { client, user, channel, retry_delay } => {
                let filter = Filter { client, user, channel };
                let count = hub.disconnect(&filter, retry_delay);
                // What is here is gone; what is elsewhere cannot be told.
                shared.disconnect(&filter, retry_delay).await.map_err(|error| text(&error))?;
                Ok(json!(count))
            }
            Self::Revoke { user, until } => {
                let until = until.map(millis::from);
                shared.revoke(&user, until).await.map_err(|error| text(&error))?;
                Ok(json!(true))
            }
        }
    }
}

fn flag(reply: Result<bool, LogError>) -> Result<Value, String> {
    reply.map(Value::from).map_err(|error| error.to_string())
}

async fn users(shared: &SharedChannels, channel: &str, named: bool) -> Result<Value, String> {
    let users = shared.presence(channel).await.map_err(|error| error.to_string())?;
    let users = users.iter().filter(|(user, _)| user.is_some() || !named);
    Ok(users.map(|(user, clients)| json!({ "user": user, "clients": clients })).collect())
}

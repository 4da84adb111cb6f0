//! Who is there, over all processes of a hub.

use std::collections::{BTreeMap, HashMap};
use std::sync::Weak;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::hub::Hub;
use super::shared_channels::SharedChannels;
use crate::hub::{EVERYONE, USER};
use crate::log::LogError;
use crate::redis::{ChannelLog, Fault};

/// How often it is looked at who is here, and at the longest said again.
const LOOK: Duration = Duration::from_millis(200);
const SAY: Duration = Duration::from_secs(5);
/// How often it is asked who was revoked, should nobody have heard it.
const ASK: Duration = Duration::from_secs(4);
/// Under this name processes say which channels have clients. No channel of an application has it.
const CHANNELS: &str = "";

impl SharedChannels {
    /// Who is in a channel, over all processes: users and how many clients each has.
    pub async fn presence(
        &self,
        channel: &str,
    ) -> Result<BTreeMap<Option<String>, usize>, LogError> {
        let mut all: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for said in self.said(channel).await? {
            let users: Vec<(Option<String>, usize)> =
                serde_json::from_str(&said).unwrap_or_default();
            for (user, clients) in users {
                *all.entry(user).or_default() += clients;
            }
        }
        Ok(all)
    }

    /// What all processes say; this one needs nobody to know what it says now.
    async fn said(&self, channel: &str) -> Result<Vec<String>, LogError> {
        let own = self.hub.upgrade().and_then(|hub| who(&hub).remove(channel));
        let all = self.log.presence(channel).await?.into_iter();
        let others = all.filter(|(process, _)| process != self.log.process());
        Ok(others.map(|(_, said)| said).chain(own).collect())
    }

    /// The channels that have clients, over all processes, and how many.
    pub async fn channels(&self) -> Result<BTreeMap<String, usize>, LogError> {
        let mut all = BTreeMap::new();
        for said in self.said(CHANNELS).await? {
            let channels: Vec<(String, usize)> = serde_json::from_str(&said).unwrap_or_default();
            for (channel, clients) in channels {
                *all.entry(channel).or_default() += clients;
            }
        }
        Ok(all)
    }
}

/// Says who is here, asks who was revoked, and forgets what is over.
pub async fn keep_up(channels: Weak<SharedChannels>) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said: HashMap<String, String> = HashMap::new();
    let (mut says, mut asks) = (Instant::now(), Instant::now());
    let mut changes = 0;
    loop {
        ticks.tick().await;
        let Some(held) = channels.upgrade() else { return };
        let Some(hub) = held.hub.upgrade() else { return };
        let now = hub.look(crate::hub::Hub::changes);
        let is_up = held.log.link().up_since().is_some();
        if says.elapsed() >= SAY || (is_up && now != changes) {
            let again = says.elapsed() >= SAY;
            if again {
                says = Instant::now();
                held.sweep(&hub);
                held.publisher.sweep();
                held.check_all().await;
            }
            // If Redis is away, it is said again later.
            if say(&held.log, who(&hub), &mut said, again).await.is_ok() {
                changes = now;
            }
        }
        if asks.elapsed() >= ASK {
            asks = Instant::now();
            let mut known = held.revoked.lock().await;
            // It asks again if nobody replies.
            _ = held.ask_revocations(&hub, &mut known).await;
        }
    }
}

/// Says who is here, where that is not what was said; or all of it.
async fn say(
    log: &ChannelLog,
    now: HashMap<String, String>,
    said: &mut HashMap<String, String>,
    again: bool,
) -> Result<(), Fault> {
    if log.link().up_since().is_none() {
        return Err(Fault::Away("Redis is away".to_owned()));
    }
    let gone = said.keys().filter(|channel| !now.contains_key(*channel));
    let gone: Vec<String> = gone.cloned().collect();
    for channel in gone {
        log.present(&channel, "").await?;
        said.remove(&channel);
    }
    for (channel, text) in now {
        if again || said.get(&channel) != Some(&text) {
            log.present(&channel, &text).await?;
            said.insert(channel, text);
        }
    }
    Ok(())
}

/// Who is in each channel here, as it is said; and under [`CHANNELS`] which channels have clients.
fn who(hub: &Hub) -> HashMap<String, String> {
    let by_channel = hub.look(crate::hub::Hub::users_by_channel);
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut said = HashMap::new();
    for (channel, users) in &by_channel {
        if channel.starts_with(USER) {
            continue;
        }
        if **channel != *EVERYONE {
            counts.push((channel, users.values().sum()));
        }
        let users: Vec<(Option<&str>, usize)> =
            users.iter().map(|(user, clients)| (user.as_deref(), *clients)).collect();
        said.insert(channel.to_string(), serde_json::to_string(&users).unwrap_or_default());
    }
    counts.sort_unstable();
    if !counts.is_empty() {
        said.insert(CHANNELS.to_owned(), serde_json::to_string(&counts).unwrap_or_default());
    }
    said
}

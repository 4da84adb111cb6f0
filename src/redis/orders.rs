//! What processes of one hub tell each other, and what they know together.

use std::sync::Arc;
use std::time::Duration;

use redis::cmd;

use super::channel_log::ChannelLog;
use super::fault::Fault;
use super::reply::{Parts, bytes, number, strange};
use super::script::{Args, PRESENCE, PRESENT, REVOKE};

/// A user that is not admitted any more; times since 1970, by Redis's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Who.
    pub user: String,
    /// What was issued before is not valid any more.
    pub at: Duration,
    /// Who does not say when it was issued is not admitted until then.
    pub until: Duration,
}

/// For how long what a process says of who is there holds.
const HOLDS: Duration = Duration::from_secs(15);
const ALL: &str = "orders";
const REVOKED: &str = "revoked";
const BRIDGE: &str = "bridge";

impl ChannelLog {
    /// What rings for all processes.
    #[must_use]
    pub fn bell_of_all(&self) -> Arc<str> {
        self.keys.one(ALL).into()
    }

    /// What rings for one process.
    #[must_use]
    pub fn bell_of(&self, process: &str) -> Arc<str> {
        self.keys.one(&format!("process:{process}")).into()
    }

    /// Tells one process something, or all; whether anybody heard it.
    pub async fn order(&self, bell: &str, text: &str) -> Result<bool, Fault> {
        let mut command = cmd(self.link.publishes().await?);
        Ok(number(&self.link.query(command.arg(bell).arg(text)).await?)? > 0)
    }

    /// Revokes a user; without a time, for a day.
    pub async fn revoke(&self, user: &str, until: Option<Duration>) -> Result<Revoked, Fault> {
        let args = Args::default()
            .with(user)
            .with_ms(until.unwrap_or_default())
            .with(&*self.bell_of_all())
            .with(self.link.publishes().await?);
        let reply = REVOKE.run(&self.link, &[&self.keys.one(REVOKED)], args).await?;
        let mut parts = Parts::of(reply)?;
        let (at, until) = (parts.count()?, parts.count()?);
        Ok(Revoked {
            user: user.to_owned(),
            at: Duration::from_millis(at),
            until: Duration::from_millis(until),
        })
    }

    /// Users that were revoked since then.
    pub async fn revocations(&self, since: Duration) -> Result<Vec<Revoked>, Fault> {
        let mut command = cmd("ZRANGEBYSCORE");
        let since = u64::try_from(since.as_millis()).unwrap_or(0);
        command.arg(self.keys.one(REVOKED)).arg(since).arg("+inf").arg("WITHSCORES");
        let mut revoked = Vec::new();
        let mut parts = Parts::of(self.link.query(&command).await?)?.rest();
        while let Some(first) = parts.next() {
            // RESP3 has pairs where RESP2 has one after the other.
            let (text, at) = match first {
                redis::Value::Array(pair) => {
                    let mut pair = pair.into_iter();
                    (pair.next(), pair.next())
                }
                text => (Some(text), parts.next()),
            };
            let (Some(text), Some(at)) = (text, at) else { break };
            let text = String::from_utf8_lossy(&bytes(text)?).into_owned();
            let at = match at {
                redis::Value::Double(at) => Duration::try_from_secs_f64(at / 1000.0),
                at => Ok(Duration::from_millis(u64::try_from(number(&at)?).unwrap_or(0))),
            };
            let at = at.map_err(|_| strange(&redis::Value::Nil))?;
            revoked.extend(read_revoked(at, &text));
        }
        Ok(revoked)
    }

    /// Says who is in a channel here; nothing for nobody.
    pub async fn present(&self, channel: &str, who: &str) -> Result<(), Fault> {
        let key = self.keys.one(&format!("present:{}", Self::escaped(channel)));
        let args = Args::default().with(self.process()).with(who).with_ms(HOLDS);
        PRESENT.run(&self.link, &[&key], args).await.map(drop)
    }

    /// What each process says of who is in a channel.
    pub async fn presence(&self, channel: &str) -> Result<Vec<(String, String)>, Fault> {
        let key = self.keys.one(&format!("present:{}", Self::escaped(channel)));
        let reply = PRESENCE.run(&self.link, &[&key], Args::default().with_ms(HOLDS)).await?;
        let mut said = Vec::new();
        let mut parts = Parts::of(reply)?.rest();
        let text = |value| bytes(value).map(|text| String::from_utf8_lossy(&text).into_owned());
        while let (Some(process), Some(who)) = (parts.next(), parts.next()) {
            said.push((text(process)?, text(who)?));
        }
        Ok(said)
    }

    /// Whether this process is the one that brings plain messages in; for so long, unless it asks again.
    pub async fn hold_bridge(&self, holds: Duration) -> Result<bool, Fault> {
        let key = self.keys.one(BRIDGE);
        let holds = u64::try_from(holds.as_millis()).unwrap_or(1);
        let mut set = cmd("SET");
        set.arg(&key).arg(self.process()).arg("NX").arg("PX").arg(holds);
        if self.link.query(&set).await? != redis::Value::Nil {
            return Ok(true);
        }
        let args = Args::default().with(self.process()).with(self.process()).with(holds);
        let renewed = super::script::REPLACE.run(&self.link, &[&key], args).await?;
        Ok(number(&renewed)? == 1)
    }

    fn escaped(channel: &str) -> String {
        super::keys::escaped(channel)
    }
}

/// Reads what rings when somebody is revoked: `revoke at until user`.
#[must_use]
pub fn hear_revoked(text: &str) -> Option<Revoked> {
    let (at, text) = text.strip_prefix("revoke ")?.split_once(' ')?;
    read_revoked(Duration::from_millis(at.parse().ok()?), text)
}

fn read_revoked(at: Duration, text: &str) -> Option<Revoked> {
    let (until, user) = text.split_once(' ')?;
    let until = Duration::from_millis(until.parse().ok()?);
    Some(Revoked { user: user.to_owned(), at, until })
}

//! Small values on Redis.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Value, cmd};

use super::fault::Fault;
use super::keys::Keys;
use super::link::Link;
use super::reply::{bytes, number};
use super::script::{Args, REPLACE};
use crate::log::{Lifetime, Pending, Store, StoreError};

/// Keeps values on Redis; its clock is Redis's.
#[derive(Debug)]
pub struct RedisStore {
    link: Arc<Link>,
    keys: Keys,
}

impl RedisStore {
    /// Over these connections; another prefix is another store.
    #[must_use]
    pub fn new(link: Arc<Link>, prefix: &str) -> Self {
        Self { link, keys: Keys::new(prefix, "store", "") }
    }

    async fn ask(&self, command: &Cmd) -> Result<Value, Fault> {
        self.link.up().await?;
        self.link.query(command).await
    }

    fn put(&self, key: &str, value: String, lifetime: Lifetime) -> Cmd {
        let mut command = cmd("SET");
        command.arg(self.keys.value(key)).arg(value);
        if let Some(lifetime) = lifetime {
            command.arg("PX").arg(milliseconds(lifetime));
        }
        command
    }
}

/// Redis knows no shorter life.
fn milliseconds(lifetime: Duration) -> u64 {
    u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 53)
}

fn text(value: Value) -> Result<Option<String>, Fault> {
    match value {
        Value::Nil => Ok(None),
        value => {
            let text = String::from_utf8(bytes(value)?);
            Ok(Some(text.map_err(|_| super::reply::strange(&Value::Nil))?))
        }
    }
}

impl Store for RedisStore {
    fn get<'a>(&'a self, key: &'a str, _: Duration) -> Pending<'a, Option<String>, StoreError> {
        Box::pin(async move { Ok(text(self.ask(cmd("GET").arg(self.keys.value(key))).await?)?) })
    }

    fn set<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        _: Duration,
    ) -> Pending<'a, (), StoreError> {
        Box::pin(async move {
            self.ask(&self.put(key, value, lifetime)).await?;
            Ok(())
        })
    }

    fn set_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        _: Duration,
    ) -> Pending<'a, bool, StoreError> {
        Box::pin(async move {
            let reply = self.ask(self.put(key, value, lifetime).arg("NX")).await?;
            Ok(reply != Value::Nil)
        })
    }

    fn take<'a>(&'a self, key: &'a str, _: Duration) -> Pending<'a, Option<String>, StoreError> {
        Box::pin(async move { Ok(text(self.ask(cmd("GETDEL").arg(self.keys.value(key))).await?)?) })
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        old: &'a str,
        new: String,
        lifetime: Lifetime,
        _: Duration,
    ) -> Pending<'a, bool, StoreError> {
        Box::pin(async move {
            self.link.up().await?;
            let key = self.keys.value(key);
            let lifetime = lifetime.map_or(0, milliseconds);
            let args = Args::default().with(old).with(new).with(lifetime);
            Ok(number(&REPLACE.run(&self.link, &[&key], args).await?)? == 1)
        })
    }

    fn remove<'a>(&'a self, key: &'a str, _: Duration) -> Pending<'a, bool, StoreError> {
        Box::pin(
            async move { Ok(number(&self.ask(cmd("DEL").arg(self.keys.value(key))).await?)? == 1) },
        )
    }
}

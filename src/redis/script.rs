//! What Redis does in one step.

use std::sync::LazyLock;

use redis::{Cmd, ErrorKind, Script as Source, ServerErrorKind, ToRedisArgs, Value, cmd};

use super::fault::Fault;
use super::link::Link;

/// A script, known to Redis by the hash of its text.
pub struct Script {
    text: &'static str,
    source: Source,
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident: $file:literal,)*) => {
        $($(#[$doc])* pub static $name: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!(concat!("scripts/", $file))));)*
    };
}

scripts! {
    /// Takes a run for its producer.
    ACQUIRE: "acquire.lua",
    /// Appends entries to a run.
    APPEND: "append.lua",
    /// Keeps a run for another lease.
    RENEW: "renew.lua",
    /// Writes the metadata of a run again.
    RESTORE: "restore.lua",
    /// Ends a run.
    FINISH: "finish.lua",
    /// Says where a run stands.
    WATCH: "watch.lua",
    /// Puts a value in the place of another.
    REPLACE: "replace.lua",
    /// Appends an event to a channel.
    PUBLISH: "publish.lua",
    /// Says where a channel stands.
    HEAD: "head.lua",
    /// Says who is in a channel at one process.
    PRESENT: "present.lua",
    /// Asks who is in a channel.
    PRESENCE: "presence.lua",
    /// Revokes a user.
    REVOKE: "revoke.lua",
    /// Asks a producer to stop.
    STOP: "stop.lua",
}

impl Script {
    fn new(text: &'static str) -> Self {
        Self { text, source: Source::new(text) }
    }

    /// Runs it.
    pub async fn run(&self, link: &Link, keys: &[&str], args: Args) -> Result<Value, Fault> {
        let commands = link.commands().await?;
        let command = Self::command("EVALSHA", self.source.get_hash(), keys, &args);
        match commands.query(&command).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                // Redis began anew, or is another one: it learns the script as it runs it.
                let command = Self::command("EVAL", self.text, keys, &args);
                commands.query(&command).await.map_err(|error| link.failed(error))
            }
            reply => reply.map_err(|error| link.failed(error)),
        }
    }

    fn command(name: &str, source: &str, keys: &[&str], args: &Args) -> Cmd {
        let mut command = cmd(name);
        command.arg(source).arg(keys.len()).arg(keys);
        for arg in &args.0 {
            command.arg(&arg[..]);
        }
        command
    }
}

/// What a script is told.
#[derive(Clone, Debug, Default)]
pub struct Args(Vec<Vec<u8>>);

impl Args {
    /// One more.
    #[must_use]
    pub fn with(mut self, arg: impl ToRedisArgs) -> Self {
        self.0.extend(arg.to_redis_args());
        self
    }

    /// One more, in milliseconds.
    #[must_use]
    pub fn with_ms(self, time: std::time::Duration) -> Self {
        self.with(u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2))
    }

    /// One more: 1 or 0.
    #[must_use]
    pub fn with_flag(self, flag: bool) -> Self {
        self.with(u8::from(flag))
    }
}

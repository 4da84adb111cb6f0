//! What Redis is asked to do with one run, by its producer.

use std::sync::Arc;
use std::time::Duration;

use super::fault::Fault;
use super::keys::Names;
use super::link::Link;
use super::outbox::LARGEST_MESSAGE;
use super::reply::{Parts, number};
use super::script::{APPEND, Args, FINISH, RENEW, RESTORE};
use crate::log::{End, Entry, Generation, Token};

/// Commands of the producer of one run.
pub struct RunCommands {
    pub link: Arc<Link>,
    pub names: Names,
    pub token: Token,
    pub generation: Generation,
    pub lease: Duration,
    /// For how long the run is kept when it is over.
    pub retention: Duration,
    /// For how long it is kept while it is open, and nobody renews.
    pub ttl: Duration,
}

/// What Redis replies to a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has done it.
    Done {
        /// The last entry that it has.
        last: u64,
        /// A process asks for the end, where that is said: renewals say it, and a doorbell does.
        stops: bool,
        /// How long ago another process read the run, where that is said.
        seen: Option<Duration>,
    },
    /// It has no entry of this number, which is needed before the others.
    Hole(u64),
    /// It knows nothing of the run.
    Missing,
    /// The run is another's.
    Fenced,
}

impl RunCommands {
    /// Appends entries, of which this is the number of the first, and rings once for all.
    pub async fn append(&self, first: u64, entries: &[Arc<Entry>]) -> Result<Verdict, Fault> {
        let kind = entries.first().map_or("", |entry| entry.kind().name());
        let args = self.bell(self.producer()).await?.with(LARGEST_MESSAGE);
        let mut args = args.with(self.generation.as_str()).with_ms(self.ttl).with(kind).with(first);
        for entry in entries {
            args = args.with(entry.encode());
        }
        read(APPEND.run(&self.link, &self.keys(), args).await?)
    }

    /// Ends the run behind its last entry.
    pub async fn finish(&self, last: u64, end: &End) -> Result<Verdict, Fault> {
        let failure = match end {
            End::Failed(failure) => serde_json::to_string(failure).unwrap_or_default(),
            _ => String::new(),
        };
        let args = self.producer().with(last).with(end.status().name()).with(failure);
        let args = self.bell(args.with_ms(self.retention)).await?;
        read(FINISH.run(&self.link, &self.keys(), args).await?)
    }

    /// Keeps the run for another lease.
    pub async fn renew(&self) -> Result<Verdict, Fault> {
        let args = self.producer().with_ms(self.lease).with_ms(self.ttl);
        read(RENEW.run(&self.link, &self.keys(), args).await?)
    }

    /// Writes the metadata again that Redis lost; whether the run is still this producer's.
    pub async fn restore(&self) -> Result<bool, Fault> {
        let args = Args::default()
            .with(self.generation.as_str())
            .with(self.token.0)
            .with_ms(self.lease)
            .with_ms(self.ttl);
        Ok(number(&RESTORE.run(&self.link, &self.keys(), args).await?)? == 1)
    }

    fn producer(&self) -> Args {
        Args::default().with(self.token.0)
    }

    async fn bell(&self, args: Args) -> Result<Args, Fault> {
        Ok(args.with(&self.names.bell).with(self.link.publishes().await?))
    }

    fn keys(&self) -> [&str; 2] {
        [&self.names.meta, &self.names.entries]
    }
}

fn read(reply: redis::Value) -> Result<Verdict, Fault> {
    if let redis::Value::Int(last) = reply {
        let last = u64::try_from(last).unwrap_or(0);
        return Ok(Verdict::Done { last, stops: false, seen: None });
    }
    let mut parts = Parts::of(reply)?;
    Ok(match &*parts.text()? {
        "ok" => Verdict::Done {
            last: parts.count()?,
            stops: parts.number()? == 1,
            seen: u64::try_from(parts.number()?).ok().map(Duration::from_millis),
        },
        "hole" => Verdict::Hole(parts.count()?),
        "missing" => Verdict::Missing,
        _ => Verdict::Fenced,
    })
}

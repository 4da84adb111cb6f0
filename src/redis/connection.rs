//! A connection to Redis, to one server or to all of a cluster.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, PushInfo, RedisError, RedisResult, Value, cmd};
use tokio::sync::mpsc::UnboundedSender;

use super::address::Gate;
use super::cluster::Cluster;

/// A connection that many use at a time; its replies come in the order of the questions.
#[derive(Clone)]
pub enum Connection {
    /// To one server.
    Single(MultiplexedConnection),
    /// To all of a cluster; it follows slots that move, and comes back by itself.
    Cluster(Arc<Cluster>),
}

impl Gate {
    /// A connection; what the server says of its own accord goes to `pushes`.
    pub async fn connect(
        &self,
        pushes: UnboundedSender<PushInfo>,
        patience: Duration,
    ) -> RedisResult<Connection> {
        Ok(match self {
            Self::Single(client) => Connection::single(client, pushes, patience).await?,
            Self::Sentinel(sentinels) => {
                let client = sentinels.client(patience).await?;
                let master = Connection::single(&client, pushes, patience).await?;
                master.must_be_master().await?;
                master
            }
            Self::Cluster(seeds) => {
                let cluster = Cluster::connect(seeds.clone(), pushes, patience).await?;
                Connection::Cluster(Arc::new(cluster))
            }
        })
    }
}

impl Connection {
    async fn single(
        client: &Client,
        pushes: UnboundedSender<PushInfo>,
        patience: Duration,
    ) -> RedisResult<Self> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience))
            .set_push_sender(pushes);
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Self::Single(connection.await?))
    }

    /// Sentinels may know late that another has taken over.
    async fn must_be_master(&self) -> RedisResult<()> {
        let role = self.query(&cmd("ROLE")).await?;
        let Value::Array(parts) = role else { return Ok(()) };
        match parts.first() {
            Some(Value::BulkString(role)) if role != b"master" => {
                Err(std::io::Error::other("the sentinels name a server that is no master").into())
            }
            _ => Ok(()),
        }
    }

    /// Asks one thing.
    pub async fn query(&self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Single(connection) => {
                connection.clone().send_packed_command(command).await?.extract_error()
            }
            Self::Cluster(cluster) => cluster.query(command).await,
        }
    }

    /// Whether the messages of Pub/Sub stay in their slot.
    pub const fn is_sharded(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    /// From now on messages of these names arrive. Where one fails, the others are tried all the same.
    pub async fn subscribe(&self, names: &[&str]) -> RedisResult<()> {
        let command = if self.is_sharded() { "SSUBSCRIBE" } else { "SUBSCRIBE" };
        let subscribed = names.iter().map(|name| async move {
            let mut command = cmd(command);
            self.query(command.arg(*name)).await.map(drop)
        });
        join_all(subscribed).await.into_iter().collect::<Result<(), RedisError>>()
    }

    /// Not any more.
    pub async fn unsubscribe(&self, name: &str) -> RedisResult<()> {
        match self {
            Self::Single(_) => self.query(cmd("UNSUBSCRIBE").arg(name)).await.map(drop),
            Self::Cluster(cluster) => cluster.unsubscribe(name).await,
        }
    }

    /// Whether it is alive. That to a cluster sees to itself.
    pub async fn ping(&self) -> RedisResult<()> {
        match self {
            Self::Single(_) => self.query(&cmd("PING")).await.map(drop),
            Self::Cluster(cluster) => {
                cluster.ping().await;
                Ok(())
            }
        }
    }

    /// What time it is there, in milliseconds since 1970.
    pub async fn time(&self) -> RedisResult<u64> {
        let (seconds, micros): (u64, u64) =
            redis::from_redis_value(self.query(&cmd("TIME")).await?)?;
        Ok(seconds * 1000 + micros / 1000)
    }
}

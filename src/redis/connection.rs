//! A connection to Redis, to one server or to all of a cluster.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Cmd, PushInfo, RedisResult, Value, cmd};
use tokio::sync::mpsc::UnboundedSender;

use super::address::Gate;

/// A connection that many use at a time; its replies come in the order of the questions.
#[derive(Clone)]
pub enum Connection {
    /// To one server.
    Single(MultiplexedConnection),
    /// To all of a cluster; it follows slots that move, and comes back by itself.
    Cluster(ClusterConnection),
}

impl Gate {
    /// A connection; what the server says of its own accord goes to `pushes`.
    pub async fn connect(
        &mut self,
        pushes: UnboundedSender<PushInfo>,
        patience: Duration,
    ) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            .set_response_timeout(Some(patience))
            .set_push_sender(pushes.clone());
        Ok(match self {
            Self::Single(client) => Connection::Single(
                client.get_multiplexed_async_connection_with_config(&config).await?,
            ),
            Self::Sentinel(sentinel) => Connection::Single(
                sentinel
                    .async_get_client()
                    .await?
                    .get_multiplexed_async_connection_with_config(&config)
                    .await?,
            ),
            Self::Cluster(address) => Connection::Cluster(
                address.cluster()?.push_sender(pushes).build()?.get_async_connection().await?,
            ),
        })
    }
}

impl Connection {
    /// Asks one thing.
    pub async fn query(&self, command: &Cmd) -> RedisResult<Value> {
        match self.clone() {
            Self::Single(mut connection) => {
                connection.req_packed_command(command).await?.extract_error()
            }
            Self::Cluster(mut connection) => {
                connection.req_packed_command(command).await?.extract_error()
            }
        }
    }

    /// Whether the messages of Pub/Sub stay in their slot.
    pub const fn is_sharded(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    /// From now on messages of these names arrive.
    pub async fn subscribe(&self, names: &[&str]) -> RedisResult<()> {
        match self.clone() {
            Self::Single(mut connection) => connection.subscribe(names).await,
            Self::Cluster(mut connection) => {
                // Each name has its own slot.
                for name in names {
                    connection.ssubscribe(*name).await?;
                }
                Ok(())
            }
        }
    }

    /// Not any more.
    pub async fn unsubscribe(&self, name: &str) -> RedisResult<()> {
        match self.clone() {
            Self::Single(mut connection) => connection.unsubscribe(name).await,
            Self::Cluster(mut connection) => connection.sunsubscribe(name).await,
        }
    }

    /// Whether it is alive.
    pub async fn ping(&self) -> RedisResult<()> {
        self.query(&cmd("PING")).await.map(drop)
    }

    /// What time it is there, in milliseconds since 1970.
    pub async fn time(&self) -> RedisResult<u64> {
        let (seconds, micros): (u64, u64) =
            redis::from_redis_value(self.query(&cmd("TIME")).await?)?;
        Ok(seconds * 1000 + micros / 1000)
    }
}

//! Asks sentinels where the master is.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, RedisError, RedisResult, Value, cmd,
};
use tokio::time::timeout;

use super::address::Certificates;
use super::slots::Node;

/// Servers that watch a master and its replicas.
pub struct Sentinels {
    /// Those who are asked.
    pub clients: Vec<Client>,
    /// What the master is called.
    pub name: String,
    /// How to get in at the master, wherever that is.
    pub master: ConnectionInfo,
    /// For TLS.
    pub certificates: Option<Certificates>,
}

impl Sentinels {
    /// What makes connections to the master, as the first sentinel says that replies.
    pub async fn client(&self, patience: Duration) -> RedisResult<Client> {
        let mut failure = RedisError::from((ErrorKind::Client, "there is no sentinel"));
        // One that does not reply must leave time for the others.
        let share = patience / u32::try_from(self.clients.len() + 1).unwrap_or(u32::MAX);
        for client in &self.clients {
            let silent =
                || std::io::Error::new(std::io::ErrorKind::TimedOut, "no sentinel replies");
            match timeout(share, self.ask(client)).await.unwrap_or_else(|_| Err(silent().into())) {
                Ok(node) => {
                    return super::address::client(&self.master, &node, self.certificates.as_ref());
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn ask(&self, client: &Client) -> RedisResult<Node> {
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let mut sentinel = client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut question = cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        let reply = sentinel.send_packed_command(&question).await?.extract_error()?;
        let Value::Array(parts) = reply else {
            return Err(std::io::Error::other("the sentinels know no master of this name").into());
        };
        let (host, port): (String, u16) = redis::from_redis_value(Value::Array(parts))?;
        Ok(Node { host: host.into(), port })
    }
}

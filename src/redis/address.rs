//! Where Redis is, and how to get in.

use std::fmt;
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion,
    RedisError, RedisResult, TlsCertificates, TlsMode,
};

/// How the servers stand to each other.
#[derive(Clone, PartialEq, Eq)]
pub enum Topology {
    /// One server.
    Single,
    /// Several, each with its slots.
    Cluster,
    /// The servers that are named know where the master of this name is.
    Sentinel {
        /// The name.
        master: String,
        /// Who the master is told it is.
        username: Option<String>,
        /// With what.
        password: Option<String>,
    },
}

/// Certificates in PEM, beside what the machine trusts.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Certificates {
    /// Whom to trust instead.
    pub ca: Option<String>,
    /// What to show, and its key.
    pub client: Option<(String, String)>,
}

/// Where Redis is, and how to get in.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// How the servers stand to each other.
    pub topology: Topology,
    /// Their URLs, with secrets.
    pub nodes: Vec<String>,
    /// For `rediss:`.
    pub certificates: Option<Certificates>,
    /// How long it may take to get in, and to get a reply.
    pub patience: Duration,
}

/// Without what the URLs hold.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

/// What makes connections.
pub enum Gate {
    /// To one server.
    Single(Box<Client>),
    /// To all servers of a cluster.
    Cluster(Box<Address>),
    /// To the one that is the master at that time.
    Sentinel(Box<SentinelClient>),
}

impl Address {
    /// What makes connections to it.
    ///
    /// # Errors
    ///
    /// Where a URL or a certificate is none.
    pub fn gate(&self) -> RedisResult<Gate> {
        Ok(match &self.topology {
            Topology::Single => Gate::Single(Box::new(self.client()?)),
            Topology::Cluster => {
                self.infos()?;
                Gate::Cluster(Box::new(self.clone()))
            }
            Topology::Sentinel { master, username, password } => Gate::Sentinel(Box::new(
                self.sentinel(master, username.as_deref(), password.as_deref())?,
            )),
        })
    }

    /// A builder for a cluster.
    pub(super) fn cluster(&self) -> RedisResult<redis::cluster::ClusterClientBuilder> {
        let builder = ClusterClient::builder(self.infos()?)
            .use_protocol(ProtocolVersion::RESP3)
            .connection_timeout(self.patience)
            .response_timeout(self.patience);
        Ok(match &self.certificates {
            Some(certificates) => builder.certs(certificates.parts()),
            None => builder,
        })
    }

    fn infos(&self) -> RedisResult<Vec<ConnectionInfo>> {
        self.nodes.iter().map(|node| info(node)).collect()
    }

    fn client(&self) -> RedisResult<Client> {
        let info = info(self.nodes.first().map_or("", String::as_str))?;
        match &self.certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.parts()),
            None => Client::open(info),
        }
    }

    fn sentinel(
        &self,
        master: &str,
        username: Option<&str>,
        password: Option<&str>,
    ) -> RedisResult<SentinelClient> {
        let infos = self.infos()?;
        let is_secure =
            |info: &ConnectionInfo| matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        let secure = infos.iter().any(is_secure);
        let own = infos.first().map(ConnectionInfo::redis_settings).cloned().unwrap_or_default();
        let addresses = infos.iter().map(|info| info.addr().clone());
        let mut builder =
            SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?
                .set_client_to_redis_protocol(ProtocolVersion::RESP3)
                .set_client_to_redis_db(own.db());
        if let Some(username) = own.username() {
            builder = builder.set_client_to_sentinel_username(username);
        }
        if let Some(password) = own.password() {
            builder = builder.set_client_to_sentinel_password(password);
        }
        if let Some(username) = username {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = password {
            builder = builder.set_client_to_redis_password(password);
        }
        if secure {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        if let Some(certificates) = &self.certificates {
            builder = builder
                .set_client_to_redis_certificates(certificates.parts())
                .set_client_to_sentinel_certificates(certificates.parts());
        }
        builder.build()
    }
}

impl Certificates {
    fn parts(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: self.client.as_ref().map(|(certificate, key)| ClientTlsConfig {
                client_cert: certificate.clone().into_bytes(),
                client_key: key.clone().into_bytes(),
            }),
            root_cert: self.ca.clone().map(String::into_bytes),
        }
    }
}

/// Doorbells need RESP3: they arrive on the connection of its own accord.
fn info(url: &str) -> Result<ConnectionInfo, RedisError> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings))
}

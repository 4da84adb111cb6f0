//! Where Redis is, and how to get in.

use std::fmt;
use std::time::Duration;

use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion,
    RedisError, RedisResult, TlsCertificates,
};

use super::sentinel::Sentinels;
use super::slots::Node;

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
    Cluster(Seeds),
    /// To the one that is the master at that time.
    Sentinel(Box<Sentinels>),
}

/// Servers of a cluster, and how to get in at all of it.
#[derive(Clone)]
pub struct Seeds {
    infos: Vec<ConnectionInfo>,
    certificates: Option<Certificates>,
}

impl Address {
    /// What makes connections to it.
    ///
    /// # Errors
    ///
    /// Where a URL or a certificate is none.
    pub fn gate(&self) -> RedisResult<Gate> {
        let infos: Vec<ConnectionInfo> =
            self.nodes.iter().map(|node| info(node)).collect::<Result<_, _>>()?;
        let clients = infos.iter().map(|info| {
            // Neither a cluster nor a sentinel has more than the first database.
            let db = if self.topology == Topology::Single { info.redis_settings().db() } else { 0 };
            let settings = info.redis_settings().clone().set_db(db);
            open(info.clone().set_redis_settings(settings), self.certificates.as_ref())
        });
        let clients: Vec<Client> = clients.collect::<Result<_, _>>()?;
        let none = || RedisError::from(std::io::Error::other("there is no URL"));
        let first = infos.first().cloned().ok_or_else(none)?;
        let certificates = self.certificates.clone();
        Ok(match &self.topology {
            Topology::Single => {
                Gate::Single(Box::new(clients.into_iter().next().ok_or_else(none)?))
            }
            Topology::Cluster => Gate::Cluster(Seeds { infos, certificates }),
            Topology::Sentinel { master, username, password } => {
                let mut settings = redis::RedisConnectionInfo::default()
                    .set_protocol(ProtocolVersion::RESP3)
                    .set_db(first.redis_settings().db());
                if let Some(username) = username {
                    settings = settings.set_username(username);
                }
                if let Some(password) = password {
                    settings = settings.set_password(password);
                }
                Gate::Sentinel(Box::new(Sentinels {
                    clients,
                    name: master.clone(),
                    master: first.set_redis_settings(settings),
                    certificates,
                }))
            }
        })
    }
}

impl Seeds {
    /// The servers that are named.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.infos.iter().filter_map(|info| match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Some(Node { host: host.as_str().into(), port: *port })
            }
            _ => None,
        })
    }

    /// What makes connections to one server: all let in who the first that is named lets in.
    pub fn client(&self, node: &Node) -> RedisResult<Client> {
        let first = self.infos.first().ok_or_else(|| std::io::Error::other("there is no URL"))?;
        client(first, node, self.certificates.as_ref())
    }
}

/// What makes connections to another server, as to this one.
pub fn client(
    like: &ConnectionInfo,
    node: &Node,
    certificates: Option<&Certificates>,
) -> RedisResult<Client> {
    let (host, port) = (node.host.to_string(), node.port);
    let addr = match like.addr() {
        ConnectionAddr::TcpTls { insecure, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: None }
        }
        _ => ConnectionAddr::Tcp(host, port),
    };
    open(like.clone().set_addr(addr), certificates)
}

fn open(info: ConnectionInfo, certificates: Option<&Certificates>) -> RedisResult<Client> {
    match certificates {
        Some(certificates) => Client::build_with_tls(info, certificates.parts()),
        None => Client::open(info),
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

//! Connections: to a server or its proxy, over TCP, through tunnels, in TLS.
#![forbid(unsafe_code)]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;
use url::Url;

use super::cause::Unreachable;
use super::http1::tunnel;
use super::proxy::{Access, ProxyUrl};
use super::request::Tls;
use super::resolve::{Resolver, Shared};
use super::{roots, tls};
use crate::error::{Error, Source};

/// How many TLS configurations are kept, each with its roots and the sessions it can resume. Two serve
/// all that is default TLS; the rest is for callers with certificates of their own.
const CONFIGS: usize = 32;

/// A peer that is gone without a word is noticed after about a minute, long before an idle
/// timeout sized for slow models: the first probe after 30 s of silence, then three, 10 s apart.
pub(super) const PROBE_AFTER: Duration = Duration::from_secs(30);
const PROBE_EVERY: Duration = Duration::from_secs(10);
const PROBES: u32 = 3;
/// The same for what was sent: while it is not acknowledged, the system does not probe.
#[cfg(target_os = "linux")]
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(60);

/// What a stream may have on its way that is not read: as much as with HTTP/2, enough for 2.5 MB/s at
/// 100 ms of latency. Left to itself, Linux begins with a quarter, with which a fast server and we mostly
/// wait for each other, and lets it grow to megabytes, which each stream that is paused would fill.
const RECEIVED: usize = 256 * 1024;

/// A server, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Peer {
    pub(super) origin: String,
    /// None without TLS: no roots are read for it.
    pub(super) tls: Option<Tls>,
    pub(super) proxy: Option<ProxyUrl>,
}

impl Peer {
    pub(super) fn new(url: &Url, tls: &Tls, proxy: Option<ProxyUrl>) -> Self {
        let secure = url.scheme() == "https" || proxy.as_ref().is_some_and(ProxyUrl::is_secure);
        let origin = url.origin().ascii_serialization();
        Self { origin, tls: secure.then(|| tls.clone()), proxy }
    }

    pub(super) fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// The proxy that gets requests whole, if there is one.
    pub(super) fn forwarder(&self) -> Option<&ProxyUrl> {
        self.proxy.as_ref().filter(|proxy| proxy.takes_requests() && !self.is_secure())
    }
}

/// What a connection needs of TLS.
#[derive(Clone, Default)]
pub(super) struct Configs {
    /// With the server itself.
    server: Option<Arc<ClientConfig>>,
    /// With its proxy.
    proxy: Option<Arc<ClientConfig>>,
}

/// What TLS negotiates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocols {
    Http1,
    /// HTTP/2 if the server has it.
    Http2,
}

impl Protocols {
    const fn names(self) -> &'static [&'static [u8]] {
        match self {
            Self::Http1 => &[b"http/1.1"],
            Self::Http2 => &[b"h2", b"http/1.1"],
        }
    }
}

/// A byte stream to a server.
pub(super) type Socket = Box<dyn Stream>;

/// What a socket can do.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// A connection that was made.
pub(super) struct Connected {
    pub(super) socket: Socket,
    /// TLS agreed on HTTP/2.
    pub(super) http2: bool,
}

type Tcp = HttpConnector<Shared>;

/// Makes connections.
pub(super) struct Connector {
    tcp: Tcp,
    resolver: Arc<Resolver>,
    /// Most recently used first.
    configs: Mutex<Vec<(Key, Arc<ClientConfig>)>>,
}

type Key = (Tls, Protocols);

impl Connector {
    pub(super) fn new(resolver: Resolver) -> Self {
        let resolver = Arc::new(resolver);
        let mut tcp = HttpConnector::new_with_resolver(Shared(Arc::clone(&resolver)));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_recv_buffer_size(Some(RECEIVED));
        tcp.set_keepalive(Some(PROBE_AFTER));
        tcp.set_keepalive_interval(Some(PROBE_EVERY));
        tcp.set_keepalive_retries(Some(PROBES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(ACKNOWLEDGED_WITHIN));
        Self { tcp, resolver, configs: Mutex::default() }
    }

    /// The TLS configurations for this peer, which may be wrong in themselves.
    pub(super) async fn prepare(
        &self,
        peer: &Peer,
        protocols: Protocols,
    ) -> Result<Configs, Error> {
        let Some(tls) = &peer.tls else { return Ok(Configs::default()) };
        let mut configs = Configs::default();
        if peer.is_secure() {
            configs.server = Some(self.config(tls, protocols).await?);
        }
        if peer.proxy.as_ref().is_some_and(ProxyUrl::is_secure) {
            configs.proxy = Some(self.config(&tls.for_strangers(), Protocols::Http1).await?);
        }
        Ok(configs)
    }

    async fn config(&self, tls: &Tls, protocols: Protocols) -> Result<Arc<ClientConfig>, Error> {
        let key = (tls.clone(), protocols);
        if let Some(config) = self.cached(&key) {
            return Ok(config);
        }
        let roots = if tls.insecure {
            RootCertStore::empty()
        } else {
            RootCertStore::clone(&*roots::shared().await)
        };
        let mut config = tls::config(tls, roots)?;
        config.alpn_protocols = protocols.names().iter().map(|name| name.to_vec()).collect();
        // Someone else may have made one meanwhile; then that one has the sessions.
        if let Some(config) = self.cached(&key) {
            return Ok(config);
        }
        let config = Arc::new(config);
        let mut kept = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, (key, Arc::clone(&config)));
        kept.truncate(CONFIGS);
        Ok(config)
    }

    fn cached(&self, wanted: &Key) -> Option<Arc<ClientConfig>> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        let found = configs.iter().position(|(key, _)| key == wanted)?;
        configs[..=found].rotate_right(1);
        configs.first().map(|(_, config)| Arc::clone(config))
    }

    /// Connects to `peer`.
    pub(super) async fn connect(&self, peer: &Peer, configs: Configs) -> Result<Connected, Source> {
        let server: Uri = peer.origin.parse()?;
        let socket = match peer.proxy.as_ref().map(ProxyUrl::access).transpose()? {
            None => self.reach(&server, None).await?,
            Some(access) if peer.forwarder().is_some() => {
                let socket = self.reach(&access.uri, configs.proxy).await?;
                return Ok(Connected { socket, http2: false });
            }
            Some(Access { uri, basic, login: None }) if !is_socks(&uri) => {
                let socket = self.reach(&uri, configs.proxy).await.map_err(Unreachable)?;
                let authority = format!(
                    "{}:{}",
                    server.host().unwrap_or_default(),
                    server.port_u16().unwrap_or(443)
                );
                tunnel(socket, &authority, basic.as_ref()).await?
            }
            Some(Access { uri, login, .. }) => {
                let by_name = uri.scheme_str() == Some("socks5h");
                let goal = self.goal(&server, by_name).await?;
                let socks = SocksV5::new(uri, self.tcp.clone());
                let mut socks = match login {
                    Some((user, password)) => socks.with_auth(user, password),
                    None => socks,
                };
                Box::new(socks.call(goal).await?.into_inner())
            }
        };
        finish(socket, &server, configs.server).await
    }

    /// Connects over TCP; in TLS, if a proxy is to be spoken to so.
    async fn reach(&self, to: &Uri, config: Option<Arc<ClientConfig>>) -> Result<Socket, Source> {
        let socket = self.tcp.clone().call(to.clone()).await?.into_inner();
        Ok(match config {
            Some(config) => Box::new(Box::pin(secure(socket, to, config)).await?),
            None => Box::new(socket),
        })
    }

    /// The server as SOCKS is told of it: always with a port, for which hyper-util would take 443, and
    /// by its first address if the proxy is not to know its name.
    async fn goal(&self, server: &Uri, by_name: bool) -> Result<Uri, Source> {
        let scheme = server.scheme_str().unwrap_or("http");
        let port = server.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let host = server.host().unwrap_or_default();
        if !by_name && bare(host).parse::<IpAddr>().is_err() {
            let addresses = self.resolver.addresses(host).await?;
            if let Some(address) = addresses.first() {
                let address = SocketAddr::new(address.ip(), port);
                return Ok(format!("{scheme}://{address}").parse()?);
            }
        }
        Ok(format!("{scheme}://{host}:{port}").parse()?)
    }
}

fn is_socks(proxy: &Uri) -> bool {
    proxy.scheme_str().is_some_and(|scheme| scheme.starts_with("socks"))
}

/// Goes on in TLS, if that is what the server speaks.
async fn finish(
    socket: Socket,
    server: &Uri,
    config: Option<Arc<ClientConfig>>,
) -> Result<Connected, Source> {
    let Some(config) = config else { return Ok(Connected { socket, http2: false }) };
    let socket = Box::pin(secure(socket, server, config)).await?;
    let http2 = socket.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Connected { socket: Box::new(socket), http2 })
}

async fn secure<S>(socket: S, server: &Uri, config: Arc<ClientConfig>) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let host = bare(server.host().unwrap_or_default()).to_owned();
    let name = ServerName::try_from(host)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    TlsConnector::from(config).connect(name, socket).await
}

/// A host without the brackets that an IPv6 address has in a URL.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

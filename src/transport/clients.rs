//! The reqwest clients behind a transport: which one a request uses, and how they are made.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::lanes::{Lanes, Lease, Peer};
use super::proxy::{Proxy, ProxyUrl};
use super::request::Tls;
use super::resolve::Resolver;
use super::{roots, tls};
use crate::error::{Error, Kind, Phase};

/// How many HTTP/1.1 clients are kept. Four serve all that is plain or default TLS; the rest is for
/// callers with certificates or proxies of their own. Streams of an evicted client live on.
const CLIENTS: usize = 32;

/// How long an unused connection is kept. Node's servers close theirs after 5 s; staying below
/// makes it rare that a request is written just as its server hangs up. TLS sessions are resumed,
/// so a connection made later is cheap.
const IDLE: Duration = Duration::from_secs(4);

/// The same for requests that must not be repeated, for which that moment is an error to the caller.
/// The shortest time that servers in use keep a connection is 2 s (gunicorn); a sequence of calls
/// still shares one connection.
const IDLE_UNREPEATABLE: Duration = Duration::from_secs(1);

/// When a storm of streams ends at once, this many connections to one host wait for the next.
const IDLE_PER_HOST: usize = 32;

/// A peer that is gone without a word is noticed after about a minute, long before an idle
/// timeout sized for slow models: the first probe after 30 s of silence, then three, 10 s apart.
const PROBE_AFTER: Duration = Duration::from_secs(30);
const PROBE_EVERY: Duration = Duration::from_secs(10);
const PROBES: u32 = 3;

/// What a stream that is not read may have on its way: at 100 ms of latency enough for 2.5 MB/s,
/// more than any event stream, and little enough that 64 of them are no burden.
const STREAM_WINDOW: u32 = 256 * 1024;

/// All streams that a connection may carry can be paused, full, and one more still flows.
#[allow(clippy::cast_possible_truncation, reason = "65")]
const CONNECTION_WINDOW: u32 = (super::lanes::STREAMS as u32 + 1) * STREAM_WINDOW;

/// How long a ping may take, sent after [`PROBE_AFTER`] without a byte while a stream is open.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) struct Clients {
    resolver: Arc<Resolver>,
    lanes: Arc<Lanes>,
    /// HTTP/1.1; most recently used first.
    kept: Mutex<Vec<(Key, reqwest::Client)>>,
}

/// What tells one HTTP/1.1 client from another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// None where there is no TLS: no roots are read for it.
    tls: Option<Tls>,
    proxy: Option<ProxyUrl>,
    repeatable: bool,
}

/// The way to a server.
pub(super) struct Line {
    pub(super) client: reqwest::Client,
    pub(super) proxy: Option<ProxyUrl>,
    /// The place on an HTTP/2 connection.
    pub(super) lease: Option<Lease>,
}

impl Line {
    /// The proxy that gets requests to `target` whole.
    pub(super) fn forwarder(&self, target: &Url) -> Option<&ProxyUrl> {
        self.proxy.as_ref().filter(|proxy| proxy.forwards(target))
    }
}

impl Clients {
    pub(super) fn new(resolver: Resolver) -> Self {
        let resolver = Arc::new(resolver);
        Self { resolver, lanes: Arc::default(), kept: Mutex::default() }
    }

    /// The way for one request, made if it has to be.
    pub(super) async fn line(
        &self,
        repeatable: bool,
        url: &Url,
        tls: &Tls,
        proxy: &Proxy,
        http2: bool,
    ) -> Result<Line, Error> {
        if !["http", "https"].contains(&url.scheme()) {
            return Err(refuse("the url's scheme must be http or https"));
        }
        let proxy = proxy.on_the_way_to(url)?;
        let secure = url.scheme() == "https" || proxy.as_ref().is_some_and(ProxyUrl::is_secure);
        let tls = secure.then(|| tls.clone());
        if http2 {
            if proxy.as_ref().is_some_and(|proxy| proxy.forwards(url)) {
                return Err(refuse(
                    "an http proxy cannot carry http2 to an http: url; leave out http2 or the proxy",
                ));
            }
            let origin = url.origin().ascii_serialization();
            let peer = Peer { origin, tls, proxy };
            return self.lane(peer, repeatable).await;
        }
        self.plain(Key { tls, proxy, repeatable }).await
    }

    async fn lane(&self, peer: Peer, repeatable: bool) -> Result<Line, Error> {
        let Peer { tls, proxy, .. } = &peer;
        let (tls, proxy) = (tls.clone(), proxy.clone());
        let config = config(tls.as_ref(), &[b"h2", b"http/1.1"]).await?;
        // Nothing but TLS can negotiate.
        let known = peer.origin.starts_with("http:");
        let make = || {
            let builder = self.builder(config, proxy.as_ref())?;
            let builder = if known { builder.http2_prior_knowledge() } else { builder };
            // The pool would drop a connection that merely got no new stream for a while; the
            // lanes know which are unused.
            finish(builder.pool_idle_timeout(None))
        };
        match self.lanes.lease(&peer, make)? {
            Some((client, lease)) => Ok(Line { client, proxy, lease: Some(lease) }),
            None => self.plain(Key { tls, proxy, repeatable }).await,
        }
    }

    async fn plain(&self, key: Key) -> Result<Line, Error> {
        let line = |client| Line { client, proxy: key.proxy.clone(), lease: None };
        if let Some(client) = self.cached(&key) {
            return Ok(line(client));
        }
        let config = config(key.tls.as_ref(), &[b"http/1.1"]).await?;
        let idle = if key.repeatable { IDLE } else { IDLE_UNREPEATABLE };
        let builder = self.builder(config, key.proxy.as_ref())?;
        let made = finish(builder.http1_only().pool_idle_timeout(idle))?;
        // Someone else may have made one meanwhile; then that one has the connections.
        if let Some(client) = self.cached(&key) {
            return Ok(line(client));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, (key.clone(), made.clone()));
        kept.truncate(CLIENTS);
        Ok(line(made))
    }

    fn cached(&self, wanted: &Key) -> Option<reqwest::Client> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(key, _)| key == wanted)?;
        kept[..=found].rotate_right(1);
        kept.first().map(|(_, client)| client.clone())
    }

    /// Nothing is tuned for memory: reqwest leaves hyper's buffers at their defaults, a read buffer
    /// of 8 KiB that grows only under load, and an idle stream needs no other.
    fn builder(
        &self,
        config: ClientConfig,
        proxy: Option<&ProxyUrl>,
    ) -> Result<reqwest::ClientBuilder, Error> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .dns_resolver(Arc::clone(&self.resolver))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .tcp_nodelay(true)
            .tcp_keepalive(PROBE_AFTER)
            .tcp_keepalive_interval(PROBE_EVERY)
            .tcp_keepalive_retries(PROBES)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(PROBE_AFTER)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST);
        match proxy.map(ProxyUrl::setting) {
            None => Ok(builder),
            Some(Ok(proxy)) => Ok(builder.proxy(proxy)),
            // Not even as a source: it may quote the url.
            Some(Err(_)) => Err(refuse("the proxy's url cannot be used")),
        }
    }
}

/// The TLS configuration; without TLS one that is never used.
async fn config(tls: Option<&Tls>, protocols: &[&[u8]]) -> Result<ClientConfig, Error> {
    let roots = match tls {
        Some(tls) if !tls.insecure => RootCertStore::clone(&*roots::shared().await),
        _ => RootCertStore::empty(),
    };
    let mut config = tls::config(tls.unwrap_or(&Tls::default()), roots)?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

fn finish(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder.build().map_err(|error| {
        refuse("the http client cannot be set up").with_source(error.without_url())
    })
}

fn refuse(message: &str) -> Error {
    Error::new(Kind::Request, Phase::Prepare, message)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv6Addr, SocketAddr, TcpListener};

    use super::*;

    fn private(index: usize) -> Tls {
        // Different settings that need no certificate: white space around none.
        let ca = include_bytes!("../../__test__/support/tls/ca.pem");
        Tls { ca: Some([ca.as_slice(), &vec![b'\n'; index]].concat()), ..Tls::default() }
    }

    fn key(index: usize) -> Key {
        Key { tls: Some(private(index)), proxy: None, repeatable: true }
    }

    #[tokio::test]
    async fn clients_are_bounded_and_the_least_recently_used_goes() {
        let clients = Clients::new(Resolver::new());
        for index in 0..CLIENTS {
            clients.plain(key(index)).await.unwrap();
        }
        clients.plain(key(0)).await.unwrap();
        clients.plain(key(CLIENTS)).await.unwrap();
        assert_eq!(clients.kept.lock().unwrap().len(), CLIENTS);
        assert!(clients.cached(&key(0)).is_some());
        assert!(clients.cached(&key(1)).is_none());
        assert!(clients.cached(&key(2)).is_some());
    }

    #[tokio::test]
    async fn a_name_with_two_addresses_is_reached_at_the_one_that_listens() {
        let resolver = Resolver::with(|_| {
            Ok([SocketAddr::from((Ipv6Addr::LOCALHOST, 0)), SocketAddr::from(([127, 0, 0, 1], 0))]
                .into())
        });
        let clients = Clients::new(resolver);
        for address in ["[::1]:0", "127.0.0.1:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                assert_ne!(stream.read(&mut [0; 1024]).unwrap(), 0);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
            });
            let url: Url = format!("http://both.test:{port}/").parse().unwrap();
            let line =
                clients.line(true, &url, &Tls::default(), &Proxy::Never, false).await.unwrap();
            let answer = line.client.get(url).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{address}");
            server.join().unwrap();
        }
    }

    #[tokio::test]
    async fn http2_does_not_go_through_a_proxy_that_takes_requests_whole() {
        let clients = Clients::new(Resolver::new());
        let line = async |proxy: &str, url: &str| {
            let proxy = Proxy::Through(ProxyUrl::parse(proxy).unwrap());
            let url: Url = url.parse().unwrap();
            clients.line(true, &url, &Tls::default(), &proxy, true).await.map(drop)
        };
        let error = line("http://p", "http://a.test/").await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Request, Phase::Prepare));
        line("http://p", "https://a.test/").await.unwrap();
        line("socks5://p", "http://a.test/").await.unwrap();
    }
}

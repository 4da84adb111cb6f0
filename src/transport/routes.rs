//! The route to a server: which connection a request uses, and in which version of HTTP.
#![forbid(unsafe_code)]

use std::sync::Arc;

use http::Uri;
use hyper::client::conn::http2::SendRequest;
use tokio::sync::watch;
use url::Url;

use super::connect::{Configs, Connector, Peer, Protocols, Socket};
use super::http1::{self, Connection, Fault, Idle, Outgoing, Spares};
use super::http2_pool::{Http2Pool, Reservation};
use super::incoming::Arriving;
use super::proxy::{Proxy, ProxyUrl};
use super::redirect::Hop;
use super::request::Tls;
use super::resolve::Resolver;
use super::upload::{Progress, Upload};
use crate::error::{Error, Kind, Phase, Source};

/// All routes of a transport.
pub(super) struct Routes {
    connector: Arc<Connector>,
    idle: Idle,
    pool: Arc<Http2Pool>,
}

/// The route to one server, for one request.
pub(super) struct Route {
    peer: Peer,
    repeatable: bool,
    connector: Arc<Connector>,
    configs: Configs,
    spares: Arc<Spares>,
    /// Whether a connection is made for the request, or one used that waits.
    fresh: bool,
    /// The connection had waited, and broke before it answered.
    stale: bool,
    /// The place on an HTTP/2 connection, if it is to be one.
    pub(super) reservation: Option<Reservation>,
}

impl Routes {
    pub(super) fn new(resolver: Resolver) -> Self {
        let connector = Arc::new(Connector::new(resolver));
        Self { connector, idle: Idle::default(), pool: Arc::default() }
    }

    /// The route for one request, which may be repeated or not.
    pub(super) async fn route(
        &self,
        repeatable: bool,
        url: &Url,
        tls: &Tls,
        proxy: &Proxy,
        http2: bool,
    ) -> Result<Route, Error> {
        if !["http", "https"].contains(&url.scheme()) {
            return Err(refuse("the url's scheme must be http or https"));
        }
        let peer = Peer::new(url, tls, proxy.on_the_way_to(url)?);
        if http2 && peer.forwarder().is_some() {
            return Err(refuse(
                "an http proxy cannot carry http2 to an http: url; leave out http2 or the proxy",
            ));
        }
        let reservation = if http2 { self.pool.reserve(&peer) } else { None };
        let protocols = if reservation.is_some() { Protocols::Http2 } else { Protocols::Http1 };
        let connector = Arc::clone(&self.connector);
        let configs = connector.prepare(&peer, protocols).await?;
        let spares = self.idle.spares(&peer);
        Ok(Route {
            peer,
            repeatable,
            connector,
            configs,
            spares,
            fresh: false,
            stale: false,
            reservation,
        })
    }
}

impl Route {
    /// The proxy that gets requests whole.
    pub(super) fn forwarder(&self) -> Option<&ProxyUrl> {
        self.peer.forwarder()
    }

    pub(super) const fn is_proxied(&self) -> bool {
        self.peer.proxy.is_some()
    }

    /// Whether the connection had waited for a request, and broke before it answered.
    pub(super) const fn is_stale(&self) -> bool {
        self.stale
    }

    /// From now on a connection is made for the request.
    pub(super) const fn renew(&mut self) {
        self.fresh = true;
        self.stale = false;
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        hop: &Hop,
        progress: &watch::Sender<Progress>,
    ) -> Result<http::Response<Arriving>, Source> {
        let mut socket = None;
        if let Some(reservation) = &self.reservation {
            let Self { connector, peer, configs, .. } = self;
            // A server's goodbye is told only to the next request, which may go elsewhere then.
            for last in [false, true] {
                match Box::pin(reservation.sender(connector, peer, configs)).await? {
                    Negotiated::Http2(mut sender) => {
                        let request = http2_request(hop, progress)?;
                        match Box::pin(sender.try_send_request(request)).await {
                            Ok(answer) => return Ok(answer.map(Arriving::Http2)),
                            Err(mut failed) => {
                                if last || failed.take_message().is_none() {
                                    return Err(failed.into_error().into());
                                }
                            }
                        }
                    }
                    Negotiated::Http1(made) => {
                        socket = made;
                        break;
                    }
                }
            }
            self.reservation = None;
            if socket.is_none() {
                // Another of the server's machines might take HTTP/2.
                self.configs = self.connector.prepare(&self.peer, Protocols::Http1).await?;
            }
        }
        self.send_http1(hop, socket, progress).await
    }

    async fn send_http1(
        &mut self,
        hop: &Hop,
        socket: Option<Socket>,
        progress: &watch::Sender<Progress>,
    ) -> Result<http::Response<Arriving>, Source> {
        let waiting = || if self.fresh { None } else { self.spares.take(self.repeatable) };
        let made = socket.is_some();
        let there = socket.map(Connection::new).or_else(waiting);
        let waited = there.is_some() && !made;
        let connection = if let Some(connection) = there {
            connection
        } else {
            let _turn = self.spares.turn().await;
            // Boxed, and gone while the answer is waited for.
            let made = Box::pin(self.connector.connect(&self.peer, self.configs.clone()));
            Connection::new(made.await?.socket)
        };
        let outgoing = self.outgoing(hop)?;
        progress.send_replace(Progress::Writing);
        let sent = || _ = progress.send_replace(Progress::Sent);
        // Boxed: of a storm of streams, most wait for their turn.
        let answer = Box::pin(http1::ask(connection, outgoing, sent, Arc::clone(&self.spares)));
        let answer = answer.await;
        self.stale = waited && matches!(answer, Err(Fault::Closed | Fault::Io(_)));
        Ok(answer?.map(Arriving::Http1))
    }

    fn outgoing(&self, hop: &Hop) -> Result<Outgoing, Source> {
        let Hop { method, url, headers, body } = hop;
        let (method, body) = (method.clone(), body.clone().unwrap_or_default());
        Ok(match self.forwarder() {
            None => Outgoing::new(method, url, headers, body),
            Some(proxy) => {
                let basic = proxy.access()?.basic;
                Outgoing::forwarded(method, url, headers, body, basic.as_ref())
            }
        })
    }
}

fn http2_request(
    hop: &Hop,
    progress: &watch::Sender<Progress>,
) -> Result<http::Request<Upload>, Source> {
    let body = hop.body.clone().unwrap_or_default();
    let mut request = http::Request::new(Upload::new(body, progress.clone()));
    *request.method_mut() = hop.method.clone();
    *request.uri_mut() = hop.url.as_str().parse::<Uri>()?;
    *request.version_mut() = http::Version::HTTP_2;
    *request.headers_mut() = hop.headers.clone();
    Ok(request)
}

/// What a connection speaks that was made for HTTP/2.
pub(super) enum Negotiated {
    Http2(SendRequest<Upload>),
    /// The older version; with the connection, unless this was known before.
    Http1(Option<Socket>),
}

fn refuse(message: &str) -> Error {
    Error::new(Kind::Request, Phase::Prepare, message)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv6Addr, SocketAddr, TcpListener};

    use http::HeaderMap;

    use super::*;

    #[tokio::test]
    async fn a_name_with_two_addresses_is_reached_at_the_one_that_listens() {
        let resolver = Resolver::with(|_| {
            Ok([SocketAddr::from((Ipv6Addr::LOCALHOST, 0)), SocketAddr::from(([127, 0, 0, 1], 0))]
                .into())
        });
        let routes = Routes::new(resolver);
        for address in ["[::1]:0", "127.0.0.1:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                assert_ne!(stream.read(&mut [0; 1024]).unwrap(), 0);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
            });
            let url: Url = format!("http://both.test:{port}/").parse().unwrap();
            let route = routes.route(true, &url, &Tls::default(), &Proxy::Never, false).await;
            let hop = Hop { method: http::Method::GET, url, headers: HeaderMap::new(), body: None };
            let (progress, _) = watch::channel(Progress::Connecting);
            let answer = route.unwrap().send(&hop, &progress).await.unwrap();
            assert_eq!(answer.status(), 200, "{address}");
            server.join().unwrap();
        }
    }

    #[tokio::test]
    async fn http2_does_not_go_through_a_proxy_that_takes_requests_whole() {
        let routes = Routes::new(Resolver::new());
        let route = async |proxy: &str, url: &str| {
            let proxy = Proxy::Through(ProxyUrl::parse(proxy).unwrap());
            let url: Url = url.parse().unwrap();
            routes.route(true, &url, &Tls::default(), &proxy, true).await.map(drop)
        };
        let error = route("http://p", "http://a.test/").await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Request, Phase::Prepare));
        route("http://p", "https://a.test/").await.unwrap();
        route("socks5://p", "http://a.test/").await.unwrap();
    }
}

//! The HTTP transport: a few reqwest clients, and redirects by our own rules.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{AUTHORIZATION, LOCATION};
use rustls::RootCertStore;
use url::Url;

use super::exchange::{Clock, exchange};
use super::incoming::{Incoming, check_encoding};
use super::redirect::{self, Hop};
use super::request::{Request, Response, Tls, Transport};
use super::resolve::Resolver;
use super::{roots, tls};
use crate::error::{Error, Kind, Phase};

/// How many clients are kept. One serves every plain connection and one every default TLS one;
/// the rest is for callers with certificates of their own. Streams of an evicted client live on.
const CLIENTS: usize = 16;

/// How long an unused connection is kept. Node's servers close theirs after 5 s; staying below
/// makes it rare that a request is written just as its server hangs up, which a POST could not
/// repeat. TLS sessions are resumed, so a connection made later is cheap.
const IDLE: Duration = Duration::from_secs(4);

/// When a storm of streams ends at once, this many connections to one host wait for the next.
const IDLE_PER_HOST: usize = 32;

/// A peer that is gone without a word is noticed after about a minute, long before an idle
/// timeout sized for slow models: the first probe after 30 s of silence, then three, 10 s apart.
const PROBE_AFTER: Duration = Duration::from_secs(30);
const PROBE_EVERY: Duration = Duration::from_secs(10);
const PROBES: u32 = 3;

/// HTTP/1.1 over TCP and TLS, through the environment's proxies.
///
/// Clones share connections. Making one does nothing yet; it must be *used* inside a tokio runtime
/// with timers and I/O.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    resolver: Arc<Resolver>,
    /// Most recently used first.
    clients: Mutex<Vec<(Connections, reqwest::Client)>>,
}

/// What tells one reqwest client from another.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Connections {
    /// Without TLS: no roots are read for them.
    Plain,
    Secure(Tls),
}

impl Client {
    /// A transport without connections.
    pub fn new() -> Self {
        let resolver = Arc::new(Resolver::new());
        Self { shared: Arc::new(Shared { resolver, clients: Mutex::default() }) }
    }

    async fn dial(self, request: Request) -> Result<Response, Error> {
        let Request { method, url, headers, body, max_redirects, tls, .. } = request;
        let mut clock = Clock::new(request.connect_timeout, request.headers_timeout);
        let mut hop = Hop { method, url, headers, body };
        let mut client = self.shared.client(&hop.url, &tls).await?;
        authorize(&client, &mut hop)?;
        let mut followed = 0;
        // A server that turns a POST into a GET has acted on the POST.
        let mut acted = false;
        loop {
            let answer = exchange(&client, &hop, &mut clock).await;
            let answer = answer.map_err(|error| {
                let sent = acted || error.sent();
                error.with_sent(sent)
            })?;
            let status = answer.status();
            if !redirect::is_redirect(status) {
                return respond(answer, hop.url);
            }
            if followed == max_redirects {
                let message = format!("the server redirects more than {max_redirects} times");
                return Err(refuse(message));
            }
            followed += 1;
            let next = hop
                .follow(status, answer.headers().get(LOCATION))
                .map_err(|refused| refuse(refused.to_string()))?;
            acted |= next.method != hop.method;
            hop = next;
            // Not drained: hyper keeps the connection when the body came with the head, and
            // otherwise closes it, which is cheaper than waiting for a page that nobody reads.
            drop(answer);
            client = self.shared.client(&hop.url, &tls).await?;
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for Client {
    fn dial(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>> {
        Box::pin(self.clone().dial(request))
    }
}

impl Shared {
    async fn client(&self, url: &Url, tls: &Tls) -> Result<reqwest::Client, Error> {
        let wanted = match url.scheme() {
            "http" => Connections::Plain,
            "https" => Connections::Secure(tls.clone()),
            _ => {
                let message = "the url's scheme must be http or https";
                return Err(Error::new(Kind::Request, Phase::Prepare, message));
            }
        };
        if let Some(client) = self.cached(&wanted) {
            return Ok(client);
        }
        let config = match &wanted {
            Connections::Plain => tls::config(&Tls::default(), RootCertStore::empty())?,
            Connections::Secure(tls) if tls.insecure => tls::config(tls, RootCertStore::empty())?,
            Connections::Secure(tls) => {
                tls::config(tls, RootCertStore::clone(&*roots::shared().await))?
            }
        };
        let made = self.make(config)?;
        // Someone else may have made one meanwhile; then that one has the connections.
        if let Some(client) = self.cached(&wanted) {
            return Ok(client);
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(0, (wanted, made.clone()));
        clients.truncate(CLIENTS);
        Ok(made)
    }

    fn cached(&self, wanted: &Connections) -> Option<reqwest::Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let found = clients.iter().position(|(connections, _)| connections == wanted)?;
        clients[..=found].rotate_right(1);
        clients.first().map(|(_, client)| client.clone())
    }

    /// Nothing is tuned for memory: reqwest leaves hyper's buffers at their defaults, a read buffer
    /// of 8 KiB that grows only under load, and an idle stream needs no other.
    fn make(&self, config: rustls::ClientConfig) -> Result<reqwest::Client, Error> {
        reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .dns_resolver(Arc::clone(&self.resolver))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .tcp_nodelay(true)
            .tcp_keepalive(PROBE_AFTER)
            .tcp_keepalive_interval(PROBE_EVERY)
            .tcp_keepalive_retries(PROBES)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .build()
            .map_err(|error| {
                let message = "the http client cannot be set up";
                Error::new(Kind::Request, Phase::Prepare, message).with_source(error.without_url())
            })
    }
}

/// Moves a user name and password from the URL into `Authorization`, unless there is one: so the
/// URL may be shown, and the header follows the rules of redirects.
fn authorize(client: &reqwest::Client, hop: &mut Hop) -> Result<(), Error> {
    if hop.url.username().is_empty() && hop.url.password().is_none() {
        return Ok(());
    }
    let mut credentials = client.get(hop.url.clone()).build().map_err(|error| {
        let message = "the url cannot be requested";
        Error::new(Kind::Request, Phase::Prepare, message).with_source(error.without_url())
    })?;
    hop.url = credentials.url().clone();
    if let Some(value) = credentials.headers_mut().remove(AUTHORIZATION) {
        hop.headers.entry(AUTHORIZATION).or_insert(value);
    }
    Ok(())
}

/// The body of a refusal is worth less than its status, so only a success must be decodable.
fn respond(answer: reqwest::Response, url: Url) -> Result<Response, Error> {
    let (head, body) = http::Response::<reqwest::Body>::from(answer).into_parts();
    let body = match check_encoding(&head.headers) {
        Ok(()) => Incoming::new(body),
        Err(error) if head.status.is_success() => return Err(error),
        Err(_) => Incoming::nothing(),
    };
    Ok(Response { status: head.status, headers: head.headers, url, body: Box::new(body) })
}

fn refuse(message: String) -> Error {
    Error::new(Kind::Redirect, Phase::Response, message).with_sent(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(index: usize) -> Tls {
        // Different settings that need no certificate: white space around none.
        let ca = include_bytes!("../../__test__/support/tls/ca.pem");
        Tls { ca: Some([ca.as_slice(), &vec![b'\n'; index]].concat()), ..Tls::default() }
    }

    #[tokio::test]
    async fn clients_are_bounded_and_the_least_recently_used_goes() {
        let shared = Client::new().shared;
        let url: Url = "https://a.test/".parse().unwrap();
        for index in 0..CLIENTS {
            shared.client(&url, &private(index)).await.unwrap();
        }
        shared.client(&url, &private(0)).await.unwrap();
        shared.client(&url, &private(CLIENTS)).await.unwrap();
        assert_eq!(shared.clients.lock().unwrap().len(), CLIENTS);
        assert!(shared.cached(&Connections::Secure(private(0))).is_some());
        assert!(shared.cached(&Connections::Secure(private(1))).is_none());
        assert!(shared.cached(&Connections::Secure(private(2))).is_some());
    }

    #[tokio::test]
    async fn credentials_leave_the_url() {
        let url: Url = "http://us%20er:p%40ss@a.test/".parse().unwrap();
        let shared = Client::new().shared;
        let client = shared.client(&url, &Tls::default()).await.unwrap();
        let headers = http::HeaderMap::new();
        let mut hop = Hop { method: http::Method::GET, url, headers, body: None };
        authorize(&client, &mut hop).unwrap();
        assert_eq!(hop.url.as_str(), "http://a.test/");
        assert_eq!(hop.headers[AUTHORIZATION], "Basic dXMgZXI6cEBzcw==");
    }
}

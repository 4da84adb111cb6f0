//! The HTTP transport: requests through a few reqwest clients, and redirects by our own rules.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{AUTHORIZATION, LOCATION};
use http::{Method, StatusCode};
use url::Url;

use super::clients::{Clients, Line};
use super::exchange::{Clock, exchange};
use super::failure;
use super::incoming::{Incoming, check_encoding, decode};
use super::redirect::{self, Hop};
use super::request::{Request, Response, Transport};
use super::resolve::Resolver;
use crate::error::{Error, Kind, Phase};

/// HTTP/1.1 and HTTP/2, over TCP and TLS, directly and through proxies.
///
/// Clones share connections. Making one does nothing yet; it must be *used* inside a tokio runtime
/// with timers and I/O.
#[derive(Clone)]
pub struct Client {
    clients: Arc<Clients>,
}

impl Client {
    /// A transport without connections.
    pub fn new() -> Self {
        Self { clients: Arc::new(Clients::new(Resolver::new())) }
    }

    async fn dial(self, request: Request) -> Result<Response, Error> {
        let Request { method, url, headers, body, max_redirects, tls, proxy, http2, .. } = request;
        let repeatable = method == Method::GET || method == Method::HEAD;
        let line =
            async |hop: &Hop| self.clients.line(repeatable, &hop.url, &tls, &proxy, http2).await;
        let mut clock = Clock::new(request.connect_timeout, request.headers_timeout);
        let mut hop = Hop { method, url, headers, body };
        let mut way = line(&hop).await?;
        authorize(&way.client, &mut hop)?;
        let mut followed = 0;
        // A server that turns a POST into a GET has acted on the POST.
        let mut acted = false;
        loop {
            let answer = exchange(&mut way, &hop, &mut clock).await;
            let answer = answer.map_err(|error| {
                let sent = acted || error.sent();
                error.with_sent(sent)
            })?;
            let status = answer.status();
            if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
                && way.forwarder(&hop.url).is_some()
            {
                return Err(failure::unauthorized(answer.headers()));
            }
            if !redirect::is_redirect(status) {
                return respond(answer, hop.url, way).await;
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
            way = line(&hop).await?;
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
async fn respond(answer: reqwest::Response, url: Url, way: Line) -> Result<Response, Error> {
    let version = answer.version();
    let (head, body) = decode(answer.into()).await.into_parts();
    let body = match check_encoding(&head.headers) {
        Ok(()) => Incoming::new(body, version, way.lease),
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
    use crate::transport::{Proxy, Tls};

    #[tokio::test]
    async fn credentials_leave_the_url() {
        let url: Url = "http://us%20er:p%40ss@a.test/".parse().unwrap();
        let (clients, tls) = (Clients::new(Resolver::new()), Tls::default());
        let line = clients.line(true, &url, &tls, &Proxy::Never, false).await.unwrap();
        let headers = http::HeaderMap::new();
        let mut hop = Hop { method: Method::GET, url, headers, body: None };
        authorize(&line.client, &mut hop).unwrap();
        assert_eq!(hop.url.as_str(), "http://a.test/");
        assert_eq!(hop.headers[AUTHORIZATION], "Basic dXMgZXI6cEBzcw==");
    }
}

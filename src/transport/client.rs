//! The HTTP transport: one request after the other along a chain of redirects.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

use super::coding::{ENCODINGS, take_codings};
use super::exchange::{Clock, exchange};
use super::failure;
use super::http2_pool::Reservation;
use super::incoming::{Arriving, Decoded, Incoming};
use super::redirect::{self, Hop};
use super::request::{Request, Response, Transport};
use super::resolve::Resolver;
use super::routes::Routes;
use crate::error::{Error, Kind, Phase};

/// HTTP/1.1 and HTTP/2, over TCP and TLS, directly and through proxies.
///
/// Clones share connections. Making one does nothing yet; it must be *used* inside a tokio runtime
/// with timers and I/O.
#[derive(Clone)]
pub struct Client {
    routes: Arc<Routes>,
}

impl Client {
    /// A transport without connections.
    pub fn new() -> Self {
        Self { routes: Arc::new(Routes::new(Resolver::new())) }
    }

    /// What it takes is boxed: it would have room for it twice, and a storm of streams dials at once.
    async fn dial(self, mut request: Box<Request>) -> Result<Response, Error> {
        let mut clock = Clock::new(request.connect_timeout, request.headers_timeout);
        let repeatable = request.method == Method::GET || request.method == Method::HEAD;
        let mut hop = Box::new(Hop {
            method: std::mem::take(&mut request.method),
            url: request.url.clone(),
            headers: std::mem::take(&mut request.headers),
            body: request.body.take(),
        });
        hop.authorize();
        take_over(&mut hop.headers);
        let mut followed = 0;
        // A server that turns a POST into a GET has acted on the POST.
        let mut acted = false;
        loop {
            let Request { tls, proxy, http2, .. } = &*request;
            let route = self.routes.route(repeatable, &hop.url, tls, proxy, *http2);
            let mut route = Box::new(Box::pin(route).await?);
            let answer = exchange(&mut route, &hop, &mut clock, repeatable && !acted).await;
            let answer = answer.map_err(|error| {
                let sent = acted || error.sent();
                error.with_sent(sent)
            })?;
            let status = answer.status();
            if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED && route.forwarder().is_some() {
                return Err(failure::unauthorized(answer.headers(), String::new()));
            }
            if !redirect::is_redirect(status) {
                return respond(answer, hop.url, route.reservation);
            }
            let most = request.max_redirects;
            if followed == most {
                let message = format!("the server redirects more than {most} times");
                return Err(refuse(message));
            }
            followed += 1;
            let next = hop
                .follow(status, answer.headers().get(LOCATION))
                .map_err(|refused| refuse(refused.to_string()))?;
            acted |= next.method != hop.method;
            if next.url.origin() != hop.url.origin() {
                // For the rest of the chain: like a header, it does not come back with the origin.
                request.tls = request.tls.for_strangers();
            }
            *hop = next;
            // Not drained: the connection is kept when the body came with the head, and otherwise
            // closed, which is cheaper than waiting for a page that is not read.
            drop(answer);
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
        Box::pin(self.clone().dial(Box::new(request)))
    }
}

/// Framing is the transport's: a length of the caller's own could smuggle a second request. So is
/// the coding, unless the caller says what to accept.
fn take_over(headers: &mut HeaderMap) {
    headers.remove(TRANSFER_ENCODING);
    headers.remove(CONTENT_LENGTH);
    headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ENCODINGS));
}

/// The body of a refusal is worth less than its status, so only a success must be decodable.
fn respond(
    answer: http::Response<Arriving>,
    url: Url,
    reservation: Option<Reservation>,
) -> Result<Response, Error> {
    let (mut head, body) = answer.into_parts();
    let body = match take_codings(&mut head.headers) {
        Ok(codings) => Incoming::new(Decoded::new(body, &codings), reservation),
        Err(error) if head.status.is_success() => return Err(error),
        Err(_) => Incoming::nothing(),
    };
    Ok(Response { status: head.status, headers: head.headers, url, body: Box::new(body) })
}

fn refuse(message: String) -> Error {
    Error::new(Kind::Redirect, Phase::Response, message).with_sent(true)
}

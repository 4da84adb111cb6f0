//! What a request is answered with.
#![forbid(unsafe_code)]

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use super::client::Client;
use super::cors::{METHODS, Origins};
use super::options::{Options, Site};
use super::path::{Parameters, of_query};
use super::question::Questions;
use super::seat::Seat;
use super::sockets::Sockets;
use crate::delivery::Mailbox;

/// Where a ticket stands.
const TICKET: [&str; 1] = ["ticket"];

/// What a request is answered with.
#[derive(Debug)]
pub enum Answer {
    /// A whole response.
    Whole(Response<Bytes>),
    /// The events of a client, behind these fields.
    Events(HeaderMap, Client),
}

/// What all connections of a listener share.
#[derive(Debug)]
pub struct Desk {
    /// As the application said.
    pub options: Options,
    /// Where clients have their seats.
    pub sockets: Arc<Sockets>,
    /// To the application.
    pub questions: Questions,
    /// Where the hub in JavaScript hears of its clients.
    pub mailbox: Arc<Mailbox>,
}

impl Desk {
    /// Answers a request. `seat` is where it sits if it becomes a client.
    pub async fn answer(
        &self,
        site: Site,
        request: &Request<()>,
        peer: Option<IpAddr>,
        seat: impl FnOnce() -> Seat,
    ) -> Answer {
        if site == Site::Metrics {
            return Answer::Whole(self.metrics(request).await);
        }
        let path = request.uri().path();
        let mut patterns = self.options.paths.iter();
        let Some(parameters) = patterns.find_map(|one| one.parameters(path)) else {
            return Answer::Whole(whole(StatusCode::NOT_FOUND, HeaderMap::new()));
        };
        match *request.method() {
            Method::GET | Method::POST => {
                if accepts_events(request) {
                    return self.admit(request, parameters, peer, seat).await;
                }
                let headers = self.shared(request, self.origin(request, &parameters, peer).await);
                Answer::Whole(whole(StatusCode::NOT_ACCEPTABLE, headers))
            }
            Method::HEAD => {
                let shared = self.shared(request, self.origin(request, &parameters, peer).await);
                Answer::Whole(whole(StatusCode::OK, of_events(shared)))
            }
            Method::OPTIONS => {
                let mut headers =
                    self.shared(request, self.origin(request, &parameters, peer).await);
                if let Some(cors) = &self.options.cors {
                    cors.preflight(&mut headers);
                }
                Answer::Whole(whole(StatusCode::NO_CONTENT, headers))
            }
            _ => {
                let mut headers = HeaderMap::new();
                headers.insert(header::ALLOW, METHODS);
                Answer::Whole(whole(StatusCode::METHOD_NOT_ALLOWED, headers))
            }
        }
    }

    /// Whether the application has a say in who becomes a client.
    pub(super) fn asks(&self, request: &Request<()>, has_position: bool) -> bool {
        self.options.authorizes
            || (self.options.admits && has_position)
            || self.asks_origin(request)
            || of_query(request.uri().query(), &TICKET).is_some()
    }

    fn asks_origin(&self, request: &Request<()>) -> bool {
        let cors = self.options.cors.as_ref();
        cors.is_some_and(|cors| matches!(cors.origins, Origins::Asked))
            && request.headers().contains_key(header::ORIGIN)
    }

    async fn origin(
        &self,
        request: &Request<()>,
        parameters: &Parameters,
        peer: Option<IpAddr>,
    ) -> Option<bool> {
        if !self.asks_origin(request) {
            return None;
        }
        let (_question, verdict) = self.questions.ask("origin", request, parameters, peer).await;
        verdict.origin()
    }

    pub(super) fn shared(&self, request: &Request<()>, origin: Option<bool>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(cors) = &self.options.cors {
            cors.write(request, origin, &mut headers);
        }
        headers
    }

    /// A response after which a browser comes again: any status but 200 would keep it away for good.
    pub(super) fn later(&self, shared: HeaderMap, retry: Option<u64>) -> Response<Bytes> {
        let (least, most) = self.options.retry_delay;
        let retry = retry.unwrap_or_else(|| fastrand::u64(least..=most));
        let mut response = Response::new(Bytes::from(format!("retry: {retry}\n\n")));
        *response.headers_mut() = of_events(shared);
        response
    }

    async fn metrics(&self, request: &Request<()>) -> Response<Bytes> {
        let text = match request.uri().path() {
            "/healthz" => Some("ok\n".to_owned()),
            "/metrics" => self.questions.text("metrics").await,
            _ => return whole(StatusCode::NOT_FOUND, HeaderMap::new()),
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return whole(StatusCode::METHOD_NOT_ALLOWED, HeaderMap::new());
        }
        let Some(text) = text else {
            return whole(StatusCode::SERVICE_UNAVAILABLE, HeaderMap::new());
        };
        let mut response = Response::new(Bytes::from(text));
        let plain = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
        response
    }
}

pub(super) fn whole(status: StatusCode, headers: HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(super) fn of_events(mut headers: HeaderMap) -> HeaderMap {
    let fixed = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, fixed("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, fixed("no-cache, no-transform"));
    headers.insert("x-accel-buffering", fixed("no"));
    headers
}

pub(super) fn uncached(mut headers: HeaderMap) -> HeaderMap {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

/// Whether a response in events may be sent; who says nothing takes all (RFC 9110, 12.5.1).
fn accepts_events(request: &Request<()>) -> bool {
    let mut ranges = request.headers().get_all(header::ACCEPT).iter().peekable();
    ranges.peek().is_none()
        || ranges
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|range| range.split(';').next())
            .any(|range| {
                let known = ["text/event-stream", "text/*", "*/*"];
                known.iter().any(|one| range.trim().eq_ignore_ascii_case(one))
            })
}

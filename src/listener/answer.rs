//! What a request is answered with.
#![forbid(unsafe_code)]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use super::client::Client;
use super::cors::{METHODS, Origins};
use super::options::{Options, Site};
use super::path::{CHANNEL, Parameters, is_channel, of_query};
use super::question::{Questions, Verdict};
use super::seat::Seat;
use super::sockets::Sockets;
use crate::delivery::Mailbox;
use crate::serve::{EVERYONE, Hub, HubClient, Refusal};

/// Where clients without the header say how far they got; the same as in `lib/server/cursor.js`.
const CURSORS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];
/// Where a ticket stands.
const TICKET: [&str; 1] = ["ticket"];
/// So many bytes are in what ends a client's id, which nobody may guess.
const NAME: usize = 16;

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
        let patterns = self.options.paths.iter();
        let Some(parameters) = patterns.filter_map(|one| one.parameters(path)).next() else {
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

    async fn admit(
        &self,
        request: &Request<()>,
        parameters: Parameters,
        peer: Option<IpAddr>,
        seat: impl FnOnce() -> Seat,
    ) -> Answer {
        let query = request.uri().query();
        let position = cursor(request).or_else(|| of_query(query, &CURSORS));
        let (mut question, verdict) = if self.asks(request, position.is_some()) {
            let (question, verdict) =
                self.questions.ask("authorize", request, &parameters, peer).await;
            (Some(question), verdict)
        } else {
            (None, public(parameters))
        };
        let shared = self.shared(request, verdict.origin());
        let Some(hub) = self.sockets.hub() else { return Answer::Whole(self.later(shared, None)) };
        let (user, channels, expires, issued, given) = match verdict {
            Verdict::Admit { user, channels, expires, issued_at, position, .. } => {
                (user, channels, expires, issued_at, position)
            }
            Verdict::Status { status, .. } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
                return Answer::Whole(whole(status, uncached(shared)));
            }
            _ => return Answer::Whole(self.later(shared, None)),
        };
        let position = given.or(position);
        if !is_prepared(&hub, &channels, user.as_deref(), position.as_deref()).await {
            return Answer::Whole(self.later(shared, None));
        }
        let Some(name) = name() else { return Answer::Whole(self.later(shared, None)) };
        let client = HubClient {
            environment: 0,
            name,
            user,
            channels,
            position,
            expires: expires.map(Duration::from_millis),
            issued: issued.map(Duration::from_millis),
        };
        let user = client.user.clone();
        let seat = Arc::new(seat());
        match self.sockets.connect(&hub, client, &seat) {
            Ok((number, id)) => {
                let told = serde_json::json!({
                    "type": "client",
                    "number": number,
                    "id": &*id,
                    "user": user,
                    "listener": self.options.number,
                    "question": question.as_ref().map(super::question::Question::number),
                });
                if let Some(question) = &mut question {
                    question.settle();
                }
                self.mailbox.notify(&told.to_string());
                let sockets = Arc::clone(&self.sockets);
                let client = Client::new(number, seat, sockets, Arc::clone(&self.mailbox));
                Answer::Events(of_events(shared), client)
            }
            Err((Refusal::Revoked, _)) => {
                Answer::Whole(whole(StatusCode::FORBIDDEN, uncached(shared)))
            }
            Err((_, retry)) => Answer::Whole(self.later(shared, Some(retry))),
        }
    }

    /// Whether the application has a say in who becomes a client.
    fn asks(&self, request: &Request<()>, has_position: bool) -> bool {
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

    fn shared(&self, request: &Request<()>, origin: Option<bool>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(cors) = &self.options.cors {
            cors.write(request, origin, &mut headers);
        }
        headers
    }

    /// A response after which a browser comes again: any status but 200 would keep it away for good.
    fn later(&self, shared: HeaderMap, retry: Option<u64>) -> Response<Bytes> {
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

/// Without anybody who says otherwise: the channels of the path.
fn public(parameters: Parameters) -> Verdict {
    let named = parameters.into_iter().filter(|(name, _)| name == CHANNEL);
    let channels: Vec<String> = named.map(|(_, channel)| channel).collect();
    if channels.iter().all(|channel| is_channel(channel)) {
        Verdict::Admit {
            user: None,
            channels,
            expires: None,
            issued_at: None,
            position: None,
            origin: None,
        }
    } else {
        Verdict::Status { status: StatusCode::NOT_FOUND.as_u16(), origin: None }
    }
}

/// Has other processes say what is needed of them.
async fn is_prepared(
    hub: &Hub,
    channels: &[String],
    user: Option<&str>,
    position: Option<&str>,
) -> bool {
    let Some(shared) = hub.shared() else { return true };
    let all: Vec<String> =
        std::iter::once(EVERYONE.to_owned()).chain(channels.iter().cloned()).collect();
    shared.prepare(&all, user, position).await.is_ok()
}

fn whole(status: StatusCode, headers: HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn of_events(mut headers: HeaderMap) -> HeaderMap {
    let fixed = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, fixed("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, fixed("no-cache, no-transform"));
    headers.insert("x-accel-buffering", fixed("no"));
    headers
}

fn uncached(mut headers: HeaderMap) -> HeaderMap {
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

fn cursor(request: &Request<()>) -> Option<String> {
    let value = request.headers().get("last-event-id")?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// What a client's id ends with, if the system has chance to give.
fn name() -> Option<String> {
    let mut bytes = [0; NAME];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

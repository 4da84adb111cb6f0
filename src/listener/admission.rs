//! How a request becomes a client.
#![forbid(unsafe_code)]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, StatusCode};

use super::answer::{Answer, Desk, of_events, uncached, whole};
use super::client::Client;
use super::path::{CHANNEL, Parameters, is_channel, of_query};
use super::question::{Question, Verdict};
use super::seat::Seat;
use crate::serve::{EVERYONE, Hub, HubClient, Refusal};

/// Where clients without the header say how far they got; the same as in `lib/server/cursor.js`.
const CURSORS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];
/// So many bytes are in what ends a client's id, which nobody may guess.
const NAME: usize = 16;

impl Desk {
    /// Makes a client of a request, or says why not.
    pub(super) async fn admit(
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
                    "question": question.as_ref().map(Question::number),
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

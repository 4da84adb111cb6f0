//! Opening a connection: a place at the pool, the request, the response head.

use tokio::time::Instant;

use super::body_handler::BodyHandler;
use super::callback_reply::CallbackReply;
use super::endpoints::EndpointSelection;
use super::engine::{End, Engine, over};
use super::failure;
use super::head::{Head, judge};
use super::notice::{Ask, Notice, pairs};
use super::prepare_request::RequestContext;
use super::secrets::Secrets;
use super::state::State;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::Ending;
use crate::transport::{Body, Request, Response};

impl<H: BodyHandler> Engine<H> {
    /// Sends the request and accepts the response: the body of a stream, or how the attempt ended.
    pub(super) async fn open(&mut self) -> Result<Box<dyn Body>, End> {
        Box::pin(self.select_endpoint()).await.map_err(over)?;
        self.attempts += 1;
        self.control.lifecycle().attempts = self.attempts;
        if self.control.announces() {
            let last_event_id = &self.delivery.last_event_id_text();
            let notice = Notice::Attempt { attempt: self.attempts, last_event_id };
            self.control.mailbox().notify(&notice.to_json());
        }
        // Given away before the wait, or there would be room for it here, too.
        let dialling = {
            let request = Box::pin(self.prepare()).await.map_err(over)?;
            self.url = Some(request.url.clone());
            if self.selection.is_some()
                || self.options.callbacks.url
                || self.options.callbacks.headers
            {
                self.secrets = Some(Box::new(Secrets::of(&request.headers, self.url.as_ref())));
            }
            self.control.enter(State::Connecting { attempt: self.attempts });
            self.transport.dial(request)
        };
        let response = dialling.await.map_err(over)?;
        match Box::pin(judge(response, &self.options)).await {
            Head::Stream(response) => {
                self.opened(&response);
                Ok(response.body)
            }
            Head::NoContent => {
                Err(self.handler.absent().map_or(End::Over(Ending::NoContent, None), over))
            }
            Head::Refused(error) => Err(over(self.handler.explain(error))),
        }
    }

    /// The request of this attempt: as configured, save what callbacks compute anew and what the
    /// handler adds.
    async fn prepare(&mut self) -> Result<Request, Error> {
        let callbacks = self.options.callbacks;
        let mut url = self.options.url.clone();
        let mut headers = self.options.headers.clone();
        let mut body = self.options.body.clone();
        if callbacks.url || callbacks.headers || callbacks.body {
            self.control.enter(State::Preparing { attempt: self.attempts });
            match self.ask(Ask::Request, self.last_error.clone(), true, Phase::Prepare).await? {
                CallbackReply::Request(parts) => {
                    url = parts.url.or(url);
                    headers = parts.headers.unwrap_or(headers);
                    body = parts.body.or(body);
                }
                _ => return Err(failure::threw(Phase::Prepare)),
            }
        }
        let assignment = self.selection.as_ref().and_then(EndpointSelection::assignment);
        // Of a pool's endpoint the handler makes the whole address.
        let base = assignment.and_then(|assignment| assignment.endpoint.base_url.parse().ok());
        let Some(url) = url.or(base) else {
            return Err(Error::new(Kind::Request, Phase::Prepare, "the request has no URL"));
        };
        let mut request = Request {
            method: self.options.method.clone(),
            url,
            headers,
            body,
            connect_timeout: self.options.timeouts.connect,
            headers_timeout: self.options.timeouts.headers,
            max_redirects: self.options.max_redirects,
            tls: self.options.tls.clone(),
            proxy: self.options.proxy.clone(),
            http2: self.options.http2,
        };
        self.delivery.begin_attempt();
        let context = RequestContext {
            options: &self.options,
            assignment,
            attempt: self.attempts,
            last_event_id: &self.delivery.last_event_id_text(),
        };
        self.handler.complete_request(&mut request, &context)?;
        Ok(request)
    }

    fn opened(&mut self, response: &Response) {
        let now = self.clock();
        self.history.connect(now);
        self.control.lifecycle().opened(Instant::now());
        self.handler.opened(response, &self.delivery);
        let Response { status, headers, url, .. } = response;
        let notice =
            Notice::Open { status: status.as_u16(), headers: pairs(headers), url: url.as_str() };
        self.control.mailbox().notify(&notice.to_json());
        self.url = Some(url.clone());
    }
}

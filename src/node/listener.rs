//! A hub's listener, as JavaScript holds it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Handle;

use super::options::invalid;
use super::runtime;
use crate::delivery::Mailbox;
use crate::listener::{
    Address, Certificate, Cors, Desk, Listener, Options, Origins, Pattern, Questions, Site,
    Sockets, Verdict,
};
use crate::reconnect::millis;
use crate::serve::{Hub, Input};

/// A hub's own sockets. What the application is asked, and what becomes of them, arrives as notices.
#[napi]
pub struct NativeListener {
    mailbox: Arc<Mailbox>,
    desk: Arc<Desk>,
    listening: Arc<Listening>,
}

/// What is there once it listens, until it is closed.
#[derive(Default)]
struct Listening(Mutex<Vec<Listener>>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    host: String,
    port: u16,
    socket_path: Option<String>,
    fd: Option<i32>,
    paths: Vec<String>,
    authorizes: bool,
    admits: bool,
    cors: Option<GivenCors>,
    tls: Option<GivenTls>,
    max_header_size: usize,
    headers_timeout: f64,
    authorize_timeout: f64,
    max_connections_per_address: Option<usize>,
    metrics: Option<GivenMetrics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenCors {
    /// `None` where the application is asked.
    origins: Option<Vec<String>>,
    any: bool,
    credentials: bool,
    headers: String,
    max_age: u64,
}

#[derive(Deserialize)]
struct GivenTls {
    cert: String,
    key: String,
}

#[derive(Deserialize)]
struct GivenMetrics {
    host: String,
    port: u16,
}

impl GivenCors {
    fn cors(self) -> napi::Result<Cors> {
        let headers = HeaderValue::from_str(&self.headers).map_err(|error| invalid(&error))?;
        let origins = match self.origins {
            _ if self.any => Origins::Any,
            Some(origins) => Origins::Of(origins),
            None => Origins::Asked,
        };
        let (credentials, max_age) = (self.credentials, self.max_age);
        Ok(Cors { origins, credentials, headers, max_age })
    }
}

impl NativeListener {
    /// Begins to listen; that it does, or why not, is the first notice. `json` is what `lib/options/listen.js`
    /// makes, and `hub_mailbox` where the hub hears of its clients.
    pub(super) fn new(
        json: &str,
        hub: &Arc<Hub>,
        mailbox: Arc<Mailbox>,
        hub_mailbox: &Arc<Mailbox>,
    ) -> napi::Result<Self> {
        let given: Given = serde_json::from_str(json).map_err(|error| invalid(&error))?;
        let certificate = given.tls.map(|GivenTls { cert, key }| {
            Certificate::new(cert.as_bytes(), key.as_bytes()).map_err(|error| invalid(&error))
        });
        let address = match (given.socket_path, given.fd) {
            (Some(path), _) => Address::Path(path.into()),
            (None, Some(fd)) => Address::Inherited(inherited(fd)?),
            (None, None) => Address::Port(given.host, given.port),
        };
        let (retry_delay, write_timeout) = hub.look(|hub| {
            let policy = hub.policy();
            (policy.retry_delay, policy.write_timeout)
        });
        let options = Options {
            number: mailbox.id(),
            paths: given.paths.iter().map(|path| Pattern::new(path)).collect(),
            authorizes: given.authorizes,
            admits: given.admits,
            cors: given.cors.map(GivenCors::cors).transpose()?,
            certificate: certificate.transpose()?,
            max_header_size: given.max_header_size,
            headers_timeout: millis::from(given.headers_timeout),
            max_connections_per_address: given.max_connections_per_address,
            patience: write_timeout.unwrap_or(PATIENCE),
            retry_delay,
        };
        let runtime = runtime::handle()?;
        let sockets = Sockets::open(hub, hub_mailbox);
        runtime.spawn(Arc::clone(&sockets).deliver());
        let patience = millis::from(given.authorize_timeout);
        let questions = Questions::new(Arc::clone(&mailbox), patience);
        let desk = Desk { options, sockets, questions, mailbox: Arc::clone(hub_mailbox) };
        let desk = Arc::new(desk);
        let listening = Arc::new(Listening::default());
        let metrics = given.metrics.map(|GivenMetrics { host, port }| Address::Port(host, port));
        runtime.spawn(open(
            runtime.clone(),
            Arc::clone(&desk),
            (address, metrics),
            Arc::clone(&listening),
            Arc::clone(&mailbox),
        ));
        Ok(Self { mailbox, desk, listening })
    }

    /// What ends with its environment.
    pub(super) fn abandon(&self) -> impl FnOnce() + 'static {
        let (desk, listening) = (Arc::downgrade(&self.desk), Arc::downgrade(&self.listening));
        move || {
            if let Some(listening) = listening.upgrade() {
                listening.take();
            }
            if let Some(desk) = desk.upgrade() {
                desk.sockets.close();
            }
        }
    }
}

/// How long the last bytes have to leave if the hub sets no bound.
const PATIENCE: Duration = Duration::from_secs(10);

#[napi]
impl NativeListener {
    /// The number under which what it tells arrives.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.mailbox.id()
    }

    /// Replies to a question.
    #[napi(catch_unwind)]
    pub fn reply(&self, number: u32, verdict: String) -> napi::Result<()> {
        let verdict: Verdict = serde_json::from_str(&verdict).map_err(|error| invalid(&error))?;
        self.desk.questions.reply(number, verdict);
        Ok(())
    }

    /// Ends the connection of a client at once.
    #[napi(catch_unwind)]
    pub fn cut(&self, number: u32) {
        self.desk.sockets.cut(number);
    }

    /// Takes another certificate, for connections to come.
    #[napi(catch_unwind)]
    pub fn set_certificate(&self, cert: String, key: String) -> napi::Result<()> {
        let Some(certificate) = &self.desk.options.certificate else {
            return Err(invalid(&"the listener was made without tls"));
        };
        certificate.replace(cert.as_bytes(), key.as_bytes()).map_err(|error| invalid(&error))
    }

    /// Accepts nobody any more, lets its clients go, and says `closed` when that is done, within so many milliseconds.
    #[napi(catch_unwind)]
    pub fn close(&self, deadline: f64) -> napi::Result<()> {
        let (desk, mailbox) = (Arc::clone(&self.desk), Arc::clone(&self.mailbox));
        let listeners = self.listening.take();
        let deadline = millis::from(deadline);
        runtime::handle()?.spawn(async move {
            if let Some(hub) = desk.sockets.hub() {
                let numbers = desk.sockets.numbers();
                hub.step(Input::Disconnect(numbers, None, fastrand::u64(..)));
            }
            for listener in listeners {
                listener.close(deadline).await;
            }
            desk.sockets.close();
            mailbox.notify(r#"{"type":"closed"}"#);
        });
        Ok(())
    }
}

impl Listening {
    fn take(&self) -> Vec<Listener> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, listener: Listener) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }
}

async fn open(
    runtime: Handle,
    desk: Arc<Desk>,
    (address, metrics): (Address, Option<Address>),
    listening: Arc<Listening>,
    mailbox: Arc<Mailbox>,
) {
    let opened = async {
        let events = Listener::open(&runtime, Arc::clone(&desk), address, Site::Events).await?;
        let metrics = match metrics {
            Some(address) => {
                Some(Listener::open(&runtime, Arc::clone(&desk), address, Site::Metrics).await?)
            }
            None => None,
        };
        io::Result::Ok((events, metrics))
    };
    let notice = match opened.await {
        Ok((events, metrics)) => {
            let place = |listener: &Listener| {
                let local = listener.local()?;
                Some(json!({ "address": local.ip().to_string(), "port": local.port() }))
            };
            let notice = json!({
                "type": "listening",
                "events": place(&events),
                "metrics": metrics.as_ref().and_then(place),
            });
            for listener in [Some(events), metrics].into_iter().flatten() {
                listening.add(listener);
            }
            notice
        }
        Err(error) => {
            desk.sockets.close();
            json!({ "type": "failed", "kind": kind(&error), "message": error.to_string() })
        }
    };
    mailbox.notify(&notice.to_string());
}

/// As Node calls what is wrong with an address.
fn kind(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "EADDRINUSE",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::InvalidInput => "EINVAL",
        _ => "ELISTEN",
    }
}

/// A socket of this process that listens already; it keeps its own descriptor.
#[cfg(unix)]
#[allow(unsafe_code, reason = "the descriptor is a number of the caller's")]
fn inherited(fd: i32) -> napi::Result<std::net::TcpListener> {
    use std::os::fd::BorrowedFd;
    if fd < 0 {
        return Err(invalid(&"fd is no descriptor"));
    }
    // SAFETY: it is only duplicated, in this call, which fails if it is not open; it is not -1.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let owned = borrowed.try_clone_to_owned().map_err(|_| invalid(&"fd is not open"))?;
    let listens = socket2::SockRef::from(&owned).is_listener().unwrap_or(false);
    if listens { Ok(owned.into()) } else { Err(invalid(&"fd is no socket that listens")) }
}

#[cfg(not(unix))]
fn inherited(_: i32) -> napi::Result<std::net::TcpListener> {
    Err(invalid(&"fd needs a system with descriptors"))
}

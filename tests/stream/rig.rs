//! One stream over a script, and its consumer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout};

use perennial_sse::delivery::{Demand, Limits, Mailbox, ReadyList};
use perennial_sse::reconnect::{Backoff, Jitter, Policy};
use perennial_sse::stream::{
    BodyHandler, Callbacks, Control, Engine, EventHandler, Options, Terminal, Timeouts,
};
use perennial_sse::transport::{Proxy, Tls};

use super::harness::{Received, drain};
use super::policies;
use super::scripted::{Dial, Scripted};

pub const URL: &str = "http://example.com/events";

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The defaults, without jitter and without clocks.
pub fn options(method: Method) -> Options {
    let safe = method == Method::GET || method == Method::HEAD;
    let policy = if safe { policies::subscribe() } else { policies::request() };
    let backoff = Backoff { jitter: Jitter::None, ..policy.backoff };
    Options {
        method,
        url: Some(URL.parse().unwrap()),
        path: String::new(),
        endpoints: None,
        affinity: None,
        headers: HeaderMap::new(),
        body: None,
        accept: vec!["text/event-stream".into()],
        strict: false,
        last_event_id: String::new(),
        retry: Policy { backoff, ..policy },
        timeouts: Timeouts::default(),
        terminal: Vec::new(),
        callbacks: Callbacks::default(),
        dedupe: false,
        incomplete: false,
        max_event_size: None,
        mailbox: Limits { events: 1024, bytes: 8 << 20 },
        max_redirects: 20,
        tls: Tls::default(),
        proxy: Proxy::Never,
        http2: false,
        impatient: false,
    }
}

pub fn get() -> Options {
    options(Method::GET)
}

pub fn post() -> Options {
    options(Method::POST)
}

/// The same, complete with `[DONE]`.
pub fn until_done(options: Options) -> Options {
    let done = Terminal { event: None, data: Some("[DONE]".into()) };
    Options { terminal: vec![done], ..options }
}

/// Sets a stream going, whatever reads it.
type Start = Box<dyn FnOnce(&Control)>;

/// A stream and its consumer, who asks for everything unless told otherwise.
pub struct Rig {
    pub control: Arc<Control>,
    pub net: Scripted,
    start: Option<Start>,
    ready_list: Arc<ReadyList>,
    notifier: Arc<Notify>,
    arrived: VecDeque<Received>,
    began: Instant,
}

impl Rig {
    /// Not dialled, and asking for nothing.
    pub fn idle(options: Options, script: impl IntoIterator<Item = Dial>) -> Self {
        Self::seeded(options, script, 1)
    }

    pub fn seeded(options: Options, script: impl IntoIterator<Item = Dial>, seed: u64) -> Self {
        let handler = EventHandler::new(&options);
        Self::with_handler(options, script, seed, handler)
    }

    /// Not dialled, and read by `handler`.
    pub fn with_handler(
        options: Options,
        script: impl IntoIterator<Item = Dial>,
        seed: u64,
        handler: impl BodyHandler,
    ) -> Self {
        let notifier = Arc::new(Notify::new());
        let ready_list = ReadyList::new({
            let notifier = Arc::clone(&notifier);
            move || notifier.notify_one()
        });
        let mailbox = Mailbox::new(0, options.mailbox, &ready_list);
        let net = Scripted::new(script);
        let transport = Arc::new(net.clone());
        let runtime = Handle::current();
        let (control, engine) = Engine::new(&runtime, transport, options, handler, mailbox, seed);
        let start: Start = Box::new(|control| control.start(engine));
        let (start, arrived, began) = (Some(start), VecDeque::new(), Instant::now());
        Self { control, net, start, ready_list, notifier, arrived, began }
    }

    pub fn start(options: Options, script: impl IntoIterator<Item = Dial>) -> Self {
        let mut rig = Self::idle(options, script);
        rig.control.ask(Demand::Flow);
        rig.dial();
        rig
    }

    pub fn dial(&mut self) {
        let start = self.start.take().expect("not dialled before");
        start(&self.control);
    }

    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn state(&self) -> String {
        self.control.stats().state
    }

    /// Lets the engine go on until it is in this state, without letting time pass.
    pub async fn reach(&self, state: &str) {
        for _ in 0..1_000 {
            if self.state() == state {
                return;
            }
            yield_now().await;
        }
        panic!("the stream is {}, not {state}", self.state());
    }

    /// Lets the engine do whatever it can without letting time pass.
    pub async fn settle(&self) {
        for _ in 0..1_000 {
            yield_now().await;
        }
    }

    /// The next record, however long it takes.
    pub async fn record(&mut self) -> Received {
        let ages = secs(30 * 24 * 3600);
        timeout(ages, async {
            loop {
                if let Some(record) = self.arrived.pop_front() {
                    return record;
                }
                self.notifier.notified().await;
                self.arrived.extend(drain(&self.ready_list).into_iter().map(|(_, record)| record));
            }
        })
        .await
        .expect("nothing arrives")
    }

    /// The next record in a few words; see [`told`].
    pub async fn next(&mut self) -> String {
        told(&self.record().await)
    }

    /// The next record, a notice, as JSON.
    pub async fn notice(&mut self) -> Value {
        match self.record().await {
            Received::Notice(json) => serde_json::from_str(&json).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// What is there now, without letting time pass.
    pub async fn waiting(&mut self) -> Vec<String> {
        self.settle().await;
        self.arrived.extend(drain(&self.ready_list).into_iter().map(|(_, record)| record));
        self.arrived.drain(..).map(|record| told(&record)).collect()
    }

    /// Everything up to and with the end.
    pub async fn transcript(&mut self) -> Vec<String> {
        let mut transcript = Vec::new();
        while !transcript.last().is_some_and(|last: &String| last.starts_with("close")) {
            transcript.push(self.next().await);
        }
        transcript
    }

    /// Lets two days pass in which nothing may be delivered or attempted.
    pub async fn stays_quiet(&mut self) {
        let dials = self.net.dials().len();
        tokio::time::sleep(secs(48 * 3600)).await;
        assert_eq!(self.waiting().await, [""; 0]);
        assert_eq!(self.net.dials().len(), dials);
    }
}

/// What happens to a stream from its start to its end.
pub async fn transcript(options: Options, script: impl IntoIterator<Item = Dial>) -> Vec<String> {
    Rig::start(options, script).transcript().await
}

/// A record in a few words: `open 200`, `event ping: data #id`, `retry 1 in 1000 ERR_SSE_RESET`,
/// `close end`.
pub fn told(record: &Received) -> String {
    match record {
        Received::Event { name, data, id, .. } => {
            let name = name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            let id = id.as_ref().map(|id| format!(" #{id}")).unwrap_or_default();
            format!("event {name}{data}{id}")
        }
        Received::Comment(text) => format!("comment {text}"),
        Received::Id(id) => format!("id {id}"),
        Received::Bytes(bytes) => format!("bytes {}", String::from_utf8_lossy(bytes)),
        Received::Piece(place, text) => format!("piece {place:?} {text}"),
        Received::Delta(json) => format!("delta {json}"),
        Received::Shared(..) => panic!("a stream has a consumer of its own"),
        Received::Notice(json) => told_notice(&serde_json::from_str(json).unwrap()),
    }
}

fn told_notice(notice: &Value) -> String {
    let error = match &notice["error"] {
        Value::Null => String::new(),
        error => match (error["code"].as_str().unwrap(), error["phase"].as_str().unwrap()) {
            ("ERR_SSE_TIMEOUT", phase) => format!(" ERR_SSE_TIMEOUT {phase}"),
            (code, _) => format!(" {code}"),
        },
    };
    let text = |name: &str| notice[name].as_str().unwrap_or_default().to_owned();
    match notice["type"].as_str().unwrap() {
        "open" => format!("open {}", notice["status"]),
        "attempt" => format!("attempt {}", notice["attempt"]),
        "retry" if notice["recovery"] == true => format!("recover in {}{error}", notice["delay"]),
        "retry" => format!("retry {} in {}{error}", notice["attempt"], notice["delay"]),
        "malformed" => "malformed".to_owned(),
        "close" => format!("close {}{error}", text("reason")),
        "question" => format!("question {} {}{error}", notice["number"], text("ask")),
        "alarm" => format!("alarm {}", notice["number"]),
        other => panic!("unknown notice {other}"),
    }
}

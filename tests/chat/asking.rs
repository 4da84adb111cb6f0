//! One answer over a script, and its consumer.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

use perennial_sse::chat::{ChatOptions, Malformed, Resume, SharedChatState, chat};
use perennial_sse::delivery::{Demand, Mailbox, ReadyList};
use perennial_sse::llm::{Bounds, Family};
use perennial_sse::pool::{BreakerRules, Endpoint, Key, Pool, Prefill, PrefillStyle, Rules};
use perennial_sse::reconnect::{Backoff, Jitter, Policy, Statuses};
use perennial_sse::stream::{Control, Endpoints, Options};

use super::harness::{Received, drain};
use super::rig::{self, ms, secs};
use super::scripted::{Dial, Dialled, Scripted, stream};

/// What a test asks, with the defaults of `chat()`.
pub struct Ask {
    pub options: Options,
    pub chat_options: ChatOptions,
    pub endpoints: Vec<Endpoint>,
    pub rules: Rules,
    pub form: (bool, bool),
}

/// Chat Completions at one endpoint.
pub fn ask() -> Ask {
    let options = rig::options(Method::POST);
    let backoff =
        Backoff { base: ms(500), max: ms(8_000), jitter: Jitter::None, ..options.retry.backoff };
    let statuses = [408, 409, 425, 429].into_iter().collect::<Statuses>().with(500..=599);
    let retry = Policy {
        unsafe_replay: true,
        reset_after: std::time::Duration::MAX,
        statuses,
        backoff,
        ..options.retry
    };
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "?" }] });
    let options = Options {
        url: None,
        body: Some(body.to_string().into()),
        retry,
        impatient: true,
        ..options
    };
    let chat_options = ChatOptions {
        family: Family::ChatCompletions,
        model: "m".into(),
        resume: vec![Resume::Fail],
        request_id: "r-1".into(),
        choices: 1,
        plain: true,
        malformed: Malformed::Fail,
        bounds: Bounds { argument_bytes: 16 << 20, content_bytes: 64 << 20 },
    };
    let rules = Rules { cooldown: ms(0), cooldown_max: ms(0), breaker: None };
    let endpoints = vec![endpoint("one", &["key-1"])];
    Ask { options, chat_options, endpoints, rules, form: (true, false) }
}

pub fn endpoint(name: &str, keys: &[&str]) -> Endpoint {
    Endpoint {
        name: name.into(),
        base_url: format!("http://{name}.example/v1"),
        weight: 1.0,
        priority: 0,
        canary: 0,
        headers: Vec::new(),
        key_header: None,
        done_proves: false,
        prefill: None,
        keys: keys
            .iter()
            .map(|key| Key { hash: format!("#{key}"), secret: (*key).into() })
            .collect(),
    }
}

impl Ask {
    pub fn resume(mut self, policies: &[Resume]) -> Self {
        self.chat_options.resume = policies.to_vec();
        self.options.retry.attempts = None;
        self
    }

    pub fn family(mut self, family: Family) -> Self {
        self.chat_options.family = family;
        self
    }

    pub fn prefill(mut self, style: PrefillStyle) -> Self {
        for endpoint in &mut self.endpoints {
            endpoint.prefill = Some(Prefill { style, echo: None });
        }
        self
    }

    pub fn body(mut self, body: &Value) -> Self {
        self.options.body = Some(body.to_string().into());
        self
    }

    pub fn attempts(mut self, attempts: u32) -> Self {
        self.options.retry.attempts = Some(attempts);
        self
    }

    pub fn pool(mut self, endpoints: Vec<Endpoint>) -> Self {
        self.endpoints = endpoints;
        let breaker = BreakerRules {
            window: secs(60),
            requests: 5,
            failures: 0.5,
            open_for: secs(5),
            open_max: secs(60),
        };
        self.rules = Rules { cooldown: secs(5), cooldown_max: secs(60), breaker: Some(breaker) };
        self
    }

    /// Of a pool that is in use already.
    pub fn sharing(mut self, asked: &Asked) -> Self {
        self.options.endpoints = Some(Arc::clone(&asked.endpoints));
        self
    }

    pub fn collecting(mut self) -> Self {
        self.form = (false, false);
        self
    }

    pub fn start(self, script: impl IntoIterator<Item = Dial>) -> Asked {
        let notifier = Arc::new(Notify::new());
        let ready_list = ReadyList::new({
            let notifier = Arc::clone(&notifier);
            move || notifier.notify_one()
        });
        let mailbox = Mailbox::new(0, self.options.mailbox, &ready_list);
        let net = Scripted::new(script);
        let endpoints = self.options.endpoints.clone().unwrap_or_else(|| {
            let mut pool = Pool::new(self.rules);
            for endpoint in self.endpoints {
                pool.add(endpoint).unwrap();
            }
            Endpoints::new(pool, |_| ())
        });
        let options = Options { endpoints: Some(Arc::clone(&endpoints)), ..self.options };
        let transport = Arc::new(net.clone());
        let (control, chat, engine) =
            chat(&Handle::current(), transport, options, self.chat_options, mailbox, 1);
        chat.set_form(self.form.0, self.form.1);
        control.ask(Demand::Flow);
        control.start(engine);
        Asked { control, chat, net, endpoints, ready_list, notifier }
    }
}

/// An answer under way.
pub struct Asked {
    #[allow(dead_code, reason = "dropping it would close the answer")]
    pub control: Arc<Control>,
    pub chat: Arc<SharedChatState>,
    pub net: Scripted,
    pub endpoints: Arc<Endpoints>,
    ready_list: Arc<ReadyList>,
    notifier: Arc<Notify>,
}

impl Asked {
    /// Everything up to and with the end, in a few words each.
    pub async fn end(&self) -> Vec<String> {
        self.records().await.iter().map(told).collect()
    }

    /// The failure that ends it, as JavaScript gets it.
    pub async fn error(&self) -> Value {
        match self.records().await.pop() {
            Some(Received::Notice(json)) => {
                serde_json::from_str::<Value>(&json).unwrap()["error"].take()
            }
            other => panic!("{other:?}"),
        }
    }

    async fn records(&self) -> Vec<Received> {
        let ages = secs(30 * 24 * 3600);
        timeout(ages, async {
            let mut records = Vec::new();
            loop {
                for (_, record) in drain(&self.ready_list) {
                    records.push(record);
                    if told(&records[records.len() - 1]).starts_with("close") {
                        return records;
                    }
                }
                self.notifier.notified().await;
            }
        })
        .await
        .expect("the answer never ends")
    }

    pub fn snapshot(&self) -> Value {
        serde_json::from_str(&self.chat.snapshot()).unwrap()
    }

    pub fn content(&self) -> String {
        self.snapshot()["content"].as_str().unwrap().to_owned()
    }

    /// Of each attempt one member, as text.
    pub fn attempts(&self, member: &str) -> Vec<String> {
        let snapshot = self.snapshot();
        let attempts = snapshot["attempts"].as_array().unwrap();
        attempts.iter().map(|attempt| attempt[member].to_string().replace('"', "")).collect()
    }

    /// The JSON body that each dial sent.
    pub fn bodies(&self) -> Vec<Value> {
        let json = |dial: Dialled| serde_json::from_slice(&dial.request.body.unwrap()).unwrap();
        self.net.dials().into_iter().map(json).collect()
    }
}

fn told(record: &Received) -> String {
    match record {
        Received::Piece([5, 0, 0], text) => format!("content {text}"),
        Received::Piece([6, 0, 0], text) => format!("reasoning {text}"),
        Received::Piece([8, 0, index], text) => format!("arguments {index} {text}"),
        Received::Delta(json) => {
            let delta: Value = serde_json::from_str(json).unwrap();
            match delta["type"].as_str().unwrap() {
                "start" => format!("start {}", delta["id"]),
                "finish" => format!("finish {}", delta["reason"].as_str().unwrap()),
                "reset" => format!("reset {}", delta["attempt"]),
                "usage" => format!("usage {}", delta["usage"]["total"]),
                other => format!("{other} {json}"),
            }
        }
        other => rig::told(other),
    }
}

/// One chunk of Chat Completions with a piece of text.
pub fn text(text: &str) -> String {
    chunk(&json!({ "delta": { "content": text }, "finish_reason": null }))
}

pub fn chunk(choice: &Value) -> String {
    let mut choice = choice.clone();
    choice["index"] = json!(0);
    data(&json!({ "id": "c1", "model": "m", "choices": [choice] }))
}

pub fn data(json: &Value) -> String {
    format!("data: {json}\n\n")
}

pub fn role() -> String {
    chunk(&json!({ "delta": { "role": "assistant", "content": "" }, "finish_reason": null }))
}

pub fn finish() -> String {
    chunk(&json!({ "delta": {}, "finish_reason": "stop" }))
}

pub fn usage(input: u64, output: u64) -> String {
    data(
        &json!({ "choices": [], "usage": { "prompt_tokens": input, "completion_tokens": output } }),
    )
}

pub const DONE: &str = "data: [DONE]\n\n";

/// A body with these pieces of text and nothing else.
pub fn says(pieces: &[&str]) -> Dial {
    pieces.iter().fold(stream(&role()), |dial, piece| dial.chunk(text(piece)))
}

/// The same, complete.
pub fn says_all(pieces: &[&str]) -> Dial {
    says(pieces).chunk(finish()).chunk(DONE)
}

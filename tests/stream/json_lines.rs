//! A body handler of its own kind: line-delimited JSON to events. What it does not say, the engine knows:
//! room, hand-over, counts, the last id, requests and retries.

use http::Method;
use serde::Deserialize;

use perennial_sse::delivery::{Demand, Limits};
use perennial_sse::error::{Error, Kind, Phase};
use perennial_sse::llm::JsonLines;
use perennial_sse::protocol::{Event, Item};
use perennial_sse::stream::{Decode, Delivery, Judge, Meaning, Options, PrepareRequest};

use super::rig::{Rig, options, secs};
use super::scripted::{Dial, status};

struct LineHandler;

#[derive(Deserialize)]
struct Line<'a> {
    event: Option<&'a str>,
    id: Option<&'a str>,
    #[serde(default)]
    last: bool,
}

impl Decode for LineHandler {
    type Framing = JsonLines;

    fn framing(&self, max_event_size: Option<usize>) -> JsonLines {
        JsonLines::new(max_event_size)
    }

    fn take(&mut self, item: &Item<'_>, delivery: &mut Delivery) -> Meaning {
        let Item::Event(Event { data, .. }) = *item else { return Meaning::Other };
        let Ok(line) = serde_json::from_slice::<Line<'_>>(data) else {
            let error = Error::new(Kind::Malformed, Phase::Body, "a line is not what it should be");
            return Meaning::Failed(error.with_sent(true));
        };
        let (name, id) = (line.event.map(str::as_bytes), line.id.map(str::as_bytes));
        delivery.event(&Event { name, data, id, retry: None });
        if line.last { Meaning::Terminal } else { Meaning::Event }
    }
}

impl PrepareRequest for LineHandler {}

impl Judge for LineHandler {}

fn lines() -> Options {
    Options { accept: vec!["application/x-ndjson".into()], ..options(Method::GET) }
}

fn body(text: &str) -> Dial {
    status(200).header("content-type", "application/x-ndjson").chunk(text)
}

fn rig(options: Options, script: impl IntoIterator<Item = Dial>) -> Rig {
    Rig::with_handler(options, script, 1, LineHandler)
}

const FIRST: &str = r#"{"id":"1","event":"tick"}"#;
const SECOND: &str = r#"{"id":"2"}"#;
const LAST: &str = r#"{"last":true}"#;

#[tokio::test(start_paused = true)]
async fn lines_are_events_wherever_the_body_is_cut() {
    let text = format!("{FIRST}\n{SECOND}\n{LAST}\n");
    for cut in 1..text.len() {
        let (one, other) = text.split_at(cut);
        let mut rig = rig(lines(), [body(one).chunk(other)]);
        rig.control.ask(Demand::Flow);
        rig.dial();
        let [first, second, last] =
            [format!("tick: {FIRST} #1"), format!("{SECOND} #2"), LAST.to_owned()];
        let events = [first, second, last].map(|event| format!("event {event}"));
        let [first, second, last] = &events;
        assert_eq!(rig.transcript().await, ["open 200", first, second, last, "close terminal"]);
        let stats = rig.control.stats();
        assert_eq!((stats.events, stats.bytes), (3, text.len() as u64));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_is_resumed_after_the_last_id() {
    let script =
        [body(&format!("{FIRST}\n{SECOND}\n")).breaks(Kind::Reset), body(&format!("{LAST}\n"))];
    let mut rig = rig(lines(), script);
    rig.control.ask(Demand::Flow);
    rig.dial();
    let transcript = rig.transcript().await;
    assert_eq!(transcript[3], "retry 1 in 1000 ERR_SSE_RESET", "{transcript:?}");
    assert_eq!(transcript[6], "close terminal", "{transcript:?}");
    let sent: Vec<_> =
        rig.net.dials().iter().map(|it| it.request.headers.get("last-event-id").cloned()).collect();
    assert_eq!(sent, [None, Some("2".parse().unwrap())]);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_does_not_read_stops_the_reading() {
    let options = Options { mailbox: Limits { events: 2, bytes: 1 << 20 }, ..lines() };
    let line = format!("{SECOND}\n");
    let dial = (0..10).fold(body("").pause(secs(1)), |dial, _| dial.chunk(&line)).hangs();
    let mut rig = rig(options, [dial]);
    rig.dial();
    assert_eq!(rig.next().await, "open 200");
    tokio::time::sleep(secs(3600)).await;
    let read = rig.net.bodies()[0].chunks;
    assert_eq!(read, 4, "the empty one, two that wait, and one that found no room");
    rig.control.ask(Demand::Flow);
    for _ in 0..10 {
        assert!(rig.next().await.starts_with("event"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_line_of_it_fails_and_is_quoted() {
    let mut rig = rig(lines(), [body("nonsense\n")]);
    rig.control.ask(Demand::Flow);
    rig.dial();
    assert_eq!([rig.next().await, rig.next().await], ["open 200", "malformed"]);
    let close = rig.notice().await;
    assert_eq!(close["error"]["code"], "ERR_SSE_MALFORMED");
    assert_eq!(close["error"]["tail"], "nonsense");
}

#[tokio::test(start_paused = true)]
async fn its_events_leave_as_the_bytes_of_an_event_stream() {
    let mut rig = rig(lines(), [body(&format!("{LAST}\n"))]);
    rig.control.encode(true);
    rig.control.ask(Demand::Flow);
    rig.dial();
    let expected = format!("bytes data: {LAST}\n\n");
    assert_eq!(rig.transcript().await, ["open 200", &expected, "close terminal"]);
}

//! After content came, an answer goes on by the policy that the caller chose.

use serde_json::{Value, json};

use perennial_sse::chat::Resume;
use perennial_sse::error::Kind;
use perennial_sse::llm::Family;

use super::asking::{ask, data, finish, says, says_all, usage};
use super::scripted::{Dial, status, stream};

#[tokio::test(start_paused = true)]
async fn fail_keeps_what_came() {
    let asked = ask().attempts(5).start([says(&["Hel", "lo"]).breaks(Kind::Reset)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_RESET");
    assert_eq!((asked.content(), asked.net.dials().len()), ("Hello".into(), 1));
}

#[tokio::test(start_paused = true)]
async fn restart_resets_once_a_cut_and_only_when_there_is_something_new() {
    let asked = ask().resume(&[Resume::Restart]).start([
        says(&["He"]).breaks(Kind::Reset),
        status(503),
        says(&["Hel"]),
        says_all(&["Hel", "lo"]),
    ]);
    let told = asked.end().await;
    let told: Vec<&str> =
        told.iter().map(|told| &**told).filter(|it| !it.starts_with("retry")).collect();
    assert_eq!(
        told,
        [
            "open 200",
            "start \"c1\"",
            "content He",
            "open 200",
            "reset 3",
            "start \"c1\"",
            "content Hel",
            "open 200",
            "reset 4",
            "start \"c1\"",
            "content Hello",
            "finish stop",
            "close terminal",
        ]
    );
    assert_eq!(asked.content(), "Hello");
    assert_eq!(asked.attempts("resume"), ["null", "restart", "restart", "restart"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_restart_leaves_what_came_before() {
    let mut asking = ask().resume(&[Resume::Restart]);
    asking.options.retry.attempts = Some(1);
    let asked = asking.start([says(&["He"]).breaks(Kind::Reset), status(503)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_STATUS");
    assert_eq!(asked.content(), "He");
}

#[tokio::test(start_paused = true)]
async fn what_no_repetition_mends_is_not_repeated() {
    let error = data(&json!({ "error": { "code": "content_filter" } }));
    let asked = ask().resume(&[Resume::Restart]).start([says(&["He"]).chunk(error)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_PROVIDER");
}

#[tokio::test(start_paused = true)]
async fn usage_of_a_restart_is_that_of_the_answer() {
    let asked = ask().resume(&[Resume::Restart]).start([
        says(&["He"]).chunk(usage(5, 1)).breaks(Kind::Reset),
        says(&["Hello"]).chunk(finish()).chunk(usage(5, 2)),
    ]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.snapshot()["usage"]["total"], 7);
    assert_eq!(asked.attempts("billed"), ["yes", "yes"]);
}

/// Events of a response in the background, from number `from` on, the first `count` of them.
fn background(from: usize, count: usize) -> Dial {
    let response = json!({ "id": "resp_1", "model": "m" });
    let text = |text: &str| json!({ "type": "response.output_text.delta", "delta": text });
    let mut events = vec![
        json!({ "type": "response.created", "response": response }),
        json!({ "type": "response.in_progress", "response": response }),
    ];
    events.extend(["Hel", "lo", " wor", "ld"].map(text));
    events.push(json!({ "type": "response.completed", "response": response }));
    let numbered = events.iter_mut().enumerate().map(|(number, event)| {
        event["sequence_number"] = Value::from(number);
        data(event)
    });
    numbered.skip(from).take(count).fold(stream(""), Dial::chunk)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_kept_the_rest_is_asked_for_it() {
    for cut in 1..7 {
        let asked = ask().family(Family::Responses).resume(&[Resume::Server]).start([
            background(0, cut).breaks(Kind::Reset),
            status(503),
            // It may send the last one again.
            background(cut - 1, 99),
        ]);
        let told = asked.end().await;
        assert_eq!(told.last().unwrap(), "close terminal", "{told:?}");
        assert_eq!(asked.content(), "Hello world");
        assert!(!told.iter().any(|told| told.starts_with("reset")));
        let dials = asked.net.dials();
        let url = format!(
            "http://one.example/v1/responses/resp_1?stream=true&starting_after={}",
            cut - 1
        );
        for dial in &dials[1..] {
            assert_eq!((dial.request.method.as_str(), dial.request.url.as_str()), ("GET", &*url));
            assert!(dial.request.body.is_none());
            assert_eq!(dial.request.headers["authorization"], "Bearer key-1");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_server_kept_nothing_the_next_policy_applies() {
    let asked = ask().family(Family::Responses).resume(&[Resume::Server, Resume::Restart]).start([
        background(0, 4),
        status(404),
        background(0, 99),
    ]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.attempts("resume"), ["null", "server", "restart"]);
    let asked = ask()
        .family(Family::Responses)
        .resume(&[Resume::Server])
        .start([background(0, 4), status(404)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_STATUS");
    assert_eq!(asked.content(), "Hello");
}

#[tokio::test(start_paused = true)]
async fn where_the_server_cannot_give_the_rest_the_next_policy_applies() {
    let page = |code, kind: &str| status(code).header("content-type", kind).chunk("{}");
    let said = |error: Value| stream("").chunk(data(&json!({ "type": "error", "error": error })));
    let rows = [
        ("JSON", page(200, "application/json")),
        ("JSON with another success", page(202, "application/json")),
        ("nothing", status(204)),
        ("moved", status(304)),
        ("500", status(500)),
        ("501", status(501)),
        ("503", status(503)),
        ("400", status(400)),
        ("no such response", said(json!({ "code": "not_found" }))),
        ("a failure", said(json!({ "code": "server_error" }))),
        ("what is no event", stream("data: {\n\n")),
        ("an end without an event", stream("")),
    ];
    for (what, get) in rows {
        for cut in [1, 4] {
            let asked = ask()
                .family(Family::Responses)
                .resume(&[Resume::Server, Resume::Restart])
                .start([background(0, cut), get.clone(), background(0, 99)]);
            let told = asked.end().await;
            assert_eq!(told.last().unwrap(), "close terminal", "{what} {told:?}");
            assert_eq!(asked.content(), "Hello world", "{what}");
            let methods: Vec<String> =
                asked.net.dials().iter().map(|dial| dial.request.method.to_string()).collect();
            assert_eq!(methods, ["POST", "GET", "POST"], "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_asked_again_where_no_other_policy_applies() {
    for get in [status(503), stream(""), stream("data: {\n\n")] {
        let asked = ask().family(Family::Responses).resume(&[Resume::Server]).start([
            background(0, 4),
            get,
            background(4, 99),
        ]);
        assert_eq!(asked.end().await.last().unwrap(), "close terminal");
        assert_eq!(asked.content(), "Hello world");
    }
}

/// The same events with another id.
fn named(id: &str, count: usize) -> Dial {
    let response = json!({ "id": id, "model": "m" });
    let created = json!({ "type": "response.created", "response": response });
    let text = json!({ "type": "response.output_text.delta", "delta": "Hello" });
    let completed = json!({ "type": "response.completed", "response": response });
    let mut events = [created, text, completed];
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = Value::from(number);
    }
    events.iter().take(count).map(data).fold(stream(""), Dial::chunk)
}

#[tokio::test(start_paused = true)]
async fn the_id_of_a_response_is_one_segment_of_the_path() {
    let rows = [
        ("resp_a.b-c~9", Some("resp_a.b-c~9")),
        ("cmVzcA==", Some("cmVzcA%3D%3D")),
        ("a/../b?c#d%2e", Some("a%2F..%2Fb%3Fc%23d%252e")),
        ("\u{e9} \\", Some("%C3%A9%20%5C")),
        ("...", Some("...")),
        (".", None),
        ("..", None),
    ];
    for (id, segment) in rows {
        let asked = ask()
            .family(Family::Responses)
            .resume(&[Resume::Server, Resume::Restart])
            .start([named(id, 2), named(id, 3)]);
        assert_eq!(asked.end().await.last().unwrap(), "close terminal", "{id}");
        let second = &asked.net.dials()[1].request;
        let expected = segment.map_or("http://one.example/v1/responses".to_owned(), |segment| {
            format!("http://one.example/v1/responses/{segment}?stream=true&starting_after=1")
        });
        assert_eq!(second.url.as_str(), expected, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_brings_nothing_is_asked_again() {
    let asked = ask().resume(&[Resume::Restart]).start([
        says(&["Hel"]).breaks(Kind::Reset),
        stream("data: [DONE]\n\n"),
        says_all(&["Hel", "lo"]),
    ]);
    let told = asked.end().await;
    assert_eq!(told.last().unwrap(), "close terminal", "{told:?}");
    assert_eq!(asked.content(), "Hello");
}

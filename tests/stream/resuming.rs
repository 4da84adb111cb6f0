//! Where a reconnect resumes, and what is dropped because it came before.

use std::fmt::Write as _;

use perennial_sse::error::Kind;
use perennial_sse::stream::Options;

use super::rig::{Rig, get, transcript};
use super::scripted::{Dial, status, stream};

/// The `Last-Event-ID` that a reconnect sends after this body.
async fn resumed_after(options: Options, body: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let mut rig = Rig::start(options, [stream("").chunk(body), status(204)]);
    rig.transcript().await;
    let dials = rig.net.dials();
    assert_eq!(dials.len(), 2);
    let ids: Vec<_> = dials[1].request.headers.get_all("last-event-id").iter().collect();
    assert!(ids.len() <= 1, "{ids:?}");
    ids.first().map(|id| id.as_bytes().to_vec())
}

#[tokio::test(start_paused = true)]
async fn the_last_id_parsed_is_sent() {
    let cases: [(&[u8], Option<&[u8]>); 10] = [
        (b"data: a\n\n", None),
        (b"id: 1\ndata: a\n\n", Some(b"1")),
        (b"id: 1\ndata: a\n\nid: 2\n\n", Some(b"2")),
        (b"id: 1\ndata: a\n\ndata: b\n\n", Some(b"1")),
        (b"id: 1\ndata: a\n\nid\ndata: b\n\n", None),
        (b"id: 1\ndata: a\n\nid: 2\ndata: cut", Some(b"1")),
        (b"id: 1\ndata: a\n\nid: 2\x00\ndata: b\n\n", Some(b"1")),
        ("id: caf\u{e9} \u{1f600}\n\n".as_bytes(), Some("caf\u{e9} \u{1f600}".as_bytes())),
        (b"id: \xff\n\n", Some("\u{fffd}".as_bytes())),
        (b"id: a\tb\n\n", Some(b"a\tb")),
    ];
    for (body, expected) in cases {
        let sent = resumed_after(get(), body).await;
        assert_eq!(sent.as_deref(), expected, "{}", body.escape_ascii());
    }
}

/// Such an id cannot stand in a header.
#[tokio::test(start_paused = true)]
async fn an_id_with_control_characters_is_not_sent() {
    for body in ["id: a\u{1}b\n\n", "id: \u{7f}\n\n"] {
        assert_eq!(resumed_after(get(), body).await, None, "{body:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_id_is_sent_whole() {
    let id = "x".repeat(10_000);
    assert_eq!(resumed_after(get(), format!("id: {id}\n\n")).await, Some(id.into_bytes()));
}

#[tokio::test(start_paused = true)]
async fn the_callers_id_is_sent_until_the_server_gives_one() {
    let options = Options { last_event_id: "41".into(), ..get() };
    let mut rig = Rig::start(options, [status(503), stream("id: 42\n\n"), status(204)]);
    rig.transcript().await;
    let sent: Vec<_> = rig
        .net
        .dials()
        .iter()
        .map(|dial| dial.request.headers["last-event-id"].to_str().unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["41", "41", "42"]);
}

#[tokio::test(start_paused = true)]
async fn it_takes_the_place_of_the_callers_header() {
    let mut options = get();
    options.headers.insert("last-event-id", "own".parse().unwrap());
    assert_eq!(resumed_after(options.clone(), "data: a\n\n").await, Some(b"own".to_vec()));
    assert_eq!(resumed_after(options, "id: 7\n\n").await, Some(b"7".to_vec()));
}

/// Events with these ids as data, then a break.
fn events(ids: impl IntoIterator<Item = u32>) -> Dial {
    let body = ids.into_iter().fold(String::new(), |mut body, id| {
        let _ = write!(body, "id: {id}\ndata: {id}\n\n");
        body
    });
    stream(&body).breaks(Kind::Reset)
}

/// The events that a consumer gets over these connections.
async fn delivered(options: Options, script: impl IntoIterator<Item = Dial>) -> Vec<String> {
    let mut transcript = transcript(options, script.into_iter().chain([status(204)])).await;
    transcript.retain(|line| line.starts_with("event"));
    transcript.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

fn deduped() -> Options {
    Options { dedupe: true, ..get() }
}

#[tokio::test(start_paused = true)]
async fn replayed_events_are_dropped() {
    let script = || [events(1..4), events(2..6), events(4..7)];
    assert_eq!(delivered(deduped(), script()).await, ["1", "2", "3", "4", "5", "6"]);
    let all = ["1", "2", "3", "2", "3", "4", "5", "4", "5", "6"];
    assert_eq!(delivered(get(), script()).await, all);
}

#[tokio::test(start_paused = true)]
async fn a_replay_that_breaks_off_is_recognised_again() {
    let script = [events(1..6), events(2..4), events(3..8)];
    assert_eq!(delivered(deduped(), script).await, ["1", "2", "3", "4", "5", "6", "7"]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_comes_again_later_is_new() {
    let script = [events([1, 1, 2]), events([3, 1]), events([9, 3])];
    assert_eq!(delivered(deduped(), script).await, ["1", "1", "2", "3", "1", "9", "3"]);
}

/// A replay of events that had nothing but an id once in a while is recognised by their order.
#[tokio::test(start_paused = true)]
async fn events_without_ids_are_part_of_a_replay() {
    let first = stream("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n").breaks(Kind::Reset);
    let second = stream("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\ndata: d\n\n");
    assert_eq!(delivered(deduped(), [first, second]).await, ["a", "b", "c", "d"]);
}

#[tokio::test(start_paused = true)]
async fn dropped_events_are_not_counted() {
    let mut rig = Rig::start(deduped(), [events(1..4), events(1..6), status(204)]);
    rig.transcript().await;
    assert_eq!(rig.control.stats().events, 5);
}

/// Also one whose blank line never came, where such events count.
#[tokio::test(start_paused = true)]
async fn but_they_are_counted_as_duplicates() {
    let options = Options { incomplete: true, ..deduped() };
    let replay = stream("id: 1\ndata: 1\n\nid: 2\ndata: 2\n");
    let mut rig = Rig::start(options, [events(1..4), replay, status(204)]);
    rig.transcript().await;
    let stats = rig.control.stats();
    assert_eq!((stats.events, stats.duplicates), (3, 2));
}

/// What a replay repeats was delivered; to resume behind it would repeat even more the next time.
#[tokio::test(start_paused = true)]
async fn a_replay_moves_no_id_back() {
    let mut rig = Rig::start(deduped(), [events(1..6), events(2..4), status(204)]);
    rig.transcript().await;
    assert_eq!(rig.net.dials()[2].request.headers["last-event-id"], "5");
}

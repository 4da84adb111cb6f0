//! Events that leave as the bytes of an event stream.

use perennial_sse::delivery::Demand;

use super::rig::{Rig, post};
use super::scripted::stream;

async fn encoded(body: &str) -> Vec<String> {
    let mut rig = Rig::idle(post(), [stream(body)]);
    rig.control.encode(true);
    rig.dial();
    rig.reach("closed").await;
    rig.control.ask(Demand::Flow);
    rig.transcript().await
}

#[tokio::test(start_paused = true)]
async fn the_bytes_are_the_stream_and_join() {
    let transcript = encoded("event: ping\ndata: a\ndata: b\n\n: beat\n\ndata: c\n\n").await;
    assert_eq!(transcript.len(), 3, "{transcript:?}");
    let bytes = transcript[1].strip_prefix("bytes ").unwrap();
    assert_eq!(bytes.matches("\n\n").count(), 2, "{bytes:?}");
    let mut rest = bytes;
    for part in ["event: ping\n", "data: a\n", "data: b\n\n", ": beat\n", "data: c\n\n"] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} in {bytes:?}"));
        rest = &rest[at + part.len()..];
    }
}

/// Whoever stores the last id needs it also of a stream that is passed on.
#[tokio::test(start_paused = true)]
async fn ids_are_told_beside_the_bytes_in_their_place() {
    let transcript = encoded("id: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: b\n\n").await;
    assert_eq!(transcript.len(), 7, "{transcript:?}");
    assert!(
        transcript[1].contains("id: 1\n") && transcript[1].contains("data: a\n"),
        "{transcript:?}"
    );
    assert_eq!((&*transcript[2], &*transcript[3]), ("id 1", "id 2"));
    assert!(transcript[4].contains("data: b\n"), "{transcript:?}");
    assert_eq!((&*transcript[5], &*transcript[6]), ("id 3", "close end"));
}

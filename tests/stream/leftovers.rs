//! What is read of a body after its terminal event, so that its connection can be used again.

use perennial_sse::error::Kind;

use super::rig::{Rig, get, ms, until_done};
use super::scripted::{BodyRead, Dial, stream};

fn done() -> Dial {
    stream("data: [DONE]\n\n")
}

/// The consumer has its event at once and is done within a millisecond; what became of the body a
/// while later.
async fn left(dial: Dial) -> BodyRead {
    let mut rig = Rig::start(until_done(get()), [dial]);
    assert_eq!([rig.next().await, rig.next().await], ["open 200", "event [DONE]"]);
    assert_eq!(rig.now(), ms(0));
    assert_eq!(rig.next().await, "close terminal");
    assert!(rig.now() <= ms(1));
    rig.stays_quiet().await;
    rig.net.bodies().remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_soon_is_read_to_its_end() {
    let body = left(done().pause(ms(60)).chunk("\n").pause(ms(39))).await;
    assert!(body.ended);
    assert_eq!((body.chunks, body.dropped), (2, Some(ms(99))));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_done_finds_a_connection_free_whose_body_ended_along_with_it() {
    for dial in [done(), done().chunk("\n")] {
        let mut rig = Rig::start(until_done(get()), [dial]);
        rig.transcript().await;
        assert_eq!(rig.now(), ms(0));
        assert!(rig.net.bodies()[0].ended);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_goes_on_is_cut_after_a_tenth_of_a_second() {
    for dial in [done().hangs(), done().pause(ms(60)).chunk("\n").hangs()] {
        let body = left(dial).await;
        assert!(!body.ended);
        assert_eq!(body.dropped, Some(ms(100)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_goes_on_is_cut_after_four_kibibytes() {
    let body = left(done().chunk([b'x'; 4_000]).chunk([b'x'; 96]).pause(ms(1))).await;
    assert!(body.ended, "exactly as much is read");
    let body = left(done().chunk([b'x'; 4_000]).chunk([b'x'; 97]).chunk("unread")).await;
    assert!(!body.ended);
    assert_eq!((body.chunks, body.dropped), (3, Some(ms(0))));
}

#[tokio::test(start_paused = true)]
async fn what_breaks_after_the_end_is_nobodys_business() {
    let body = left(done().pause(ms(10)).breaks(Kind::Reset)).await;
    assert_eq!(body.dropped, Some(ms(10)));
}

#[tokio::test(start_paused = true)]
async fn closing_a_stream_that_is_over_does_not_cut_it_short() {
    let mut rig = Rig::start(until_done(get()), [done().pause(ms(50))]);
    rig.transcript().await;
    rig.control.close();
    rig.stays_quiet().await;
    assert!(rig.net.bodies()[0].ended);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_over_without_a_terminal_event_is_let_go_at_once() {
    let mut rig = Rig::start(get(), [stream("data: a\n\n")]);
    while !rig.next().await.starts_with("retry") {}
    assert_eq!(rig.net.bodies()[0].dropped, Some(ms(0)));
}

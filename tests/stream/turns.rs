//! What others can do while a body has more to read than one turn allows. On a real clock: what counts
//! is how long the engine goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::yield_now;
use tokio::time::{Instant, timeout};

use perennial_sse::delivery::{Limits, Notifier};
use perennial_sse::stream::wake_coalescing;

use super::harness::Received;
use super::rig::{Rig, ms, post, secs};
use super::scripted::{Dial, stream};

/// A body that is there at once, and says nothing.
fn nothing(chunks: usize) -> Dial {
    let text = "unknown: field\n".repeat(4_000);
    (0..chunks).fold(stream(""), |dial, _| dial.chunk(&text))
}

#[tokio::test]
async fn others_have_their_turns_while_a_body_is_read_that_is_there_at_once() {
    let began = Instant::now();
    let rig = Rig::start(post(), [nothing(800)]);
    let mut turns = 0;
    while !rig.net.bodies().first().is_some_and(|body| body.ended) {
        yield_now().await;
        turns += u32::from(rig.control.stats().bytes > 0);
        assert!(began.elapsed() < secs(60), "it never ends");
    }
    assert!(turns >= 20, "{turns} turns in {:?}", began.elapsed());
}

#[tokio::test]
async fn a_stream_can_be_closed_while_its_body_is_read() {
    let rig = Rig::start(post(), [nothing(800)]);
    while rig.control.stats().bytes == 0 {
        yield_now().await;
    }
    rig.control.close();
    timeout(secs(10), async {
        while rig.net.bodies()[0].dropped.is_none() {
            yield_now().await;
        }
    })
    .await
    .unwrap();
    assert!(!rig.net.bodies()[0].ended);
}

/// A consumer must not wait for a thread to come to rest that never does.
#[tokio::test]
async fn a_consumer_of_another_stream_is_woken_while_a_body_is_read() {
    // So many small reads that wake-ups are gathered.
    wake_coalescing::rest();
    (0..100_000).for_each(|_| wake_coalescing::read(1));
    std::thread::sleep(ms(10));
    wake_coalescing::rest();
    let woken = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&woken);
    let notifier: Arc<dyn Notifier> = Arc::new(move || flag.store(true, Ordering::Relaxed));
    wake_coalescing::notify(&notifier);
    assert!(!woken.load(Ordering::Relaxed), "it is held");

    // Few and large, or the number of reads would have its wake-up looked at.
    let text = "unknown: field\n".repeat(100_000);
    let body = (0..8).fold(stream(""), |dial, _| dial.chunk(&text));
    let rig = Rig::start(post(), [body]);
    let is_over = || rig.net.bodies().first().is_some_and(|body| body.ended);
    while !woken.load(Ordering::Relaxed) && !is_over() {
        yield_now().await;
    }
    assert!(woken.load(Ordering::Relaxed) && !is_over());
}

#[tokio::test]
async fn clocks_run_while_a_body_is_read() {
    let mut options = post();
    options.timeouts.event = Some(ms(5));
    let mut rig = Rig::start(options, [nothing(800)]);
    let transcript = timeout(secs(60), rig.transcript()).await.unwrap();
    assert_eq!(transcript, ["open 200", "close error ERR_SSE_TIMEOUT event"]);
    assert!(!rig.net.bodies()[0].ended);
}

#[tokio::test]
async fn events_that_were_read_are_handed_over_before_the_deadline_ends_the_stream() {
    let mut options = post();
    options.timeouts.total = Some(ms(5));
    options.mailbox = Limits { events: 1 << 20, bytes: 64 << 20 };
    let events = |chunk: usize| (0..4).map(move |event| format!("id:{chunk}.{event}\ndata\n\n"));
    let body =
        (0..20_000).fold(stream(""), |body, chunk| body.chunk(events(chunk).collect::<String>()));
    let mut rig = Rig::start(options, [body]);
    let mut last = String::new();
    let error = loop {
        match timeout(secs(60), rig.record()).await.unwrap() {
            Received::Event { id, .. } => last = id.unwrap(),
            Received::Notice(json) if json.contains("\"close\"") => break json,
            _ => {}
        }
    };
    assert!(error.contains("ERR_SSE_TIMEOUT"), "{error}");
    assert!(error.contains(&format!("\"lastEventId\":\"{last}\"")), "{last}: {error}");
}

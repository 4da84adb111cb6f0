//! Deadlines that look once more before they are believed.
//!
//! A process that was stopped, or a machine that slept, finds its timers due before the system has told it
//! what waits in its sockets.
#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop::unconstrained;
use tokio::task::yield_now;
use tokio::time::sleep;

/// How often sockets are asked before a deadline counts: several tasks may hand on what comes.
pub const LOOKS: u8 = 16;

/// Pending, and woken once the sockets have been asked.
pub fn look_again<T>(cx: &mut Context<'_>) -> Poll<T> {
    // Woken only after the runtime has turned to its sockets.
    match pin!(yield_now()).poll(cx) {
        Poll::Ready(()) => cx.waker().wake_by_ref(),
        Poll::Pending => {}
    }
    Poll::Pending
}

/// Resolves once the sockets have been asked often enough.
pub(super) async fn second_look() {
    let mut looks = 0;
    poll_fn(|cx| {
        if looks == LOOKS {
            return Poll::Ready(());
        }
        looks += 1;
        look_again(cx)
    })
    .await;
}

/// What `future` gives, unless it takes longer than `limit` and nothing that waits in a socket ends it.
pub async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let expire = async {
        sleep(limit).await;
        second_look().await;
    };
    tokio::select! {
        biased;
        value = future => Some(value),
        () = unconstrained(expire) => None,
    }
}

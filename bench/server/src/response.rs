//! One stream of events.

use std::io;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::events::LAP;
use crate::request::Request;
use crate::text::{Piece, Text, Texts};

/// Who asked, in either version of HTTP.
pub trait Client {
    /// Of HTTP.
    const VERSION: u8;

    /// Sends a piece of the response.
    async fn send(&mut self, piece: &Piece) -> io::Result<()>;

    /// Resolves when the client has left.
    async fn left(&mut self);
}

/// Answers a request; `number` tells the streams apart.
pub async fn respond<C: Client>(
    client: &mut C,
    request: &Request,
    texts: &Texts,
    number: u32,
) -> io::Result<()> {
    let Some(text) = texts.get(&request.text) else {
        return Err(io::Error::other("unknown text"));
    };
    if request.http.is_some_and(|version| version != C::VERSION) {
        return Err(io::Error::other("another version of HTTP was to be used"));
    }
    client.send(&text.opening).await?;
    if request.gap.is_zero() {
        let lap = if request.each { &text.each } else { &text.large };
        flood(client, request.count, lap).await?;
    } else {
        tick(client, request, text, number).await?;
    }
    client.send(&text.closing).await
}

async fn flood(client: &mut impl Client, count: Option<usize>, lap: &Piece) -> io::Result<()> {
    let laps = count.map_or(usize::MAX, |count| count.div_ceil(LAP));
    for _ in 0..laps {
        client.send(lap).await?;
    }
    Ok(())
}

async fn tick(
    client: &mut impl Client,
    request: &Request,
    text: &Text,
    number: u32,
) -> io::Result<()> {
    // Streams that open together must not tick together: the golden ratio spreads any number.
    let phase = (f64::from(number) * 0.618_033_988_749_895).fract();
    let first = Instant::now() + request.gap.mul_f64(phase);
    let mut ticks = interval_at(first, request.gap);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for event in text.events.iter().cycle().take(request.count.unwrap_or(usize::MAX)) {
        tokio::select! {
            biased;
            _ = ticks.tick() => {}
            () = client.left() => return Ok(()),
        }
        if request.stamp {
            client.send(&stamped()).await?;
        } else {
            client.send(event).await?;
        }
    }
    Ok(())
}

fn stamped() -> Piece {
    let now = clock_gettime(ClockId::Monotonic);
    Piece::chunk(format!("data: {}{:09}\n\n", now.tv_sec, now.tv_nsec).into())
}

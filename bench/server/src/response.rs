//! One stream of events.

use std::io;

use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::events::LAP;
use crate::request::Request;
use crate::text::{Text, Texts, chunk};

/// Answers a request; `number` tells the streams apart.
pub async fn respond(
    client: &mut TcpStream,
    request: &Request,
    texts: &Texts,
    number: u32,
) -> io::Result<()> {
    let Some(text) = texts.get(&request.text) else {
        return Err(io::Error::other("unknown text"));
    };
    client.write_all(&text.opening).await?;
    if request.gap.is_zero() {
        let lap = if request.each { &text.each } else { &text.large };
        flood(client, request.count, lap).await?;
    } else {
        tick(client, request, text, number).await?;
    }
    client.write_all(&text.closing).await
}

async fn flood(client: &mut TcpStream, count: Option<usize>, lap: &[u8]) -> io::Result<()> {
    let laps = count.map_or(usize::MAX, |count| count.div_ceil(LAP));
    for _ in 0..laps {
        client.write_all(lap).await?;
    }
    Ok(())
}

async fn tick(
    client: &mut TcpStream,
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
            left = client.read_u8() => return left.map(drop),
        }
        if request.stamp {
            client.write_all(&stamped()).await?;
        } else {
            client.write_all(event).await?;
        }
    }
    Ok(())
}

fn stamped() -> Vec<u8> {
    let now = clock_gettime(ClockId::Monotonic);
    chunk(format!("data: {}{:09}\n\n", now.tv_sec, now.tv_nsec).as_bytes())
}

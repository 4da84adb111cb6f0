//! The decoder beside those of other crates: what an event costs, and the ratio to the first.
//!
//! Each takes the same chunks and reports how much data it found, which must be the same. The
//! fastest of several rounds counts for each: what disturbs a round only ever makes it slower.
//!
//! With the argument `fan-out`: one payload for many receivers instead. With `log`: a log in memory.

mod decoders;
#[path = "../../../src/delivery/mod.rs"]
#[allow(dead_code, unused_imports)]
mod delivery;
#[path = "../../server/src/events.rs"]
mod events;
mod fan_out;
#[path = "../../../src/log/mod.rs"]
#[allow(dead_code, unused_imports)]
mod log;
mod logs;
#[path = "../../../src/protocol/mod.rs"]
#[allow(dead_code, unused_imports)]
mod protocol;
#[path = "../../../src/record/mod.rs"]
#[allow(dead_code, unused_imports)]
mod record;

use std::time::{Duration, Instant};

use bytes::Bytes;

use decoders::DECODERS;

/// What a socket read gives of a busy stream, and of one that has an event now and then.
const CHUNKS: [(&str, usize); 2] = [("chunks of 16 KiB", 16 * 1024), ("chunks of 256 B", 256)];

/// Over all decoders in turn.
const ROUNDS: usize = 40;

/// The event of a number.
type Render = fn(usize) -> String;

fn main() {
    if std::env::args().any(|argument| argument == "fan-out") {
        return fan_out::run();
    }
    if std::env::args().any(|argument| argument == "log") {
        return logs::run();
    }
    let texts: [(&str, Render); 3] = [
        ("300 B", events::plain),
        ("11 B with ids", events::short),
        ("300 B with Chinese text", events::chinese),
    ];
    for (text, event) in texts {
        let body: Bytes = (0..events::LAP).map(event).collect::<String>().into();
        for (cut, size) in CHUNKS {
            let chunks = cut_up(&body, size);
            println!("\nevents of {text}, {cut}");
            let times = race(&chunks);
            for ((name, _), time) in DECODERS.iter().zip(&times) {
                let each = time.as_secs_f64() * 1e9 / events::LAP as f64;
                let ratio = time.as_secs_f64() / times[0].as_secs_f64();
                println!("  {name:<34} {each:>6.0} ns/event  {ratio:>5.2}×");
            }
        }
    }
}

fn cut_up(body: &Bytes, size: usize) -> Vec<Bytes> {
    let starts = (0..body.len()).step_by(size);
    starts.map(|start| body.slice(start..body.len().min(start + size))).collect()
}

/// The best time of each decoder.
fn race(chunks: &[Bytes]) -> [Duration; DECODERS.len()] {
    let mut best = [Duration::MAX; DECODERS.len()];
    let expected = (DECODERS[0].1)(chunks);
    for _ in 0..ROUNDS {
        for (time, (name, decode)) in best.iter_mut().zip(DECODERS) {
            let started = Instant::now();
            let found = decode(chunks);
            *time = started.elapsed().min(*time);
            assert_eq!(found, expected, "{name} found other data");
        }
    }
    best
}

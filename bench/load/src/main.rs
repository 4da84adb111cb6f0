//! The clients of a hub: thousands of event streams over HTTP/1.1 on one thread.
//!
//! `bench-load PORT BYTES` connects to that port of loopback and expects events with so many bytes of
//! data; see [`event::Event`]. It takes orders from standard input, a line each, answers each with a
//! line of JSON, and ends when its standard input does, so that it never outlives the process that
//! started it; see [`orders::Order`]. Beside the answers it tells of each event when all clients that
//! read have it: `{"event":7,"last":12345}`, in nanoseconds since the event was sent.
//!
//! What a hub must not do ends it with a reason: an answer that is no event stream, a stream that ends,
//! an event that is missing, comes twice or is not whole.

mod client;
mod event;
mod latencies;
mod orders;
mod response;
mod run;
mod tally;

use std::env;
use std::process::exit;

/// What every step returns that can end the run.
type Outcome<T = ()> = Result<T, String>;

fn main() {
    let numbers: Vec<_> = env::args().skip(1).map(|text| text.parse().ok()).collect();
    let &[Some(port), Some(bytes)] = numbers.as_slice() else {
        end("expects a port and the bytes of data of each event");
    };
    let Ok(port) = u16::try_from(port) else { end("expects a port") };
    if let Err(reason) = run::run(port, bytes) {
        end(&reason);
    }
}

fn end(reason: &str) -> ! {
    eprintln!("bench-load: {reason}");
    exit(1);
}

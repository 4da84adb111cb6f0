//! What the process that started this one wants done.

use std::io::{BufRead, stdin};
use std::process::exit;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use mio::Waker;

use crate::Outcome;

/// An order.
pub enum Order {
    /// `open 1000`: as many more clients; `{"opened":1000}` once each has the head of its response.
    Open(usize),
    /// `stall 50`: the newest clients never read again; `{"stalled":50}`.
    Stall(usize),
    /// `check`: events are hashed from now on; `{"checking":true}`.
    Check,
    /// `sum`: they are no longer, and all clients must have received the same; `{"checksum":"…"}`.
    Sum,
    /// `begin`: forgets all latencies; `{"begun":true}`.
    Begin,
    /// `end`: deliveries and latencies in microseconds since then; `{"deliveries":…,"p50":…,"p99":…}`.
    End,
}

impl Order {
    fn read(line: &str) -> Outcome<Self> {
        let (name, count) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match (name, count.parse()) {
            ("open", Ok(count)) => Self::Open(count),
            ("stall", Ok(count)) => Self::Stall(count),
            ("check", _) => Self::Check,
            ("sum", _) => Self::Sum,
            ("begin", _) => Self::Begin,
            ("end", _) => Self::End,
            _ => return Err(format!("no order: {line}")),
        })
    }
}

/// Reads orders on a thread of their own, and wakes whom they are for.
pub fn orders(waker: Arc<Waker>) -> Receiver<Outcome<Order>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(Order::read(line.trim())).is_err() || waker.wake().is_err() {
                break;
            }
        }
        exit(0);
    });
    receiver
}

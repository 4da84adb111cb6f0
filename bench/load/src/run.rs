//! The loop that drives all clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use mio::{Events, Poll, Token, Waker};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Outcome;
use crate::client::{Client, Progress};
use crate::latencies::Latencies;
use crate::orders::{Order, orders};
use crate::response::Expected;
use crate::tally::{Tally, now};

/// So many clients open at the same time: fewer than a server lets wait.
const OPENING: usize = 512;
/// Room for what a socket has received when this process was late.
const BUFFER: usize = 256 * 1024;
/// Files beside the connections: standard ones, the poll and its waker.
const OTHER_FILES: u64 = 16;
const ORDERS: Token = Token(usize::MAX);

/// Obeys orders until there are no more.
pub fn run(port: u16, bytes: usize) -> Outcome {
    let poll = Poll::new().map_err(text)?;
    let waker = Arc::new(Waker::new(poll.registry(), ORDERS).map_err(text)?);
    let mut load = Load {
        address: ([127, 0, 0, 1], port).into(),
        expected: Expected { bytes, hashed: false },
        orders: orders(waker),
        poll,
        clients: Vec::new(),
        wanted: 0,
        opened: 0,
        tally: Tally::default(),
        buffer: vec![0; BUFFER],
    };
    let mut events = Events::with_capacity(1024);
    loop {
        match load.poll.poll(&mut events, None) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            polled => polled.map_err(text)?,
        }
        for event in &events {
            match event.token() {
                ORDERS => load.obey()?,
                Token(index) => load.proceed(index)?,
            }
        }
    }
}

/// All clients, and what they are told to do.
struct Load {
    address: SocketAddr,
    expected: Expected,
    orders: Receiver<Outcome<Order>>,
    poll: Poll,
    clients: Vec<Client>,
    /// How many clients there are to be.
    wanted: usize,
    /// How many of them have the head of their response.
    opened: usize,
    tally: Tally,
    buffer: Vec<u8>,
}

impl Load {
    fn obey(&mut self) -> Outcome {
        while let Ok(order) = self.orders.try_recv() {
            match order? {
                Order::Open(count) => {
                    self.wanted += count;
                    self.tally.readers += count;
                    raise_limit(self.wanted as u64 + OTHER_FILES)?;
                    self.open()?;
                }
                Order::Stall(count) => self.stall(count)?,
                Order::Check => {
                    self.expected.hashed = true;
                    println!(r#"{{"checking":true}}"#);
                }
                Order::Sum => self.sum()?,
                Order::Begin => {
                    self.tally.latencies = Latencies::default();
                    println!(r#"{{"begun":true}}"#);
                }
                Order::End => {
                    let deliveries = self.tally.latencies.count();
                    let [p50, p99] = self.tally.latencies.percentiles([0.5, 0.99]);
                    println!(r#"{{"deliveries":{deliveries},"p50":{p50},"p99":{p99}}}"#);
                }
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Outcome {
        while self.clients.len() < self.wanted && self.clients.len() - self.opened < OPENING {
            let token = Token(self.clients.len());
            let client = Client::connect(self.address, self.poll.registry(), token);
            self.clients.push(client.map_err(|error| format!("cannot connect: {error}"))?);
        }
        Ok(())
    }

    fn stall(&mut self, count: usize) -> Outcome {
        let newest = self.clients.len().saturating_sub(count);
        for client in &mut self.clients[newest..] {
            client.stall(self.poll.registry()).map_err(text)?;
        }
        self.tally.readers -= count;
        println!(r#"{{"stalled":{count}}}"#);
        Ok(())
    }

    fn sum(&mut self) -> Outcome {
        self.expected.hashed = false;
        let mut sums = self.clients.iter().filter(|client| client.reads()).map(Client::checksum);
        let first = sums.next().unwrap_or(0);
        if sums.any(|sum| sum != first) {
            return Err("clients received different events".into());
        }
        println!(r#"{{"checksum":"{first:08x}"}}"#);
        Ok(())
    }

    fn proceed(&mut self, index: usize) -> Outcome {
        let Self { clients, tally, buffer, expected, poll, .. } = self;
        let client = &mut clients[index];
        // Of one that was stalled there may still be news in what was polled together with that order.
        if !client.reads() {
            return Ok(());
        }
        let time = now();
        let handle = |event| tally.count(event, time);
        let progress = client.proceed(poll.registry(), Token(index), buffer, *expected, handle)?;
        if progress == Progress::Opened {
            self.opened += 1;
            if self.opened == self.wanted {
                println!(r#"{{"opened":{}}}"#, self.opened);
            }
            self.open()?;
        }
        Ok(())
    }
}

/// As many files may be open, or the reason why not.
fn raise_limit(needed: u64) -> Outcome {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|most| most < needed) {
        let most = limit.maximum.unwrap_or_default();
        return Err(format!(
            "at most {most} files may be open at a time and {needed} are needed: raise it with `ulimit -n {needed}`"
        ));
    }
    let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).map_err(|error| error.to_string())
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}

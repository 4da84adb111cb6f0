//! One client: its connection, its request, and what it has read.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustix::net::sockopt::set_socket_linger;

use crate::Outcome;
use crate::event::Event;
use crate::response::{Expected, Response};

const REQUEST: &[u8] = b"GET /events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
    cache-control: no-cache\r\n\r\n";

/// A client of a hub.
pub struct Client {
    stream: TcpStream,
    response: Response,
    asked: bool,
    reads: bool,
    /// The number of its last event, 0 before the first.
    last: u64,
    /// Over the hashes of its events.
    checksum: u32,
}

/// What became of a client when its socket was ready.
#[derive(PartialEq, Eq)]
pub enum Progress {
    /// The head of its response has come just now.
    Opened,
    /// Neither that nor an end.
    Same,
}

impl Client {
    /// Begins to connect.
    pub fn connect(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::WRITABLE)?;
        // No port stays in use behind the thousands of connections of a measurement.
        set_socket_linger(&stream, Some(Duration::ZERO))?;
        Ok(Self {
            stream,
            response: Response::default(),
            asked: false,
            reads: true,
            last: 0,
            checksum: 0,
        })
    }

    /// Whether it has not been stalled.
    pub fn reads(&self) -> bool {
        self.reads
    }

    /// Over what it received while events were hashed.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// Never reads again, and leaves its connection open.
    pub fn stall(&mut self, registry: &Registry) -> io::Result<()> {
        self.reads = false;
        registry.deregister(&mut self.stream)
    }

    /// Asks, or reads all that has come.
    pub fn proceed(
        &mut self,
        registry: &Registry,
        token: Token,
        buffer: &mut [u8],
        expected: Expected,
        mut handle: impl FnMut(Event),
    ) -> Outcome<Progress> {
        if !self.asked {
            self.ask(registry, token).map_err(|error| format!("cannot connect: {error}"))?;
            return Ok(Progress::Same);
        }
        let opened = self.response.opened();
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => return Err("the hub closed a connection".into()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("a connection broke: {error}")),
            };
            let Self { response, last, checksum, .. } = self;
            response.take(&buffer[..read], expected, |event| {
                if *last != 0 && event.number != *last + 1 {
                    return Err(format!("event {} came after {last}", event.number));
                }
                *last = event.number;
                *checksum = checksum.rotate_left(5) ^ event.hash;
                handle(event);
                Ok(())
            })?;
            // The socket is empty: an end would be told anew.
            if read < buffer.len() {
                break;
            }
        }
        let now = self.response.opened();
        Ok(if now && !opened { Progress::Opened } else { Progress::Same })
    }

    fn ask(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        // An empty buffer of a new socket takes all of it.
        self.stream.write_all(REQUEST)?;
        self.asked = true;
        registry.reregister(&mut self.stream, token, Interest::READABLE)
    }
}

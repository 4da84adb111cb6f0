//! The server of the benchmark: event streams over raw TCP, and over TLS in HTTP/1.1 or HTTP/2.
//!
//! It prints two ports, without TLS and with it, and ends when its standard input does, so that it
//! never outlives the process that started it. `GET /text=plain&gap=50000` streams one kind of text;
//! see [`request::Request`].

mod answers;
mod events;
mod http1;
mod http2;
mod request;
mod response;
mod text;
mod tls;

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task;

use text::Texts;
use tls::{Protocol, Tls};

/// Room for every stream of a row that opens thousands at once.
const BACKLOG: u32 = 4096;

fn main() -> io::Result<()> {
    std::thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    task::LocalSet::new().block_on(&runtime, serve())
}

/// What all connections share.
struct Shared {
    texts: Texts,
    requests: Cell<u32>,
}

impl Shared {
    /// Tells the requests apart.
    fn number(&self) -> u32 {
        self.requests.replace(self.requests.get().wrapping_add(1))
    }
}

async fn serve() -> io::Result<()> {
    let tls = Tls::new()?;
    let shared = Rc::new(Shared { texts: Texts::new(), requests: Cell::new(0) });
    let [plain, secure] = [listen()?, listen()?];
    println!("{} {}", plain.local_addr()?.port(), secure.local_addr()?.port());
    io::stdout().flush()?;
    // A client that leaves in the middle of a stream is how most streams end here.
    loop {
        let shared = Rc::clone(&shared);
        tokio::select! {
            accepted = plain.accept() => {
                let client = prepared(accepted?.0)?;
                task::spawn_local(async move { drop(http1::converse(client, &shared).await) });
            }
            accepted = secure.accept() => {
                let client = prepared(accepted?.0)?;
                let tls = tls.clone();
                task::spawn_local(async move { drop(converse_secretly(client, tls, shared).await) });
            }
        }
    }
}

fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    socket.listen(BACKLOG)
}

fn prepared(client: TcpStream) -> io::Result<TcpStream> {
    client.set_nodelay(true)?;
    Ok(client)
}

async fn converse_secretly(client: TcpStream, tls: Tls, shared: Rc<Shared>) -> io::Result<()> {
    match tls.accept(client).await? {
        (client, Protocol::Http1) => http1::converse(client, &shared).await,
        (client, Protocol::Http2) => http2::converse(client, shared).await,
    }
}

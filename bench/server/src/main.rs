//! The server of the benchmark: event streams over raw TCP.
//!
//! It prints its port, and ends when its standard input does, so that it never outlives whoever
//! started it. `GET /text=plain&gap=50000` streams one kind of text; see [`Request`].

mod answers;
mod events;
mod request;
mod response;
mod text;

use std::io::{self, Read, Write};
use std::rc::Rc;

use tokio::net::{TcpSocket, TcpStream};
use tokio::task;

use request::{Request, read_request};
use response::respond;
use text::Texts;

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

async fn serve() -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    println!("{}", listener.local_addr()?.port());
    io::stdout().flush()?;
    let texts = Rc::new(Texts::new());
    for number in 0.. {
        let (client, _) = listener.accept().await?;
        client.set_nodelay(true)?;
        let texts = Rc::clone(&texts);
        // A client that leaves in the middle of a stream is how most streams end here.
        task::spawn_local(async move { drop(converse(client, &texts, number).await) });
    }
    Ok(())
}

async fn converse(mut client: TcpStream, texts: &Texts, number: u32) -> io::Result<()> {
    while let Some(head) = read_request(&mut client).await? {
        let request = Request::parse(&head)?;
        respond(&mut client, &request, texts, number).await?;
    }
    Ok(())
}

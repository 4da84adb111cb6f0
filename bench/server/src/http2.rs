//! HTTP/2.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;

use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{RecvStream, SendStream};
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task;

use crate::Shared;
use crate::request::Request;
use crate::response::{Client, respond};
use crate::text::Piece;

/// How many streams a connection may have at once, as with nginx.
const STREAMS: u32 = 128;

/// Answers all requests of a connection until the client leaves.
pub async fn converse<S>(stream: S, shared: Rc<Shared>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let handshake = Builder::new().max_concurrent_streams(STREAMS).handshake(stream);
    let mut connection = handshake.await.map_err(io::Error::other)?;
    while let Some(request) = connection.accept().await {
        let (request, response) = request.map_err(io::Error::other)?;
        let shared = Rc::clone(&shared);
        task::spawn_local(async move { drop(answer(&request, response, &shared).await) });
    }
    Ok(())
}

async fn answer(
    request: &http::Request<RecvStream>,
    mut response: SendResponse<Bytes>,
    shared: &Shared,
) -> io::Result<()> {
    let request = Request::parse(request.uri().path())?;
    let head = Response::builder()
        .header(CONTENT_TYPE, "text/event-stream")
        .header(CACHE_CONTROL, "no-store")
        .body(())
        .map_err(io::Error::other)?;
    let mut stream = response.send_response(head, false).map_err(io::Error::other)?;
    let mut client = Responding(&mut stream);
    respond(&mut client, &request, &shared.texts, shared.number()).await?;
    stream.send_data(Bytes::new(), true).map_err(io::Error::other)
}

struct Responding<'a>(&'a mut SendStream<Bytes>);

impl Client for Responding<'_> {
    const VERSION: u8 = 2;

    async fn send(&mut self, piece: &Piece) -> io::Result<()> {
        let mut rest = piece.body.clone();
        while !rest.is_empty() {
            let now = rest.split_to(self.room(rest.len()).await?);
            self.0.send_data(now, false).map_err(io::Error::other)?;
        }
        Ok(())
    }

    async fn left(&mut self) {
        let _ = poll_fn(|context| self.0.poll_reset(context)).await;
    }
}

impl Responding<'_> {
    /// How many bytes of as many as are wanted may be sent now: at least one, after a while.
    async fn room(&mut self, wanted: usize) -> io::Result<usize> {
        self.0.reserve_capacity(wanted);
        while self.0.capacity() == 0 {
            poll_fn(|context| self.0.poll_capacity(context))
                .await
                .ok_or_else(|| io::Error::other("the client has left"))?
                .map_err(io::Error::other)?;
        }
        Ok(self.0.capacity().min(wanted))
    }
}

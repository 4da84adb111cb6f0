//! A request and the answer to it.
#![forbid(unsafe_code)]

use std::sync::Arc;

use super::body::Body;
use super::connection::Connection;
use super::fault::Fault;
use super::idle::Spares;
use super::request::Outgoing;

/// Sends a request and waits for the head of its answer. The connection goes to the spares once the
/// body was read; `sent` is called once all of the request is with the system.
pub(in crate::transport) async fn ask(
    mut connection: Connection,
    outgoing: Outgoing,
    sent: impl Fn(),
    spares: Arc<Spares>,
) -> Result<http::Response<Body>, Fault> {
    let (head, rest) = connection.ask(outgoing, sent).await?;
    let mut response = http::Response::new(Body::new(connection, head.length, rest, spares));
    *response.status_mut() = head.status;
    *response.version_mut() = head.version;
    *response.headers_mut() = head.headers;
    Ok(response)
}

//! Waits for connections, and lets them go.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::answer::Desk;
use super::http1::{Connection, Left};
use super::http2;
use super::options::{Address, Site};
use super::socket::{Shared, Socket};

/// How many connections wait to be accepted: thousands come back at the same time.
const BACKLOG: u32 = 4096;
/// How long it is waited where the system has no descriptors left.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// All addresses of this machine.
const ANY: &str = "::";

/// Where connections come in.
enum Door {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Listening,
    /// It accepts nobody; connections that are there go on.
    Draining,
    /// It lets all of them go.
    Closed,
}

/// A listener that listens.
#[derive(Debug)]
pub struct Listener {
    desk: Arc<Desk>,
    phase: watch::Sender<Phase>,
    /// `true` while there is one.
    open: watch::Receiver<bool>,
    local: Option<SocketAddr>,
}

impl Listener {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// If the address cannot be had, or the certificate not be used.
    pub async fn open(
        runtime: &Handle,
        desk: Arc<Desk>,
        address: Address,
        site: Site,
    ) -> io::Result<Self> {
        let door = Door::open(address).await?;
        let local = door.local();
        let acceptor = match &desk.options.certificate {
            Some(certificate) if site == Site::Events => {
                Some(TlsAcceptor::from(certificate.config().map_err(io::Error::other)?))
            }
            _ => None,
        };
        let (phase, phases) = watch::channel(Phase::Listening);
        let (opened, open) = watch::channel(true);
        let accepting = accept(door, Arc::clone(&desk), acceptor, site, phases);
        runtime.spawn(async move {
            accepting.await;
            // The listener may be dropped: then nobody reads it.
            _ = opened.send(false);
        });
        Ok(Self { desk, phase, open, local })
    }

    /// Where it listens, if that has a port.
    pub const fn local(&self) -> Option<SocketAddr> {
        self.local
    }

    /// Accepts nobody any more. Connections that are there have so long to end.
    pub async fn close(&self, deadline: Duration) {
        self.phase.send_replace(Phase::Draining);
        _ = timeout(deadline, self.desk.sockets.empty()).await;
        self.phase.send_replace(Phase::Closed);
        let mut open = self.open.clone();
        // Without a sender it is over as well.
        _ = open.wait_for(|open| !open).await;
    }
}

impl Door {
    async fn open(address: Address) -> io::Result<Self> {
        match address {
            Address::Port(host, port) => {
                let mut addresses: Vec<_> = lookup_host((host.as_str(), port)).await?.collect();
                if host == ANY {
                    // Where there is no IPv6 at all.
                    addresses.push((Ipv4Addr::UNSPECIFIED, port).into());
                }
                let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
                for address in addresses {
                    match listen(address) {
                        Ok(listener) => return Ok(Self::Tcp(listener)),
                        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                            return Err(error);
                        }
                        Err(error) => failure = error,
                    }
                }
                Err(failure)
            }
            #[cfg(unix)]
            Address::Path(path) => UnixListener::bind(path).map(Self::Unix),
            #[cfg(not(unix))]
            Address::Path(_) => Err(io::ErrorKind::Unsupported.into()),
            Address::Inherited(listener) => {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener).map(Self::Tcp)
            }
        }
    }

    fn local(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }

    async fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Events are small, and each is to leave at once.
                stream.set_nodelay(true)?;
                Ok(Socket::Tcp(stream))
            }
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Socket::Unix(listener.accept().await?.0)),
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As Node's servers: one that was restarted gets its port back at once.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(
    door: Door,
    desk: Arc<Desk>,
    acceptor: Option<TlsAcceptor>,
    site: Site,
    mut phases: watch::Receiver<Phase>,
) {
    let addresses = Arc::new(Addresses::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = door.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = phases.wait_for(|phase| *phase != Phase::Listening) => break,
        };
        match accepted {
            Ok(socket) => {
                let socket = Arc::new(socket);
                let peer = socket.peer();
                let Some(place) = addresses.enter(peer, &desk) else { continue };
                let desk = Arc::clone(&desk);
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    let _place = place;
                    serve(socket, peer, &desk, acceptor, site).await;
                });
            }
            // The peer went before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => sleep(EXHAUSTED).await,
        }
    }
    drop(door);
    // Without a listener it is over as well.
    _ = phases.wait_for(|phase| *phase == Phase::Closed).await;
    connections.shutdown().await;
}

async fn serve(
    socket: Arc<Socket>,
    peer: Option<IpAddr>,
    desk: &Arc<Desk>,
    acceptor: Option<TlsAcceptor>,
    site: Site,
) {
    let shared = Shared(Arc::clone(&socket));
    match acceptor {
        None => {
            let connection = Connection { io: shared, socket, is_direct: true, peer };
            converse(connection, desk, site).await;
        }
        // In a box, as all that most connections do not need: there may be ten thousands of them.
        Some(acceptor) => {
            Box::pin(async move {
                let handshake = timeout(desk.options.headers_timeout, acceptor.accept(shared));
                let Ok(Ok(io)) = handshake.await else { return };
                let connection = Connection { io, socket, is_direct: false, peer };
                converse(connection, desk, site).await;
            })
            .await;
        }
    }
}

async fn converse<S>(connection: Connection<S>, desk: &Arc<Desk>, site: Site)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let peer = connection.peer;
    if let Ok(Left::Http2(io, read)) = connection.serve(desk, site).await {
        Box::pin(http2::serve(io, read, desk, site, peer)).await;
    }
}

/// How many connections each address has.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// One of the connections of an address.
struct Place(Arc<Addresses>, Option<IpAddr>);

impl Addresses {
    /// Takes one more, if it may have it.
    fn enter(self: &Arc<Self>, peer: Option<IpAddr>, desk: &Desk) -> Option<Place> {
        let most = desk.options.max_connections_per_address;
        let (Some(most), Some(peer)) = (most, peer) else {
            return Some(Place(Arc::clone(self), None));
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place(Arc::clone(self), Some(peer)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(peer) = self.1 else { return };
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&peer);
            }
        }
    }
}

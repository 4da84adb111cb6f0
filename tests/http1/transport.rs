//! The folder `src/transport/http1` by itself, with what it names of its neighbours; shared by the tests
//! and the fuzzer.

#[path = "compare.rs"]
pub mod compare;
#[path = "../../src/transport/give_way.rs"]
mod give_way;
#[path = "../../src/transport/http1/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the transport uses more of it")]
mod http1;
#[path = "script.rs"]
pub mod script;

use give_way::give_way;

mod connect {
    use tokio::io::{AsyncRead, AsyncWrite};

    pub(super) type Socket = Box<dyn Stream>;

    pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

    impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

    /// There is only one server.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub(super) struct Peer;
}

//! The threads of the core: one runtime for the process, shared by all JavaScript environments.

use std::sync::OnceLock;

use napi::bindgen_prelude::retain_current_module_for_unload_safety;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::stream::wake_coalescing;
use crate::transport::Client;

/// One thread was as fast as two on two cores, and cheaper.
const THREADS: usize = 1;
/// Name resolution and reading certificates; see the resolver for its own, lower bound.
const BLOCKING_THREADS: usize = 8;

/// The runtime. It lives as long as the process, and so must its code: Node unloads an addon with the
/// last worker that had it.
pub fn handle() -> napi::Result<&'static Handle> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            retain_current_module_for_unload_safety();
            Builder::new_multi_thread()
                .worker_threads(threads())
                .max_blocking_threads(BLOCKING_THREADS)
                .thread_name("perennial-io")
                .on_thread_park(wake_coalescing::rest)
                .enable_all()
                .build()
        })
        .as_ref()
        .map(Runtime::handle)
        .map_err(|error| napi::Error::from_reason(format!("cannot start I/O threads: {error}")))
}

/// The HTTP client of the process.
pub fn client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(Client::new)
}

/// `PERENNIAL_THREADS`, an environment variable because the threads start before options exist.
fn threads() -> usize {
    std::env::var("PERENNIAL_THREADS")
        .ok()
        .and_then(|threads| threads.parse().ok())
        .unwrap_or(THREADS)
        .clamp(1, 64)
}

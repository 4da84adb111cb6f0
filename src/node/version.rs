//! The version of the addon.

use napi_derive::napi;

/// The version, which the loader compares with that of the package around it.
#[cfg_attr(test, allow(dead_code, reason = "napi registers nothing in a test build"))]
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

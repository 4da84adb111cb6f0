//! Links the addon for Node; the core alone needs nothing.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

/// Functions whose code is the same are kept once, which is a fifteenth of the addon. Rust promises no function an address
/// of its own, and the linker leaves data alone.
const FOLD: &str = "-Wl,--icf=all";

fn main() {
    if env::var_os("CARGO_FEATURE_NODE").is_some() {
        napi_build::setup();
        println!("cargo::rerun-if-changed=build.rs");
        if links_with(FOLD) == Some(true) {
            println!("cargo::rustc-cdylib-link-arg={FOLD}");
        }
    }
}

/// Whether the linker of the build, which may be any, knows an argument.
fn links_with(argument: &str) -> Option<bool> {
    let folder = PathBuf::from(env::var_os("OUT_DIR")?);
    let source = folder.join("empty.rs");
    fs::write(&source, "").ok()?;
    let mut rustc = Command::new(env::var_os("RUSTC")?);
    rustc.args(["--crate-type", "cdylib", "--target", &env::var("TARGET").ok()?]);
    rustc.arg("-C").arg(format!("link-arg={argument}"));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg("-C").arg(format!("linker={linker}"));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    rustc.arg("-o").arg(folder.join("empty.out")).arg(source);
    let tried = rustc.stdout(Stdio::null()).stderr(Stdio::null()).status();
    Some(tried.ok()?.success())
}

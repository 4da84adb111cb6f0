//! Turns the model on. As a flag for the whole build it would reach dependencies that have a model
//! of their own.

fn main() {
    println!("cargo::rustc-cfg=loom");
    println!("cargo::rerun-if-changed=build.rs");
}

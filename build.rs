//! Rebuilds when the scenarios change: they are embedded, and a new file would be missed else.

fn main() {
    println!("cargo:rerun-if-changed=scenarios");
}

//! The templates are in this crate: a file that is added to them makes it be compiled again.

fn main() {
    println!("cargo::rerun-if-changed=../../templates");
}

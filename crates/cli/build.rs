//! The templates and the examples of problems are in this crate: a file that is added to them makes it be
//! compiled again.

fn main() {
    println!("cargo::rerun-if-changed=../../templates");
    println!("cargo::rerun-if-changed=src/codes/examples");
}

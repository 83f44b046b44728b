//! Generated files are what the features say now.

use std::process::Command;

#[test]
fn generated_files_are_as_they_should_be() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let check = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["generate", "--check"])
        .current_dir(root)
        .output()
        .expect("it starts");
    assert!(
        check.status.success(),
        "{}{}",
        String::from_utf8_lossy(&check.stdout),
        String::from_utf8_lossy(&check.stderr)
    );
}

//! Pictures of a page.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::page::Page;

/// Keeps a picture of a page as a file.
pub(crate) fn keep(page: &mut Page, file: &Path) {
    let picture = page.ask("Page.captureScreenshot", json!({}));
    let data = picture["data"].as_str().unwrap();
    std::fs::write(file, piped(Command::new("base64").arg("--decode"), data.as_bytes())).unwrap();
}

/// What a program prints for an input.
pub(crate) fn piped(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may print before it has read all of it.
    let mut to = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writes = std::thread::spawn(move || to.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writes.join().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
    output.stdout
}

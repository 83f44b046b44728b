//! Pictures of a page.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::page::Page;

/// Keeps a picture of a page as a file.
pub(crate) fn keep(page: &mut Page, file: &Path) {
    let picture = page.ask("Page.captureScreenshot", json!({}));
    let data = picture["data"].as_str().unwrap();
    let mut decode = Command::new("base64")
        .arg("--decode")
        .stdin(Stdio::piped())
        .stdout(File::create(file).unwrap())
        .spawn()
        .unwrap();
    decode.stdin.take().unwrap().write_all(data.as_bytes()).unwrap();
    assert!(decode.wait().unwrap().success());
}

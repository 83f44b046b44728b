//! A page in Chromium, controlled through Chromium's protocol.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use serde_json::{Value, json};

/// A browser with one page open, closed when this is dropped.
pub(crate) struct Page {
    browser: Child,
    folder: tempfile::TempDir,
    to: File,
    from: BufReader<File>,
    session: String,
    sent: u64,
    /// The page's error messages.
    pub(crate) complaints: Vec<Value>,
}

impl Page {
    /// Opens a page from a file, as a person would; nothing if there is no browser.
    pub(crate) fn open(html: &str, fragment: &str) -> Option<Self> {
        let Some(chromium) = chromium() else {
            eprintln!("SKIPPED: there is no Chromium here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (theirs_in, to) = std::io::pipe().unwrap();
        let (from, theirs_out) = std::io::pipe().unwrap();
        let mut command = Command::new(chromium);
        command
            .args(["--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run"])
            // Chromium's sandbox needs rights that root in a container does not have.
            .args(["--no-sandbox", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .fd_mappings(vec![
                FdMapping { parent_fd: theirs_in.into(), child_fd: 3 },
                FdMapping { parent_fd: theirs_out.into(), child_fd: 4 },
            ])
            .unwrap();
        let browser = command.spawn().unwrap();
        drop(command);
        let (to, from): (OwnedFd, OwnedFd) = (to.into(), from.into());
        let mut page = Self {
            browser,
            folder,
            to: to.into(),
            from: BufReader::new(from.into()),
            session: String::new(),
            sent: 0,
            complaints: Vec::new(),
        };
        let target = page.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = page.ask("Target.attachToTarget", attach);
        session["sessionId"].as_str().unwrap().clone_into(&mut page.session);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            page.ask(domain, json!({}));
        }
        page.show(html, fragment);
        Some(page)
    }

    /// Shows another page.
    pub(crate) fn show(&mut self, html: &str, fragment: &str) {
        let file = self.folder.path().join(format!("{}.html", self.sent));
        std::fs::write(&file, html).unwrap();
        self.visit(&format!("file://{}#{fragment}", file.display()));
    }

    /// Goes to the page that has this address.
    pub(crate) fn visit(&mut self, url: &str) {
        self.ask("Page.navigate", json!({ "url": url }));
        self.wait_for("Page.loadEventFired");
    }

    fn send(&mut self, method: &str, params: &Value) {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut line = serde_json::to_vec(&message).unwrap();
        line.push(0);
        self.to.write_all(&line).unwrap();
    }

    fn read(&mut self) -> Value {
        let mut line = Vec::new();
        self.from.read_until(0, &mut line).unwrap();
        line.pop().expect("the browser is there");
        let message: Value = serde_json::from_slice(&line).unwrap();
        let said = message["method"].as_str().unwrap_or_default();
        if ["Runtime.exceptionThrown", "Log.entryAdded"].contains(&said) {
            self.complaints.push(message["params"].clone());
        }
        message
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.send(method, &params);
        loop {
            let message = self.read();
            if message["id"] == json!(self.sent) {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn wait_for(&mut self, event: &str) {
        while self.read()["method"] != json!(event) {}
    }

    /// The value of a JavaScript expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", ask);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }
}

impl Drop for Page {
    /// A killed browser leaves child processes, which still write to its folder.
    fn drop(&mut self) {
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let end = Instant::now() + Duration::from_secs(10);
        while matches!(self.browser.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

fn chromium() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut programs =
        std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    programs.find(|program| program.is_file())
}

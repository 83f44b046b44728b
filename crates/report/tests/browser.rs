//! The page of a run in a real browser: Chromium, told what to do over its own protocol.
//!
//! Where no Chromium is installed, this says so and is no test. `DOMI_AXE` names the `axe.min.js`
//! of the npm package `axe-core`, which then looks for what keeps people out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use command_fds::{CommandFdExt, FdMapping};
use domi_event::{
    Body, Diagnostics, Event, JobFinished, JobStarted, Plan, PlannedJob, RunFinished, RunStarted,
    Verdict,
};
use domi_report::{Recorded, html};
use serde_json::{Value, json};

/// A browser with one page open. It is gone when this is dropped.
struct Page {
    browser: Child,
    _folder: tempfile::TempDir,
    to: File,
    from: BufReader<File>,
    session: String,
    sent: u64,
    /// What the page complained of.
    complaints: Vec<Value>,
}

impl Page {
    /// Opens a page from a file, as a person would; nothing where there is no browser.
    fn open(html: &str, fragment: &str) -> Option<Self> {
        let Some(chromium) = chromium() else {
            eprintln!("skipped: there is no Chromium here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.html");
        std::fs::write(&file, html).unwrap();
        let (theirs_in, to) = std::io::pipe().unwrap();
        let (from, theirs_out) = std::io::pipe().unwrap();
        let mut command = Command::new(chromium);
        command
            .args(["--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run"])
            // Chromium's own walls want rights that a container's root does not have.
            .args(["--no-sandbox", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
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
            _folder: folder,
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
        let url = format!("file://{}#{fragment}", file.display());
        page.ask("Page.navigate", json!({ "url": url }));
        page.wait_for("Page.loadEventFired");
        Some(page)
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

    fn ask(&mut self, method: &str, params: Value) -> Value {
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

    /// What an expression of JavaScript comes to in the page.
    fn value(&mut self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", ask);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Presses a key that stands for a character, or for itself: `Tab`.
    fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        let code = match key {
            "Tab" => 9,
            _ => key.chars().next().map_or(0, |c| c.to_ascii_uppercase() as u32),
        };
        let event = json!({ "type": "keyDown", "key": key, "text": text, "code": key,
                            "windowsVirtualKeyCode": code });
        self.ask("Input.dispatchKeyEvent", event);
        self.ask("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "code": key }));
    }

    fn visible_tests(&mut self) -> Value {
        self.value(
            "[...document.querySelectorAll('#jobs tbody th')].filter((e) => e.checkVisibility())
               .map((e) => e.textContent)",
        )
    }

    fn focused(&mut self) -> Value {
        self.value("document.activeElement.id || document.activeElement.className")
    }
}

impl Drop for Page {
    fn drop(&mut self) {
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

/// A run of this many features with three tests each, of which one failed.
fn run(features: usize) -> Recorded {
    let at = |second: i64| jiff::Timestamp::from_second(1_795_000_000 + second).unwrap();
    let tests = ["it answers", "it follows its settings", "it starts again"];
    let job =
        |feature: usize, test: &str| format!("feature-{feature}/{test}/x86_64-linux/portable");
    let jobs = (0..features).flat_map(|feature| {
        tests.map(|test| PlannedJob {
            job: job(feature, test),
            feature: format!("feature-{feature}"),
            test: test.to_owned(),
            system: "x86_64-linux".to_owned(),
            backend: "portable".to_owned(),
            steps: 2,
            ..PlannedJob::default()
        })
    });
    let mut recorded = Recorded::default();
    let mut say = |second, body| recorded.add(&Event { at: at(second), body });
    say(
        0,
        Body::RunStarted(RunStarted { run: "20261121-100000-0000".into(), ..Default::default() }),
    );
    say(0, Body::Plan(Plan { jobs: jobs.collect() }));
    for feature in 0..features {
        for test in tests {
            let job = job(feature, test);
            say(1, Body::JobStarted(JobStarted { job: job.clone() }));
            let bad = feature == features - 1 && test == tests[1];
            if bad {
                say(
                    2,
                    Body::Diagnostics(Box::new(Diagnostics {
                        job: job.clone(),
                        message: "the output is not what was expected".into(),
                        got: Some("good night\n".into()),
                        expected: Some("hello\n".into()),
                        exact: true,
                        serial: "[    1.0] a long line of the kernel\n".into(),
                        ..Diagnostics::default()
                    })),
                );
            }
            let verdict = if bad { Verdict::Failed } else { Verdict::Passed };
            say(
                2,
                Body::JobFinished(JobFinished { job, verdict, millis: 900, ..Default::default() }),
            );
        }
    }
    say(3, Body::RunFinished(RunFinished { millis: 3000, ..Default::default() }));
    recorded
}

#[test]
fn jobs_are_found_with_the_keyboard_alone() {
    let recorded = run(3);
    let Some(mut page) = Page::open(&html(&recorded, &[]), "") else { return };
    assert_eq!(page.visible_tests().as_array().unwrap().len(), 9);
    page.press("Tab");
    assert_eq!(page.focused(), "skip");
    page.press("/");
    assert_eq!(page.focused(), "filter");
    for key in "1 SET".chars() {
        page.press(&key.to_string());
    }
    assert_eq!(page.visible_tests(), json!(["it follows its settings"]));
    assert_eq!(page.value("document.getElementById('shown').textContent"), "1 test");
    page.value("document.getElementById('filter').select()");
    page.press("f");
    assert_eq!(page.visible_tests().as_array().unwrap().len(), 9, "all are of a feature");
    page.press("Tab");
    page.press(" ");
    assert_eq!(page.visible_tests(), json!(["it follows its settings"]));
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn a_link_leads_to_a_job_whose_table_is_closed() {
    let recorded = run(40);
    let Some(mut page) = Page::open(&html(&recorded, &[]), "job-5") else { return };
    let seen = "document.getElementById('job-5').checkVisibility()";
    assert_eq!(page.value(seen), true);
    assert_eq!(page.value("document.getElementById('job-8').checkVisibility()"), false);
    page.value("location.hash = 'job-8'; new Promise((done) => setTimeout(done, 50))");
    assert_eq!(page.value("document.getElementById('job-8').checkVisibility()"), true);
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn nobody_is_kept_out() {
    let Ok(axe) = std::env::var("DOMI_AXE") else {
        eprintln!("skipped: DOMI_AXE names no axe.min.js");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let (before, now) = (run(3), run(3));
    for scheme in ["light", "dark"] {
        let Some(mut page) = Page::open(&html(&now, std::slice::from_ref(&before)), "") else {
            return;
        };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.ask("Emulation.setEmulatedMedia", media);
        page.value(&format!("{axe}; 0"));
        let found = page.value(
            "axe.run().then(({ passes, violations }) => [passes.length > 20, violations.map(
               ({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 200))])])",
        );
        assert_eq!(found, json!([true, []]), "{scheme}");
    }
}

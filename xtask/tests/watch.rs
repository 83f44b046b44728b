//! `watch`, as a person uses it: the real program, files saved as editors save them, keys pressed at
//! a real terminal. Afterwards nothing may be left of it.
//!
//! `DOMI_TEST_CONTAINER=0` leaves out what needs containers; so does a computer that has none, and
//! each says so.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::workspace::waiting::wait_until;
use crate::workspace::{GREETING, Workspace, committed, greetings, images};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal, of which this is the person's side.
struct Person(std::fs::File);

/// The program at work, and what it has said.
struct Watching {
    child: Child,
    person: Option<Person>,
    said: Arc<Mutex<String>>,
    /// How much of that has been read.
    read: usize,
    mark: String,
    temporary: tempfile::TempDir,
}

impl Watching {
    /// Without a terminal.
    fn start(workspace: &Workspace, words: &str) -> Self {
        Self::begin(workspace.command(&format!("watch {words}")), None)
    }

    /// At a terminal.
    fn at_a_terminal(workspace: &Workspace, words: &str) -> Self {
        Self::with_program_at_a_terminal(workspace, &workspace.command(&format!("watch {words}")))
    }

    fn with_program_at_a_terminal(workspace: &Workspace, program: &Command) -> Self {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let end = std::fs::File::options().read(true).write(true).open(name).unwrap();
        // It is in a session of its own there, as below a shell.
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]).arg(program.get_program()).args(program.get_args());
        command.current_dir(&workspace.root);
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let more = || Stdio::from(OwnedFd::from(end.try_clone().unwrap()));
        command.stdin(more()).stdout(more()).stderr(more());
        Self::begin(command, Some(Person(master.into())))
    }

    fn begin(mut command: Command, person: Option<Person>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mark = format!("{}-{number}", std::process::id());
        let temporary = tempfile::tempdir().unwrap();
        command.env("DOMI_WATCHED", &mark).env("TMPDIR", temporary.path());
        // One pipe for all that it says: of two, nobody knows what came first.
        let (ours, theirs) = std::io::pipe().unwrap();
        if person.is_none() {
            command.stdout(theirs.try_clone().unwrap()).stderr(theirs);
        }
        let child = command.spawn().unwrap();
        // Our copies of the terminal's other end.
        drop(command);
        let said = Arc::new(Mutex::new(String::new()));
        if let Some(Person(terminal)) = &person {
            listen(terminal.try_clone().unwrap(), &said);
        } else {
            listen(ours, &said);
        }
        Self { child, person, said, read: 0, mark, temporary }
    }

    /// Waits until it says something, after what was read of it.
    #[track_caller]
    fn says(&mut self, text: &str) {
        let mut at = None;
        let said = Arc::clone(&self.said);
        let all = || said.lock().unwrap()[self.read..].to_owned();
        let deadline = std::time::Instant::now() + PATIENCE;
        while at.is_none() {
            at = all().find(text);
            let ended = at.is_none() && self.child.try_wait().unwrap().is_some();
            let late = std::time::Instant::now() > deadline;
            assert!(!ended && !late, "it does not say {text:?}, but: {}", all());
            std::thread::sleep(Duration::from_millis(10));
        }
        self.read += at.unwrap() + text.len();
    }

    fn press(&self, keys: &[u8]) {
        (&self.person.as_ref().unwrap().0).write_all(keys).unwrap();
    }

    /// Whether the terminal waits for whole lines, and shows what is typed.
    fn is_for_lines(&self) -> bool {
        let modes = tcgetattr(&self.person.as_ref().unwrap().0).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// It ends so, and nothing is left: no process, no file, no terminal that is otherwise.
    #[track_caller]
    fn ends_with(mut self, exit: Option<i32>) {
        let ended = self.child.wait().unwrap();
        let said = self.said.lock().unwrap().clone();
        assert_eq!(ended.code(), exit, "{said}");
        let mark = format!("DOMI_WATCHED={}", self.mark);
        let is_of_it = |entry: &std::fs::DirEntry| {
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        };
        wait_until("processes are left", Duration::from_secs(10), || {
            !std::fs::read_dir("/proc").unwrap().flatten().any(|entry| is_of_it(&entry))
        });
        if exit.is_some() {
            let left: Vec<_> = std::fs::read_dir(self.temporary.path()).unwrap().collect();
            assert!(left.is_empty(), "{left:?}");
        }
        if self.person.is_some() {
            assert!(self.is_for_lines(), "the terminal is otherwise");
        }
    }
}

/// A test that fails leaves nothing either.
impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut from: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            said.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    });
}

/// The greeting without its rule, so that its test fails.
fn lax() -> String {
    GREETING.replace("nonEmptyStr", "str")
}

const MANIFEST: &str = "features/greeting/manifest.json";

#[test]
fn what_is_saved_is_tested_until_it_is_ended() {
    let workspace = Workspace::with_greeting();
    let mut watching = Watching::start(&workspace, "");
    watching.says("1 passed");
    watching.says("watching greeting");
    workspace.write(MANIFEST, &lax());
    watching.says("saved features/greeting/manifest.json → greeting");
    watching.says("1 failed");
    workspace.write(MANIFEST, GREETING);
    watching.says("1 passed");
    workspace.write(MANIFEST, "{");
    watching.says("error[D04");
    workspace.write(MANIFEST, &lax());
    watching.says("1 failed");
    watching.says("watching greeting");
    watching.signal(Signal::INT);
    watching.ends_with(Some(130));
}

#[test]
fn what_is_broken_is_said_and_goes_on_once_it_is_fixed() {
    let workspace = Workspace::with_greeting();
    let mut watching = Watching::start(&workspace, "");
    watching.says("1 passed");
    workspace.write("domi.toml", "[test\n");
    watching.says("error[D0501]");
    watching.says("domi.toml:1");
    workspace.write(MANIFEST, &lax());
    watching.says("error[D0501]");
    workspace.write("domi.toml", "[test]\njobs = 1\n");
    watching.says("domi.toml is read again");
    watching.says("fixed; going on");
    watching.says("1 failed");
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"features/*\"]\n";
    workspace.write("Cargo.toml", &members.replace("[\"features", "\"features"));
    watching.says("error[D04");
    workspace.write("Cargo.toml", members);
    watching.says("fixed; going on");
    workspace.printing("other", &GREETING.replace("\"greeting\"", "\"other\""));
    watching.says("→ other");
    watching.says("1 passed");
    watching.signal(Signal::TERM);
    watching.ends_with(Some(130));
}

#[test]
fn what_is_saved_while_features_are_built_is_what_counts() {
    let workspace = Workspace::empty();
    let script = "cd ../../target; echo >>asked; while [ -e hold ]; do sleep 0.05; done; \
                  cat ../features/greeting/manifest.json";
    workspace.feature("greeting", script);
    workspace.write(MANIFEST, GREETING);
    std::fs::create_dir(workspace.root.join("target")).unwrap();
    let asked = || std::fs::read(workspace.root.join("target/asked")).unwrap_or_default().len();
    let mut watching = Watching::start(&workspace, "");
    watching.says("1 passed");
    watching.says("watching");
    workspace.write("target/hold", "");
    let before = asked();
    workspace.write(MANIFEST, &lax());
    wait_until("it is asked", PATIENCE, || asked() > before);
    workspace.write(MANIFEST, GREETING);
    watching.says("saved again");
    std::fs::remove_file(workspace.root.join("target/hold")).unwrap();
    watching.says("1 passed");
    assert!(!watching.said.lock().unwrap().contains("1 failed"), "nobody has saved that last");
    watching.signal(Signal::INT);
    watching.ends_with(Some(130));
}

/// A feature like the greeting, whose plugin says that it reads its manifest and nothing else.
fn add_with_reads(workspace: &Workspace, name: &str, requires: &str) {
    greetings::add(workspace, &[name]);
    let manifest = greetings::manifest(name).replace("\"options\"", requires);
    workspace.write(&format!("features/{name}/manifest.json"), &manifest);
    let table =
        "[package.metadata.domi]\ncommand = [\"./plugin.sh\"]\nreads = [\"manifest.json\"]\n";
    let package = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{table}");
    workspace.write(&format!("features/{name}/Cargo.toml"), &package);
}

#[test]
fn a_file_that_no_feature_is_made_from_starts_nothing() {
    let workspace = Workspace::empty();
    add_with_reads(&workspace, "base", "\"options\"");
    let requires = "\"requires\": [{ \"feature\": \"base\" }], \"options\"";
    add_with_reads(&workspace, "top", requires);
    committed::commit(&workspace);
    let base = greetings::manifest("base");
    // What is only needed, and what was left out of the first round.
    for (words, first) in [("top -v", "1 passed"), ("top -v --affected=HEAD", "no tests to run")] {
        let mut watching = Watching::start(&workspace, words);
        watching.says(first);
        watching.says("watching top");
        workspace.write("docs/x.md", &format!("# For people who say {words}\n"));
        watching.says("saved docs/x.md → no feature");
        workspace.write("features/base/manifest.json", &base.replace("hello", "good day"));
        watching.says("saved features/base/manifest.json → top");
        watching.says("1 passed");
        watching.signal(Signal::INT);
        watching.ends_with(Some(130));
        workspace.write("features/base/manifest.json", &base);
    }
}

#[test]
fn what_is_put_into_a_new_folder_before_that_is_watched_is_seen() {
    let workspace = Workspace::with_greeting();
    let mut watching = Watching::start(&workspace, "-v");
    watching.says("watching");
    for folder in ["one", "two", "three"] {
        std::fs::create_dir(workspace.root.join(folder)).unwrap();
        // It is told that there is a folder, and still waits for more to come.
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(workspace.root.join(folder).join("x.md"), "x\n").unwrap();
        watching.says(&format!("saved {folder}/x.md"));
    }
    watching.signal(Signal::INT);
    watching.ends_with(Some(130));
}

#[test]
fn a_person_presses_keys_and_the_terminal_is_as_before() {
    let workspace = Workspace::with_greeting();
    let mut watching = Watching::at_a_terminal(&workspace, "greeting");
    watching.says("1 passed");
    watching.says("a: run all · s: shell · j: journal · q: quit");
    assert!(!watching.is_for_lines(), "a key counts as it is pressed");
    watching.press(b"a");
    watching.says("1 passed");
    watching.press(b"j");
    watching.says("no test has failed");
    watching.press(b"s");
    watching.says("no test has had a machine");
    watching.press(b"xq");
    watching.ends_with(Some(0));
    let mut watching = Watching::at_a_terminal(&workspace, "");
    watching.says("q: quit");
    // Ctrl-C.
    watching.press(&[3]);
    watching.ends_with(Some(130));
}

#[test]
fn what_cannot_be_watched_is_said_at_once() {
    let workspace = Workspace::with_greeting();
    let check = |words: &str, code: &str| {
        let seen = workspace.run(words);
        assert!(seen.contains(code) && seen.ends_with("--- exit 2\n"), "{seen}");
    };
    check("watch nothing", "D0701");
    check("watch greeting --test unheard-of", "D0702");
}

/// A test that has a machine.
fn with_machine() -> String {
    let (before, _) = GREETING.split_once("\"tests\"").unwrap();
    let before = before.replace("[\"x86_64-linux\"]", "[\"x86_64-linux\", \"aarch64-linux\"]");
    format!(
        r#"{before}"tests": [{{ "name": "says it", "body": {{ "run": {{
            "machines": {{ "machine": {{}} }},
            "steps": [
              {{ "action": {{ "succeed": "test ! -e /var/used && touch /var/used" }} }},
              {{ "action": {{ "output": {{ "command": "cat /etc/greeting",
                                          "expect": {{ "equals": "hello" }} }} }} }}
            ] }} }} }}] }}"#
    )
}

#[test]
fn each_save_has_a_new_container_and_none_is_left() {
    let workspace = Workspace::empty();
    workspace.printing("greeting", &with_machine());
    let command = |words: &str| images::command(&workspace, words);
    let planned = command("test --plan --backend portable-container").output().unwrap();
    if !planned.status.success() || std::env::var("DOMI_TEST_CONTAINER").is_ok_and(|it| it == "0") {
        let _ = writeln!(std::io::stderr(), "NOT RUN: containers: {:?}", planned.status);
        return;
    }
    let program = command("watch --no-cache --backend portable-container");
    let mut watching = Watching::with_program_at_a_terminal(&workspace, &program);
    watching.says("1 passed");
    watching.says("q: quit");
    let good_day = with_machine().replace("\"literal\": \"hello\"", "\"literal\": \"good day\"");
    workspace.write(MANIFEST, &good_day);
    watching.says("1 failed");
    watching.press(b"j");
    watching.says("machine.journal.txt");
    watching.press(b"s");
    watching.says("root@machine");
    watching.press(b"cat /etc/greeting; exit\n");
    watching.says("good day");
    watching.says("1 failed");
    workspace.write(MANIFEST, &with_machine());
    watching.says("1 passed");
    watching.says("q: quit");
    // Ctrl-C, while containers wait.
    watching.press(&[3]);
    watching.ends_with(Some(130));
    let mut watching = Watching::with_program_at_a_terminal(&workspace, &program);
    watching.says("q: quit");
    kill_process(Pid::from_child(&watching.child), Signal::KILL).unwrap();
    // Nobody can put a terminal back who is killed.
    watching.person = None;
    watching.ends_with(None);
}

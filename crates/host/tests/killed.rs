//! A tool that is killed with SIGKILL, with all that it has started.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_host::command::Program;

/// What is looked for among the arguments of processes.
const TOKEN: &str = "DOMI_TEST_TOKEN";

/// Each leaves a process in a session of its own, without an environment and without our pipes.
const LEAVES: &str = "setsid env -i sleep $DOMI_TEST_TOKEN >/dev/null 2>&1 </dev/null & \
                      (setsid sh -c 'sleep $DOMI_TEST_TOKEN & wait' &) ; sleep $DOMI_TEST_TOKEN";

#[test]
#[ignore = "the other test starts it, and kills it"]
fn the_tool() {
    std::thread::scope(|scope| {
        for script in [LEAVES, LEAVES, "sleep 0.1"] {
            let program = Program::new("sh").args(["-c", script]);
            scope.spawn(move || program.run(&Interrupt::default()).unwrap());
        }
    });
}

fn running(token: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let shown = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let shown = shown.map(|words| String::from_utf8_lossy(&words).replace('\0', " "));
    shown.filter(|words| words.contains(token)).collect()
}

fn wait_for(what: &str, limit: Duration, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < limit, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nothing_is_left_of_a_tool_that_is_killed_at_any_moment() {
    // Six of them sleep once all are there: by then nobody starts another.
    for (number, moment) in [Some(0), Some(2), Some(5), Some(20), None].into_iter().enumerate() {
        let token = format!("100{number}.{}", std::process::id());
        let mut tool = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_tool", "--ignored"])
            .env(TOKEN, &token)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        match moment {
            Some(moment) => std::thread::sleep(Duration::from_millis(moment)),
            None => {
                let asleep = || running(&token).iter().filter(|it| it.starts_with("sleep")).count();
                wait_for("they are started", Duration::from_secs(60), || asleep() == 6);
            }
        }
        tool.kill().unwrap();
        tool.wait().unwrap();
        let none = || running(&token).is_empty();
        wait_for("they end", Duration::from_secs(10), none);
        // Nor does one begin after that.
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(running(&token), Vec::<String>::new(), "{moment:?}");
    }
}

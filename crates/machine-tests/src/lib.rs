//! What tests with real machines share, of whatever kind the machines are.
//!
//! A machine of a test is a [`Guest`]. What machines of every kind must do alike is here as tables
//! and steps, for the tests of each kind to go through.

use std::io::{PipeReader, PipeWriter, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use domi_console::{Drive, Output};
use tempfile::TempDir;

/// Long enough for anything that tests ask of a machine, also on a busy computer without KVM.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Serves one word to whoever asks on port 9000; ends once it does.
pub const SERVE: &str = "perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0; \
    setsockopt S, SOL_SOCKET, SO_REUSEADDR, 1; bind S, sockaddr_in 9000, INADDR_ANY or die; \
    listen S, 9; while (accept C, S) { print C \"served\\n\"; close C }' >/dev/null 2>&1 &\n\
    until (: </dev/tcp/127.0.0.1/9000) 2>/dev/null; do sleep 0.02; done";

/// Asks what [`SERVE`] has started on the machine `server`.
pub const ASK: &str = "timeout 10 cat </dev/tcp/server/9000";

/// Serves 20 MiB to the first who asks on port 9001.
const SERVE_MUCH: &str = "perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0; \
    bind S, sockaddr_in 9001, INADDR_ANY or die; \
    listen S, 1; accept C, S; syswrite C, \"x\" x 65536 for 1 .. 320' >/dev/null 2>&1 &\n\
    until ss -ltn | grep -q :9001; do sleep 0.02; done";

/// Commands that come back alike from every machine: what is run, its exit status, its standard
/// output and its standard error.
pub const COMMANDS: [(&str, i32, &[u8], &[u8]); 13] = [
    ("true", 0, b"", b""),
    ("echo out; echo err >&2; exit 3", 3, b"out\n", b"err\n"),
    ("printf '\\n\\nno newline'", 0, b"\n\nno newline", b""),
    (
        "printf 'a\\0b\\377\\r\\n\\001\\003\\004\\021\\023\\177'",
        0,
        b"a\0b\xff\r\n\x01\x03\x04\x11\x13\x7f",
        b"",
    ),
    (
        "echo 'it''s \"ü\" $HOME'\necho \"two\\\\lines\"",
        0,
        "its \"ü\" $HOME\ntwo\\lines\n".as_bytes(),
        b"",
    ),
    // As with a pipe, and not as with a file, which is emptied when it is opened again.
    ("echo a; echo b >/dev/stdout; echo c | tee /dev/stderr", 0, b"a\nb\nc\n", b"c\n"),
    ("cat", 0, b"", b""),
    ("false | true; echo not reached", 1, b"", b""),
    ("kill -9 $BASHPID", 137, b"", b""),
    ("exec sh -c 'exit 7'", 7, b"", b""),
    // What is stopped has not ended, and what ends as if it had been stopped has.
    ("me=$BASHPID; (sleep 0.3; kill -CONT $me) & kill -STOP $me; echo on", 0, b"on\n", b""),
    ("exit 147", 147, b"", b""),
    ("(sleep 0.3; echo late) & echo now", 0, b"now\nlate\n", b""),
];

/// A machine with the folder of its log.
#[derive(Debug)]
pub struct Guest<M> {
    /// The machine.
    pub machine: M,
    _logs: TempDir,
}

impl<M: Drive> Guest<M> {
    /// A machine whose log is in this folder, which goes with it.
    pub fn new(machine: M, logs: TempDir) -> Self {
        Self { machine, _logs: logs }
    }

    /// Runs a command that must succeed; its standard output, without white space at its end.
    ///
    /// # Panics
    /// When the command fails, or the machine does.
    #[track_caller]
    pub fn run(&mut self, command: &str) -> String {
        let output = self.output(command);
        assert!(output.success(), "{command}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// What a command comes to.
    ///
    /// # Panics
    /// When the machine fails.
    #[track_caller]
    pub fn output(&mut self, command: &str) -> Output {
        match self.machine.execute(command, LIMIT) {
            Ok(output) => output,
            Err(error) => panic!("{command}: {error}"),
        }
    }

    /// Runs a command and compares all that it comes to.
    ///
    /// # Panics
    /// When it comes to something else, or the machine fails.
    #[track_caller]
    pub fn check(&mut self, command: &str, status: i32, stdout: &[u8], stderr: &[u8]) {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        let expected = Output { status, stdout, stderr, truncated: false, cut: None };
        assert_eq!(self.output(command), expected, "{command}");
    }
}

/// Has the machine `client` fetch 20 MiB from the machine `server`.
///
/// # Panics
/// When fewer arrive.
#[track_caller]
pub fn fetch_much<M: Drive>(client: &mut Guest<M>, server: &mut Guest<M>) {
    server.run(SERVE_MUCH);
    assert_eq!(client.run("wc -c </dev/tcp/server/9001"), (320 * 65536).to_string());
}

/// Has a person type into a shell of a machine, and compares the screen; where the person types from.
///
/// # Panics
/// When the screen or the shell's end is another one.
#[track_caller]
pub fn type_into_a_shell<M: Drive>(guest: &mut Guest<M>) -> (PipeReader, PipeWriter) {
    guest.run("echo from the test >/root/note");
    let (typed, mut keyboard) = std::io::pipe().expect("a pipe");
    keyboard.write_all(b"cat note; tty; echo $((6 * 7))\nexit 3\n").expect("room in a pipe");
    let mut screen = Vec::new();
    let status = guest.machine.interactive(typed.as_fd(), &mut screen);
    let screen = String::from_utf8_lossy(&screen);
    assert_eq!(status.ok(), Some(3), "{screen}");
    for seen in ["from the test", "/dev/hvc1", "\n42\r\n"] {
        assert!(screen.contains(seen), "{screen}");
    }
    (typed, keyboard)
}

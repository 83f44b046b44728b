//! `cargo test`, with several of its programs at once: cargo itself runs one after the other, and many of
//! them wait for other programs most of the time.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cargo_metadata::{Metadata, TargetKind};
use domi_host::Interrupt;
use domi_host::command::{Error, Outcome, Program};

use crate::failure::Result;

/// How long a step that is stopped may tidy up: it may have machines, and files of its own.
const GRACE: Duration = Duration::from_secs(30);

/// Writes down what cargo would run, in which folder and environment, instead of running it. What is written
/// down ends with a zero byte each, and the whole with an empty text.
const WRITE_DOWN: &str = r#"exec >>"$0"; printf '%s\0' "$(pwd)" "$#" "$@"; env -0; printf '\0'"#;

const QUIET: &str = "--quiet";

/// The cargo that runs this program, or any.
pub(super) fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A program that may take long and print much, which people watch.
pub(super) fn long(program: Program) -> Program {
    program
        .show_stderr()
        .leaves_servers()
        .time_limit(Duration::from_secs(2 * 60 * 60))
        .grace(GRACE)
        .output_limit(1 << 30)
}

/// A program of tests.
struct Part {
    /// How it is called in what is printed.
    name: String,
    program: Program,
    /// Of its file, in bytes.
    size: u64,
}

/// Builds all that `cargo test` with these words would run, and runs so many programs of it at once. What
/// comes of it is what would come of the whole: all that was printed, and the end of a program that went
/// wrong, if one did.
pub(super) fn run(
    cargo_test: &Program,
    at_once: usize,
    root: &Path,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let built = cargo_test.clone().arg("--no-run").run(interrupt)?;
    if !built.success() {
        return Ok(built);
    }
    let list = tempfile::NamedTempFile::new()?;
    let runner = ["sh", "-ec", WRITE_DOWN, &list.path().to_string_lossy()];
    let runner: toml_edit::Array = runner.into_iter().collect();
    let config = format!("target.'cfg(all())'.runner = {runner}");
    let words = ["--tests", QUIET, "--config", &config];
    let written = cargo_test.clone().args(words).run(interrupt)?;
    if !written.success() {
        return Ok(written);
    }
    let incomplete = || io::Error::other("what cargo would run is written down incompletely");
    let mut parts = parts(&fs_err::read(list.path())?, root).ok_or_else(incomplete)?;
    // Most have more to do the larger they are.
    parts.sort_by_key(|part| Reverse(part.size));
    let words = ["metadata", "--no-deps", "--format-version", "1"];
    let said = Program::new(cargo_program()).args(words).folder(root).read(interrupt)?;
    if has_documentation(&serde_json::from_str(&said)?) {
        let program = cargo_test.clone().arg("--doc");
        parts.insert(0, Part { name: "cargo test --doc".to_owned(), program, size: 0 });
    }
    Ok(together(written, &side_by_side(&parts, at_once, interrupt)?))
}

/// Reads what was written down; nothing if it breaks off.
fn parts(written: &[u8], root: &Path) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut texts = written.split(|&byte| byte == 0).map(|text| OsString::from_vec(text.to_vec()));
    loop {
        let folder = texts.next()?;
        if folder.is_empty() {
            // After the last one's end.
            return texts.next().is_none().then_some(parts);
        }
        let more: usize = texts.next()?.to_str()?.parse::<usize>().ok()?.checked_sub(1)?;
        let path = PathBuf::from(texts.next()?);
        let mut program = long(Program::new(&path).folder(PathBuf::from(folder)));
        for _ in 0..more {
            // To write it down, cargo was told to be quiet, which it has passed on.
            let word = texts.next()?;
            program = if word == QUIET { program } else { program.arg(word) };
        }
        loop {
            let text = texts.next()?;
            if text.is_empty() {
                break;
            }
            let (name, value) = variable(text)?;
            // The rest of the environment is as it is.
            if std::env::var_os(&name).is_none_or(|own| own != value) {
                program = program.env(name, value);
            }
        }
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        parts.push(Part { name, program, size: fs_err::metadata(&path).ok()?.len() });
    }
}

/// The name and value of a variable, as `env` prints it.
fn variable(text: OsString) -> Option<(OsString, OsString)> {
    let mut name = text.into_vec();
    let at = name.iter().position(|&byte| byte == b'=')?;
    let value = name.split_off(at + 1);
    name.pop();
    Some((OsString::from_vec(name), OsString::from_vec(value)))
}

/// Whether there is a library with documentation that is tested.
fn has_documentation(metadata: &Metadata) -> bool {
    let is_program = |kind: &TargetKind| {
        matches!(
            kind,
            TargetKind::Bin
                | TargetKind::Test
                | TargetKind::Bench
                | TargetKind::Example
                | TargetKind::CustomBuild
        )
    };
    let packages = metadata.workspace_packages();
    let mut targets = packages.iter().flat_map(|package| &package.targets);
    targets.any(|target| target.doctest && !target.kind.iter().any(is_program))
}

/// Runs programs, so many at once; the names of all and what came of each, in their order.
fn side_by_side<'a>(
    parts: &'a [Part],
    at_once: usize,
    interrupt: &Interrupt,
) -> std::result::Result<Vec<(&'a str, Outcome)>, Error> {
    let waiting = Mutex::new(parts.iter().enumerate());
    let ended = Mutex::new(Vec::new());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(parts.len()) {
            scope.spawn(|| {
                while let Some((at, part)) = next() {
                    talk!("running {}", part.name);
                    let outcome = part.program.run(interrupt);
                    let is_lost = outcome.is_err();
                    let outcome = outcome.map(|outcome| (part.name.as_str(), outcome));
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push((at, outcome));
                    if is_lost {
                        break;
                    }
                }
            });
        }
    });
    let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.sort_by_key(|(at, _)| *at);
    ended.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The first outcome with what all others printed, and the end of the first that went wrong.
fn together(first: Outcome, others: &[(&str, Outcome)]) -> Outcome {
    let mut whole = first;
    for (name, other) in others {
        whole.stdout.extend(format!("\nrunning {name}\n").into_bytes());
        whole.stdout.extend(&other.stdout);
        if !other.success() {
            whole.stdout.extend(format!("✗ {name} failed ({})\n", other.end).into_bytes());
            if whole.success() {
                whole.end = other.end;
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until another program has written a file, as it does when both run at once.
    const WAITS: &str = "
        #[test]
        fn waits() {
            let folder = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();
            std::fs::write(\"MINE\", &folder).unwrap();
            let begun = std::time::Instant::now();
            while std::fs::read(\"OTHER\").is_err() {
                assert!(begun.elapsed().as_secs() < 60);
            }
        }
    ";

    #[test]
    fn all_that_cargo_would_run_runs_side_by_side_and_none_that_fails_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it is there");
        let write = |path: &str, text: &str| {
            domi_host::file::write(&root.join(path), text).expect("written");
        };
        let manifest = |name: &str| format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
        write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b c\"]\n");
        write("a/Cargo.toml", &manifest("a"));
        write("b c/Cargo.toml", &manifest("b"));
        write("a/src/lib.rs", "//! ```\n//! assert_eq!(1, 1);\n//! ```\n#[test]\nfn in_a() {}\n");
        write("b c/src/main.rs", "fn main() {}\n#[test]\nfn in_b() { panic!(\"as it must\") }\n");
        write("a/tests/one.rs", &WAITS.replace("MINE", "../one").replace("OTHER", "../two"));
        write("b c/tests/two.rs", &WAITS.replace("MINE", "../two").replace("OTHER", "../one"));
        let words = ["test", "--workspace", "--no-fail-fast", "--offline"];
        let cargo_test = Program::new(cargo_program())
            .args(words)
            .env("CARGO_TARGET_DIR", root.join("target"))
            .folder(&root);
        let run = |at_once| {
            let outcome = run(&cargo_test, at_once, &root, &Interrupt::default());
            outcome.map(|it| (it.end.to_string(), String::from_utf8_lossy(&it.stdout).into_owned()))
        };
        let (end, printed) = run(2).expect("cargo runs");
        assert_eq!(end, "exit code 101", "{printed}");
        let found = |text: &str| printed.matches(text).count();
        assert_eq!(found("test waits ... ok"), 2, "{printed}");
        assert_eq!(found("test in_a ... ok"), 1, "{printed}");
        assert_eq!(found("test in_b ... FAILED"), 1, "{printed}");
        assert_eq!(found("a/src/lib.rs - (line 1) ... ok"), 1, "{printed}");
        assert_eq!(found("✗ target/debug/deps/b-"), 1, "{printed}");
        write("b c/src/main.rs", "fn main() {}\n");
        let (end, printed) = run(2).expect("cargo runs");
        assert_eq!(end, "exit code 0", "{printed}");
        write("b c/src/main.rs", "fn main() {\n");
        let (end, printed) = run(2).expect("cargo runs");
        assert_eq!(end, "exit code 101", "{printed}");
    }

    #[test]
    fn what_breaks_off_is_not_taken_for_all() {
        let program = env!("CARGO_MANIFEST_DIR");
        let one = format!("/tmp\0002\0{program}\0--word\0CARGO=cargo\0\0");
        let count = |text: &str| parts(text.as_bytes(), Path::new("/")).map(|parts| parts.len());
        assert_eq!(count(""), Some(0));
        assert_eq!(count(&one), Some(1));
        assert_eq!(count(&one.repeat(2)), Some(2));
        for end in 1..one.len() {
            assert_eq!(count(&one[..end]), None, "{:?}", &one[..end]);
        }
    }
}

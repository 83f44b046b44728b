//! `docs/first-feature.md`, and then `docs/first-release.md`, followed word for word: their commands are
//! run, their changes made, and what they show is what comes of them.
//!
//! Times, names of runs and reasons for a backend are others each time; `…` on the page stands for
//! lines that are. `DOMI_TEST_MACHINE=0` leaves the test out, and says so.

use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::workspace::follower::Follower;
use crate::workspace::machines;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The page's own lines for what differs.
const LEFT_OUT: &str = "…";
/// The file that the page changes.
const CHANGED: &str = "crates/motto/src/main.rs";

/// What a page has one do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// A command, and the lines that it prints.
    Run(String, Vec<String>),
    /// Lines of a file, and what becomes of them.
    Change(String, String),
}

/// The steps of a page, in its order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "console" => {
                for line in block {
                    match (line.strip_prefix("$ "), steps.last_mut()) {
                        (Some(command), _) => steps.push(Step::Run(command.to_owned(), Vec::new())),
                        (None, Some(Step::Run(_, said))) => said.push(line.to_owned()),
                        (None, _) => panic!("before any command: {line}"),
                    }
                }
            }
            "diff" => {
                let side = |other: char| -> String {
                    let kept = block.iter().filter(|line| !line.starts_with(other));
                    kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
                };
                steps.push(Step::Change(side('+'), side('-')));
            }
            other => panic!("the test does not know blocks of {other}"),
        }
    }
    steps
}

/// A text without what is other each time.
fn masked(text: &str) -> String {
    let replacements = [
        (r"\b(\d+ min )?\d+(\.\d)? s\b", "TIME"),
        (r"(portable guest) \(.*\)", "$1 (WHY)"),
        (r"(\S*/)?\d{8}-\d{6}-[0-9a-f]{4}(/\S*)?", "RUN"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY"),
        (r"(\S)   +", "$1  "),
    ];
    let replace = |text: String, (pattern, by): (&str, &str)| {
        Regex::new(pattern).unwrap().replace_all(&text, by).into_owned()
    };
    replacements.into_iter().fold(text.to_owned(), replace)
}

/// Whether lines are those of the page.
fn fits(page: &[String], said: &[String]) -> bool {
    match page.split_first() {
        None => said.is_empty(),
        Some((line, rest)) if line == LEFT_OUT => {
            (0..=said.len()).any(|left_out| fits(rest, &said[left_out..]))
        }
        Some((line, rest)) => {
            said.first().is_some_and(|first| masked(first) == masked(line))
                && fits(rest, &said[1..])
        }
    }
}

/// Changes the file as the page says.
fn change(follower: &Follower, before: &str, after: &str) {
    let file = follower.here.join(CHANGED);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches(before).count(), 1, "this is to be changed:\n{before}\nin:\n{text}");
    std::fs::write(&file, text.replacen(before, after, 1)).unwrap();
}

/// Runs a command, which prints what the page shows.
fn run(follower: &mut Follower, command: &str, expected: &[String]) {
    let said: Vec<String> = follower.run(command).lines().map(str::to_owned).collect();
    let shown = |lines: &[String]| masked(&lines.join("\n"));
    assert!(
        fits(expected, &said),
        "$ {command}\nThe page shows:\n{}\nIt prints:\n{}",
        shown(expected),
        shown(&said)
    );
}

#[test]
fn the_pages_are_followed_word_for_word() {
    if !machines::may_run() {
        return;
    }
    if !cfg!(target_arch = "x86_64") {
        eprintln!("SKIPPED: the page shows a computer of x86_64");
        return;
    }
    let page =
        |name: &str| std::fs::read_to_string(Path::new(ROOT).join("docs").join(name)).unwrap();
    let mut follower = Follower::new();
    for step in ["first-feature.md", "first-release.md"].iter().flat_map(|it| steps(&page(it))) {
        match step {
            Step::Run(command, expected) => run(&mut follower, &command, &expected),
            Step::Change(before, after) => change(&follower, &before, &after),
        }
    }
    let format = ["fmt", "--check", "--package", "motto"];
    let formatted = Command::new(env!("CARGO")).args(format).current_dir(&follower.here).output();
    let formatted = formatted.unwrap();
    assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stdout));
}

#[test]
fn what_differs_from_the_page_is_seen() {
    let page =
        "text\n```console\n$ a b\none in 2.0 s\n…\nlast\n$ c\n```\n```diff\n x\n-y\n+z\n```\n";
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let expected = [
        Step::Run("a b".to_owned(), lines("one in 2.0 s\n…\nlast")),
        Step::Run("c".to_owned(), Vec::new()),
        Step::Change("x\ny\n".to_owned(), "x\nz\n".to_owned()),
    ];
    assert_eq!(steps(page), expected);
    let Step::Run(_, page) = &expected[0] else { unreachable!("it is a command") };
    assert!(fits(page, &lines("one in 17 s\nlast")));
    assert!(fits(page, &lines("one in 17 s\nmore\nand more\nlast")));
    assert!(!fits(page, &lines("one in 17 s\nlast\nmore")));
    assert!(!fits(page, &lines("two in 17 s\nlast")));
    assert!(!fits(page, &lines("one in 17 s")));
}

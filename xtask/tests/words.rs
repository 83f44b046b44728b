//! Words that slow a reader down are used nowhere: not in docs, comments, help or messages.

use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use crate::repository;

/// Words to avoid, as patterns, and what to write instead.
const INSTEAD: &[(&str, &str)] = &[
    (r"by itself", "by default, or alone"),
    (r"mend(s|ed|ing)?", "fix"),
    (r"anew", "again"),
    (r"once more", "again"),
    (r"borne with", "accepted"),
    (r"main branch", "default branch"),
    (r"in silence", "without a message, or unnoticed"),
    (r"in vain", "for nothing"),
    (r"means? nothing", "is unknown, or has no effect"),
    (r"go(es)? on with", "continues, or resumes"),
    (r"com(e|es|ing) to rest", "become idle"),
    (r"told of", "reported, or known"),
    (r"cannot make up (its|their) mind", "is flaky"),
    (r"(has|have) not the", "does not have the"),
    (r"ere|hence|whence|thither|nought|naught|whereof|thereof|wherein", "a common word"),
];

/// Files with old words that nobody has changed yet, by the beginning of their path. Once its files
/// are clean, a line leaves the list.
const OPEN: &[&str] = &[
    // Text of a generated module.
    "crates/nix/src/library/patterns.rs",
];

/// Files that contain the words for another reason.
const EXCEPTIONS: &[&str] = &["xtask/tests/words.rs"];

#[test]
fn docs_comments_and_messages_use_common_words() {
    let mut found = Vec::new();
    for path in ["md", "rs"].into_iter().flat_map(repository::files) {
        let name = path.strip_prefix(repository::root()).unwrap().to_str().unwrap();
        if !OPEN.iter().any(|open| name.starts_with(open)) && !EXCEPTIONS.contains(&name) {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(old_words(&text).iter().map(|word| format!("{name}:{word}")));
        }
    }
    assert!(found.is_empty(), "there are plainer words than these:\n{}", found.join("\n"));
}

#[test]
fn files_that_are_open_or_excepted_exist() {
    for name in OPEN.iter().chain(EXCEPTIONS) {
        assert!(repository::root().join(name).exists(), "{name} is gone: take it out of the list");
    }
}

#[test]
fn an_old_word_is_found_with_its_line_and_what_to_write() {
    let check = |text: &str, expected: &[&str]| assert_eq!(old_words(text), expected, "{text}");
    check("a\n// Mended by hand.", &["2: `Mended`: write \"fix\""]);
    check("//! It comes to\n//! rest.", &["1: `comes to rest`: write \"become idle\""]);
    check("It is made\nanew.", &["2: `anew`: write \"again\""]);
    check("recommended, commend, here, newly", &[]);
}

/// The patterns of [`INSTEAD`], which also match where a line break divides the words.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let space = r"(?:\s|//[/!]?)+";
    let pattern = |words: &str| format!(r"(?i)\b(?:{})\b", words.replace(' ', space));
    let compile = |&(words, instead): &(_, _)| (Regex::new(&pattern(words)).unwrap(), instead);
    INSTEAD.iter().map(compile).collect()
});

/// The old words of a text, each with its line and what to write.
fn old_words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (pattern, instead) in PATTERNS.iter() {
        for word in pattern.find_iter(text) {
            let line = text[..word.start()].matches('\n').count() + 1;
            let parts = word.as_str().split_whitespace().filter(|part| !part.starts_with("//"));
            let word = parts.collect::<Vec<_>>().join(" ");
            found.push(format!("{line}: `{word}`: write \"{instead}\""));
        }
    }
    found
}

//! What is expected of output means the same to Rust and to Python, asked for real.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};

use domi_model::output::{compile, trimmed};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Answers a line of JSON with one: which texts a pattern matches, or how a text is trimmed. A
/// warning counts as an error.
const SERVER: &str = "
import json, re, sys, warnings
warnings.simplefilter('error')
for line in sys.stdin:
    asked = json.loads(line)
    try:
        if 'pattern' in asked:
            answer = [bool(re.search(asked['pattern'], t, re.ASCII)) for t in asked['texts']]
        else:
            answer = [t.rstrip() for t in asked['texts']]
    except Exception as error:
        answer = str(error)
    print(json.dumps(answer), flush=True)
";

/// A Python that stays.
struct Python {
    _child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// The one of this process, or a word that nothing was compared.
    fn get() -> Option<MutexGuard<'static, Self>> {
        static PYTHON: OnceLock<Option<Mutex<Python>>> = OnceLock::new();
        let python = PYTHON.get_or_init(|| {
            let child = Command::new("python3")
                .args(["-c", SERVER])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn();
            let mut child = child.ok()?;
            let (asked, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
            Some(Mutex::new(Self { _child: child, asked, answers }))
        });
        if python.is_none() {
            eprintln!("not run: there is no python3 to compare with");
        }
        python.as_ref().map(|python| python.lock().unwrap())
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.asked, "{question}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

/// A pattern means the same to both.
#[track_caller]
fn check(pattern: &str, texts: &[String]) {
    let Ok(regex) = compile(pattern) else { return };
    let Some(mut python) = Python::get() else { return };
    let texts: Vec<&str> = texts.iter().map(|text| trimmed(text)).collect();
    let rust: Vec<bool> = texts.iter().map(|text| regex.is_match(text)).collect();
    let answer = python.ask(&json!({ "pattern": pattern, "texts": texts }));
    assert_eq!(answer, json!(rust), "{pattern:?} in {texts:?}");
}

const TEXTS: [&str; 16] = [
    "",
    "hello",
    "hello\n",
    "hello\n\n",
    "a\nhello\nb",
    " hello ",
    "HELLO",
    "42",
    "٤٢",
    "héllo",
    "K",
    "a-b_c",
    "x\u{b}\u{c}\u{1c}\u{85}\u{a0}y",
    "a.b",
    "]-^[&&",
    "1\u{2003}2",
];

const ACCEPTED: [&str; 34] = [
    "hello",
    "^hello$",
    "^hello\\s*$",
    "(?m)^hello$",
    "(?s)a.*b",
    "(?ms)^h.*b$",
    "\\d+",
    "[\\d_]+",
    "[^\\d]",
    "[^\\S\\n]",
    "\\D",
    "\\W\\w",
    "\\bhello\\b",
    "\\s",
    "[\\s\\S]*hello",
    "h.llo",
    "\\Ahello",
    "(a|h)(?:e)l{2}o?",
    "l{1,}?",
    "[a-z]{2,3}",
    "[\\]\\-\\^\\[&]+",
    "[-a]",
    "[a-]",
    "[a^]",
    "é",
    "[à-ü]",
    "\\x41",
    "\\n",
    "\\v\\f",
    "\\.",
    "\\_\\/\\\"\\'\\#",
    "K",
    "[K-k]",
    "\\{\\}",
];

#[test]
fn patterns_of_every_form_mean_the_same_to_python() {
    let texts = TEXTS.map(str::to_owned);
    for pattern in ACCEPTED {
        compile(pattern).unwrap_or_else(|fault| panic!("{pattern:?}: {fault}"));
        check(pattern, &texts);
    }
    for c in (' '..='~').filter(char::is_ascii_punctuation) {
        let pattern = format!("\\{c}[\\{c}]");
        assert_eq!(compile(&pattern).is_ok(), !matches!(c, '<' | '>'), "{pattern}");
        check(&pattern, &[format!("{c}{c}"), c.to_string()]);
    }
}

#[test]
fn a_pattern_is_searched_for_in_the_output_without_its_last_line_break() {
    let matches = |pattern: &str, text: &str| compile(pattern).unwrap().is_match(trimmed(text));
    assert!(matches("^hello$", "hello\n"));
    assert!(matches("401 [\\s\\S]*Server: h2o", "HTTP/1.1 401 no\r\nServer: h2o\r\n\r\n"));
    assert!(!matches("^hello$", "hello\nworld\n"));
    assert!(!matches("\\d", "٤"));
}

#[test]
fn what_is_read_differently_is_refused() {
    let refused = [
        "",
        "a|",
        "|a",
        "()",
        "(a|)",
        "(",
        ")",
        "[",
        "[]",
        "[^]",
        "[]a]",
        "[a",
        "a**",
        "a*+",
        "a++",
        "a?+",
        "a{2}{3}",
        "a{,3}",
        "a{3,2}",
        "a{1001}",
        "{",
        "a{",
        "a{x}",
        "}",
        "]",
        "*a",
        "^*",
        "$+",
        "\\b{start}",
        "\\b?",
        "\\z",
        "\\Z",
        "\\B",
        "\\<",
        "\\>",
        "\\Q",
        "\\1",
        "\\0",
        "\\pL",
        "\\u0041",
        "\\x4",
        "\\xg0",
        "\\",
        "(?i)a",
        "a(?m)b",
        "(?x)a b",
        "(?<n>a)",
        "(?P<n>a)",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?>a)",
        "(?#a)",
        "[[:digit:]]",
        "[[a]]",
        "[a&&b]",
        "[a||b]",
        "[a--b]",
        "[a~~b]",
        "[z-a]",
        "[\\d-z]",
        "[a-\\d]",
        "[a-c-e]",
        "[!--]",
        "[a-",
        "\\ ",
    ];
    for pattern in refused {
        assert!(compile(pattern).is_err(), "{pattern:?} must be refused");
    }
    assert!(compile(&("(".repeat(60) + "a" + &")".repeat(60))).is_err());
}

#[test]
fn white_space_at_the_end_is_the_same_to_python() {
    let texts: Vec<String> = ('\u{1}'..='\u{ffff}').map(|c| format!("a{c}")).collect();
    let trimmed: Vec<&str> = texts.iter().map(|text| trimmed(text)).collect();
    let Some(mut python) = Python::get() else { return };
    assert!(python.ask(&json!({ "texts": texts })) == json!(trimmed));
}

/// Pieces of patterns, of those that are let through and of others.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "a", "b", "A", "k", "é", "1", "_", " ", "\n", ".", "^", "$", "|", "(", ")", "(?:", "[",
        "]", "[^", "-", "&", "*", "+", "?", "{2}", "{1,}", "{,2}", "{0,2}", "\\d", "\\D", "\\s",
        "\\S", "\\w", "\\W", "\\b", "\\n", "\\.", "\\-", "\\]", "\\x61", "\\A", "\\z", "a-k",
        "(?m)", "(?i)", "(ab)", "[ab]", "[^a]", "(a|b)",
    ];
    proptest::sample::select(PIECES).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        proptest::sample::select(
            &[
                "a", "b", "A", "k", "K", "é", "1", "٤", "_", " ", "\n", "\t", "\u{85}", "\u{1c}",
                ".", "-", "]", "&",
            ][..],
        ),
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_let_through_means_the_same_to_python(
        pieces in proptest::collection::vec(piece(), 1..8),
        texts in proptest::collection::vec(text(), 8),
    ) {
        check(&pieces.concat(), &texts);
    }
}

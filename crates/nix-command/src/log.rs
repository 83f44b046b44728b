//! The output of `nix` with `--log-format internal-json`: one JSON document per line, after `@nix
//! `. The format is not documented, but has been the same since 2.0. What is not understood is kept
//! as text.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use crate::failed::{NO_ANSWER, last_error, without_colours};

/// How many lines of a build's log are kept; `nix log` has all of them.
const LINES: usize = 2000;
/// How many lines that belong to no build are kept.
const OTHER_LINES: usize = 500;

const BUILD: u64 = 105;
const BUILD_LINE: u64 = 101;
const PHASE: u64 = 104;
/// Errors and warnings; higher levels are only details.
const WARNING: u64 = 1;

/// Something that a watcher of a build may want to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A derivation is being built.
    Building {
        /// Its path in the store.
        drv: String,
    },
    /// A line of a build's log, without colours.
    Line {
        /// The derivation's path in the store.
        drv: String,
        /// The line.
        line: String,
    },
    /// A phase of a build began.
    Phase {
        /// The derivation's path in the store.
        drv: String,
        /// The phase: `buildPhase`.
        phase: String,
    },
    /// Something else that takes long: a download, a copy.
    Doing(String),
    /// A warning, without colours.
    Warning(String),
}

/// The output of one call of `nix`.
#[derive(Debug, Clone, Default)]
pub struct Log {
    builds: BTreeMap<u64, String>,
    lines: BTreeMap<String, VecDeque<String>>,
    built: BTreeMap<String, Option<String>>,
    errors: Vec<String>,
    other: VecDeque<String>,
}

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
enum Record {
    Start {
        id: u64,
        #[serde(rename = "type")]
        kind: u64,
        #[serde(default)]
        text: String,
        #[serde(default)]
        fields: Vec<serde_json::Value>,
    },
    Result {
        id: u64,
        #[serde(rename = "type")]
        kind: u64,
        #[serde(default)]
        fields: Vec<serde_json::Value>,
    },
    Stop {
        id: u64,
    },
    Msg {
        #[serde(default)]
        level: u64,
        #[serde(default)]
        msg: String,
    },
}

impl Log {
    /// Takes a line of standard error; returns what is worth showing.
    pub fn take(&mut self, line: &[u8]) -> Option<Said> {
        let line = String::from_utf8_lossy(line);
        let record = line.strip_prefix("@nix ").and_then(|json| serde_json::from_str(json).ok());
        let Some(record) = record else {
            keep(&mut self.other, without_colours(&line), OTHER_LINES);
            return None;
        };
        match record {
            Record::Start { id, kind: BUILD, fields, .. } => {
                let drv = fields.first()?.as_str()?.to_owned();
                let machine = fields.get(1).and_then(serde_json::Value::as_str);
                let machine = machine.filter(|machine| !machine.is_empty()).map(str::to_owned);
                self.builds.insert(id, drv.clone());
                // The builder reports it too, without the name that it has here.
                let known = self.built.entry(drv.clone()).or_default();
                *known = machine.or(known.take());
                Some(Said::Building { drv })
            }
            Record::Start { text, .. } if text.is_empty() => None,
            Record::Start { text, .. } => Some(Said::Doing(without_colours(&text))),
            Record::Result { id, kind: BUILD_LINE, fields } => {
                let drv = self.builds.get(&id)?.clone();
                let line = without_colours(fields.first()?.as_str()?.trim_end_matches('\r'));
                keep(self.lines.entry(drv.clone()).or_default(), line.clone(), LINES);
                Some(Said::Line { drv, line })
            }
            Record::Result { id, kind: PHASE, fields } => {
                let drv = self.builds.get(&id)?.clone();
                Some(Said::Phase { drv, phase: fields.first()?.as_str()?.to_owned() })
            }
            Record::Result { .. } => None,
            Record::Stop { id } => {
                self.builds.remove(&id);
                None
            }
            Record::Msg { level, msg } => self.message(level, &without_colours(&msg)),
        }
    }

    fn message(&mut self, level: u64, text: &str) -> Option<Said> {
        keep(&mut self.other, text.to_owned(), OTHER_LINES);
        match level {
            // Nix continues without that builder, perhaps on a slower one.
            0 if text.starts_with(NO_ANSWER) => Some(Said::Warning(text.to_owned())),
            // Notes are marked as errors, too.
            0 if text.starts_with("error") => {
                self.errors.push(text.to_owned());
                None
            }
            WARNING => Some(Said::Warning(text.trim_start_matches("warning: ").to_owned())),
            _ => None,
        }
    }

    /// The last lines that a derivation's build has printed.
    pub fn of(&self, drv: &str) -> Vec<String> {
        self.lines.get(drv).map(|lines| lines.iter().cloned().collect()).unwrap_or_default()
    }

    /// Whether a derivation's build was begun: what the store has already is not built again.
    pub fn built(&self, drv: &str) -> bool {
        self.built.contains_key(drv)
    }

    /// The remote builder, by its URI, that a derivation's build was begun on.
    pub fn builder(&self, drv: &str) -> Option<&str> {
        self.built.get(drv)?.as_deref()
    }

    /// Every derivation whose build has printed something, and its last lines.
    pub fn all(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.lines.iter().map(|(drv, lines)| (&**drv, lines.iter().cloned().collect()))
    }

    /// The derivations whose own builds failed, as far as an error names them; not those that
    /// failed because of these.
    pub fn failed(&self) -> Vec<String> {
        let mut failed = Vec::new();
        for error in &self.errors {
            let builder = ["builder for '", "build of '", "Cannot build '"];
            let drv = builder.iter().find_map(|mark| error.split_once(mark)).map(|(_, rest)| rest);
            let Some(drv) = drv.and_then(|rest| rest.split('\'').next()) else { continue };
            let by_itself = !error.contains("dependenc") && !failed.iter().any(|f| f == drv);
            if by_itself {
                failed.push(drv.to_owned());
            }
        }
        failed
    }

    /// The error that caused all others: the first. The whole output if there is none.
    pub(crate) fn error(&self) -> String {
        let said = self.said();
        let first = self.errors.first().unwrap_or(&said);
        last_error(first)
    }

    /// Warnings, errors and all other output, without the logs of builds.
    pub fn said(&self) -> String {
        self.other.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

fn keep(lines: &mut VecDeque<String>, line: String, most: usize) {
    if lines.len() == most {
        lines.pop_front();
    }
    lines.push_back(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_builds_are_told_apart_and_the_failed_one_is_named() {
        let mut log = Log::default();
        let said: Vec<_> = [
            r#"@nix {"action":"start","fields":["/nix/store/a.drv","",1,1],"id":7,"level":3,"text":"building 'a'","type":105}"#,
            r#"@nix {"action":"start","fields":["/nix/store/b.drv","ssh://c",1,1],"id":8,"level":3,"text":"building 'b'","type":105}"#,
            r#"@nix {"action":"result","fields":["\u001b[31mred\u001b[0m"],"id":7,"type":101}"#,
            r#"@nix {"action":"result","fields":["buildPhase"],"id":8,"type":104}"#,
            r#"@nix {"action":"stop","id":7}"#,
            r#"@nix {"action":"msg","level":0,"msg":"error: builder for '/nix/store/a.drv' failed with exit code 3"}"#,
            r#"@nix {"action":"msg","level":0,"msg":"error: 1 dependencies of derivation '/nix/store/c.drv' failed to build"}"#,
            r#"@nix {"action":"msg","level":1,"msg":"warning: old"}"#,
            r#"@nix {"action":"msg","level":0,"msg":"cannot build on 'ssh://d': error: no"}"#,
            r#"@nix {"action":"new in some later version"}"#,
        ]
        .iter()
        .filter_map(|line| log.take(line.as_bytes()))
        .collect();
        let (a, b) = ("/nix/store/a.drv".to_owned(), "/nix/store/b.drv".to_owned());
        let expected = [
            Said::Building { drv: a.clone() },
            Said::Building { drv: b.clone() },
            Said::Line { drv: a.clone(), line: "red".to_owned() },
            Said::Phase { drv: b.clone(), phase: "buildPhase".to_owned() },
            Said::Warning("old".to_owned()),
            Said::Warning("cannot build on 'ssh://d': error: no".to_owned()),
        ];
        assert_eq!(said, expected);
        assert_eq!(log.of(&a), ["red"]);
        assert!(log.built(&a) && !log.built("c"));
        assert_eq!((log.builder(&a), log.builder(&b)), (None, Some("ssh://c")));
        assert_eq!(log.all().count(), 1);
        assert_eq!(log.failed(), [a]);
        assert_eq!(log.error(), "builder for '/nix/store/a.drv' failed with exit code 3");
        assert!(log.said().contains("some later version"), "{}", log.said());
    }

    #[test]
    fn a_chatty_build_takes_no_more_than_its_last_lines() {
        let mut log = Log::default();
        let start = r#"@nix {"action":"start","fields":["a.drv"],"id":7,"type":105}"#;
        log.take(start.as_bytes());
        for n in 0..LINES + 5 {
            let line = format!(r#"@nix {{"action":"result","fields":["{n}"],"id":7,"type":101}}"#);
            log.take(line.as_bytes());
        }
        let kept = log.of("a.drv");
        assert_eq!((kept.len(), &*kept[0]), (LINES, "5"));
    }
}

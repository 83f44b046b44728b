//! What modules add to a unit of the system.

use std::collections::BTreeSet;

use crate::Unit;

/// What modules add to a unit that a system has without them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Added {
    /// New lines by section, in their order; of keys that list units, one line for each unit.
    pub lines: Vec<(String, String)>,
    /// Keys by section that the unit has only without the modules.
    pub gone: BTreeSet<(String, String)>,
    /// Units that start it because of the modules.
    pub wanted_by: Vec<String>,
    /// Units that start it because of the modules, and fail when it does.
    pub required_by: Vec<String>,
    /// Names that it has because of the modules.
    pub aliases: Vec<String>,
    /// Units that start it only without the modules, and names that it has only without them.
    pub lost: Vec<String>,
}

/// Keys of `[Unit]` whose values are lists of units; NixOS writes each list as one line.
const LISTS: [&str; 14] = [
    "After",
    "Before",
    "BindsTo",
    "Conflicts",
    "Documentation",
    "OnFailure",
    "OnSuccess",
    "PartOf",
    "RequiredBy",
    "Requires",
    "Requisite",
    "Upholds",
    "WantedBy",
    "Wants",
];

impl Unit {
    /// What the modules add, if the unit is one of the system.
    pub fn added(&self) -> Option<Added> {
        let before = lines(self.text_before.as_ref()?);
        let now = lines(&self.text);
        let mut rest = before.clone();
        let mut added = Vec::new();
        for line in now {
            match rest.iter().position(|old| *old == line) {
                Some(at) => drop(rest.remove(at)),
                None => added.push(line),
            }
        }
        let key = |(section, line): &(String, String)| {
            (section.clone(), line.split('=').next().unwrap_or_default().to_owned())
        };
        let replaced: BTreeSet<_> = added.iter().map(key).collect();
        let gone = rest.iter().map(key).filter(|key| !replaced.contains(key)).collect();
        let lists = [
            (&self.wanted_before, &self.wanted_by),
            (&self.required_before, &self.required_by),
            (&self.aliases_before, &self.aliases),
        ];
        let lost = lists.iter().flat_map(|(before, now)| without(before, now)).collect();
        let [wanted_by, required_by, aliases] = lists.map(|(before, now)| without(now, before));
        Some(Added { lines: added, gone, wanted_by, required_by, aliases, lost })
    }
}

/// What one list has that the other has not.
fn without(all: &[String], others: &[String]) -> Vec<String> {
    all.iter().filter(|it| !others.contains(it)).cloned().collect()
}

/// The lines of a unit file with their sections: without `[Install]`, which NixOS expresses in
/// another way too, and without what only NixOS's own switching reads.
fn lines(text: &str) -> Vec<(String, String)> {
    let mut section = "";
    let mut out = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if section == "Install" || key.starts_with("X-") {
            continue;
        }
        let mut add = |line: String| out.push((section.to_owned(), line));
        if section == "Unit" && LISTS.contains(&key) {
            value.split_whitespace().for_each(|unit| add(format!("{key}={unit}")));
        } else {
            add(line.to_owned());
        }
    }
    out
}

impl Added {
    /// What a drop-in with this text adds.
    pub fn by(text: &str, wanted_by: Vec<String>) -> Self {
        Self { lines: lines(text), wanted_by, ..Self::default() }
    }

    /// The lines as a file of a drop-in.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for (of, line) in &self.lines {
            if of != section {
                let gap = if section.is_empty() { "" } else { "\n" };
                out += &format!("{gap}[{of}]\n");
                section = of;
            }
            out += &format!("{line}\n");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_what_was_not_there() {
        let check = |before: &str, now: &str, expected: &str, gone: usize| {
            let unit = Unit {
                enable: true,
                text: now.to_owned(),
                wanted_by: vec!["a.target".to_owned(), "b.target".to_owned()],
                required_by: vec!["c.target".to_owned()],
                aliases: vec!["d.service".to_owned()],
                text_before: Some(before.to_owned()),
                wanted_before: vec!["a.target".to_owned(), "e.target".to_owned()],
                required_before: Vec::new(),
                aliases_before: vec!["f.service".to_owned()],
            };
            let added = unit.added().unwrap_or_default();
            assert_eq!((&*added.text(), added.gone.len()), (expected, gone));
            assert_eq!(added.wanted_by, ["b.target"]);
            assert_eq!(
                (&*added.required_by, &*added.aliases),
                (&*unit.required_by, &*unit.aliases)
            );
            assert_eq!(added.lost, ["e.target", "f.service"]);
        };
        let before = "[Unit]\nWants=x.target\n\n[Service]\nA=1\nX-Restart-Triggers=/a\n";
        check(before, before, "", 0);
        check(
            before,
            "[Unit]\nWants=x.target y.target z.target\n\n[Service]\nA=1\nA=2\nB=3\n\n[Install]\n\
             WantedBy=a.target b.target\n",
            "[Unit]\nWants=y.target\nWants=z.target\n\n[Service]\nA=2\nB=3\n",
            0,
        );
        check(before, "[Unit]\nWants=x.target\n[Service]\nA=2\n", "[Service]\nA=2\n", 0);
        check(before, "[Service]\nA=1\n", "", 1);
    }
}

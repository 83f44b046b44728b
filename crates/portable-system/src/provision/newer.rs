//! Directives that the machine's own systemd may be too old for. It would pass over one without
//! more than a line in its journal, and a test would pass that does not test what it says.

use std::collections::BTreeSet;

use domi_host::command::shell_word;
use domi_model::is_known_everywhere;
use domi_realise::{Content, File};

/// Where the units of a system stand.
const UNITS: &str = "/etc/systemd/system/";

/// Ends where systemd does not know what the units say. Only a unit with a directive that not every
/// systemd knows is asked about, because that costs more than all the rest.
pub(super) fn known(files: &[File]) -> String {
    let units = doubtful(files);
    if units.is_empty() {
        return String::new();
    }
    let units: Vec<_> = units.into_iter().map(shell_word).collect();
    format!(
        "units=()
for unit in {}; do
  for place in {UNITS} /usr/lib/systemd/system/; do
    [[ ! -e $place$unit ]] || {{ units+=(\"$place$unit\"); break; }}
  done
done
unknown=$(SYSTEMD_LOG_COLOR=0 SYSTEMD_LOG_TARGET=console \
systemd-analyze verify --man=no -- \"${{units[@]}}\" 2>&1 \
| grep -E '^{UNITS}[^:]+:[0-9]+: Unknown (key|section)' || :)
[[ -z $unknown ]] || {{
  version=$(systemctl --version | head -n 1)
  echo \"$version on this machine does not know what a unit says, and would pass over it:\" >&2
  echo \"$unknown\" >&2
  exit 1
}}
",
        units.join(" ")
    )
}

/// The units with such a directive, or to which one is added.
fn doubtful(files: &[File]) -> BTreeSet<&str> {
    let mut units = BTreeSet::new();
    for file in files {
        let (Some(path), Content::Text(text)) = (file.path.strip_prefix(UNITS), &file.content)
        else {
            continue;
        };
        if directives(text).any(|(section, name)| !is_known_everywhere(section, name)) {
            units.insert(path.split_once(".d/").map_or(path, |(unit, _)| unit));
        }
    }
    units
}

/// The directives of a unit's text, each with its section.
fn directives(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let (mut section, mut continues) = ("", false);
    text.lines().filter_map(move |line| {
        let comment = line.starts_with(['#', ';']);
        let within = continues;
        // A comment between the lines of a value does not end it.
        continues = if comment { continues } else { line.ends_with('\\') };
        if comment || within {
            return None;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            return None;
        }
        let (name, _) = line.split_once('=')?;
        Some((section, name.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let content = Content::Text(text.to_owned());
        let files = [File { path: path.to_owned(), mode: 0o444, content }];
        assert_eq!(doubtful(&files).into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(known(&files).is_empty(), expected.is_empty());
    }

    #[test]
    fn only_units_with_what_not_every_systemd_knows_are_asked_about() {
        let newer = "[Service]\nRestart=always\nRestartSteps=3\n";
        check("/etc/systemd/system/x.service", newer, &["x.service"]);
        check("/etc/systemd/system/a@b.service.d/x.conf", newer, &["a@b.service"]);
        check("/etc/x.service", newer, &[]);
        check("/etc/systemd/system/x.service", "[Service]\nFrob=1\n", &["x.service"]);
        check("/etc/systemd/system/x.service", "[Service]\nAfter=1\n", &["x.service"]);
        check(
            "/etc/systemd/system/x.service",
            "# RestartSteps=1\n[Unit]\nAfter=a\n[Service]\nExecStart=/x \\\n# RestartSteps=2\n\
             RestartSteps=3 \\\n a=b\nX-Mine=1\n[Install]\nWantedBy=x\n[X-Mine]\na=b\n",
            &[],
        );
    }
}

//! What is shown of a feature, as a person reads it.

use std::fmt::Display;

use domi_report::Paint;
use jiff::Timestamp;

use super::model::{Builds, Deployed, Last, OptionFacts, PortFacts, Runs, Shown, TestFacts};
use crate::generated::FileState;

/// The columns of a line.
const WIDTH: usize = 100;
/// The columns before what a line says.
const MARGIN: usize = 13;
/// The longest value of an option that is shown, in characters.
const LONGEST: usize = 44;
/// The same beside its default, and the longest default.
const BESIDE: (usize, usize) = (26, 16);

/// The five questions, with their answers.
pub(super) fn text(shown: &Shown, paint: Paint) -> String {
    let feature = &shown.feature;
    let (kind, maturity) = (feature.kind.as_str(), feature.maturity.as_str());
    let mut page = Page { text: String::new(), paint };
    page.line(format!("{} {} · {kind} · {maturity}", paint.strong(&feature.name), feature.version));
    page.line(domi_report::shown(&feature.summary));
    page.builds(&shown.builds);
    page.runs(&shown.runs);
    page.configured(&shown.options, &feature.option_prefix().join("."));
    page.tested(&shown.tests);
    page.deployed(&shown.deployed);
    page.text
}

struct Page {
    text: String,
    paint: Paint,
}

impl Page {
    fn line(&mut self, text: impl Display) {
        self.text += text.to_string().trim_end();
        self.text.push('\n');
    }

    fn question(&mut self, question: &str, answer: impl Display) {
        let answer = answer.to_string();
        self.text.push('\n');
        self.line(format!("{}  {answer}", self.paint.strong(question)));
    }

    /// A list under its name, in as many lines as it takes; nothing where it is empty.
    fn list(&mut self, name: &str, items: impl IntoIterator<Item = impl Display>) {
        let mut lines: Vec<String> = Vec::new();
        for item in items {
            let item = domi_report::shown(&item.to_string()).replace('\n', " ");
            match lines.last_mut() {
                Some(line) if MARGIN + length(line) + 2 + length(&item) <= WIDTH => {
                    *line += &format!(", {item}");
                }
                Some(line) => {
                    line.push(',');
                    lines.push(item);
                }
                None => lines.push(item),
            }
        }
        for (number, line) in lines.into_iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            let name = self.paint.faint(format!("{name:<width$}", width = MARGIN - 3));
            self.line(format!("  {name} {line}"));
        }
    }

    fn builds(&mut self, builds: &Builds) {
        self.question("Does it build?", "yes");
        self.list("crate", [format!("{} ({})", builds.folder, builds.manifest)]);
        let with = |wanted| {
            let files = builds.files.iter().filter(move |file| file.state == wanted);
            files.map(|file| &file.path)
        };
        self.list("generated", with(FileState::Fresh));
        self.list("stale", with(FileState::Stale));
        self.list("missing", with(FileState::Missing));
        if builds.files.iter().any(|file| file.state != FileState::Fresh) {
            self.list("", ["`cargo xtask generate` writes these"]);
        }
        if builds.extra_nix {
            self.list("by hand", [format!("{}/extra.nix", builds.folder)]);
        }
    }

    fn runs(&mut self, runs: &Runs) {
        self.question("What does it run?", format!("with {}", runs.with));
        // Said in sentences, each in its own line.
        for refused in &runs.refused {
            self.list("refused", [refused]);
        }
        self.list(
            "units",
            runs.units.iter().map(|(name, by)| match by[..] {
                [] => name.clone(),
                _ => format!("{name} (by {})", by.join(", ")),
            }),
        );
        self.list("adds to", &runs.drop_ins);
        self.list("files", &runs.files);
        self.list("tmpfiles", &runs.tmpfiles);
        self.list("ports", runs.ports.iter().map(port));
        self.list("users", &runs.users);
        self.list("groups", &runs.groups);
        self.list("kernel", runs.sysctl.iter().map(|(name, value)| format!("{name} = {value}")));
        self.list("software", runs.software.keys());
        let paths = runs.claims.keys().filter_map(|it| it.strip_prefix("path "));
        self.list("own paths", paths.filter(|path| !runs.files.contains(*path)));
        self.list("requires", &runs.requires);
        self.list("wants", &runs.wants);
        self.list("conflicts", &runs.conflicts);
        self.list("not here", &runs.not_covered);
    }

    fn configured(&mut self, options: &[OptionFacts], prefix: &str) {
        self.question("How is it configured?", prefix);
        let options: Vec<_> = options.iter().filter(|option| !option.hidden).collect();
        let rows: Vec<_> = options.iter().map(|it| (&it.name, state(it), &it.ty)).collect();
        let names = rows.iter().map(|(name, ..)| length(name)).max().unwrap_or_default();
        let states = rows.iter().map(|(_, state, _)| length(state)).max().unwrap_or_default();
        for (name, state, ty) in rows {
            let room = WIDTH.saturating_sub(2 + names + 2 + states + 2).max(20);
            let ty = self.paint.faint(short(ty, room));
            self.line(format!("  {name:<names$}  {state:<states$}  {ty}"));
        }
    }

    fn tested(&mut self, tests: &[TestFacts]) {
        let refusals = tests.iter().filter(|test| test.machines == 0).count();
        let count = |number, one: &str| match number {
            1 => format!("1 {one}"),
            many => format!("{many} {one}s"),
        };
        let in_machines = count(tests.len() - refusals, "test");
        let answer = format!("{in_machines} in machines, {}", count(refusals, "refusal"));
        self.question("How is it tested?", if tests.is_empty() { "not at all" } else { &answer });
        let names = tests.iter().map(|test| length(&test.name)).max().unwrap_or_default();
        for test in tests {
            if test.last.iter().all(|last| last.verdict.is_none()) {
                self.line(format!("  {:<names$}  {}", test.name, self.never()));
                continue;
            }
            for (number, last) in test.last.iter().enumerate() {
                let name = if number == 0 { &*test.name } else { "" };
                let line = format!("  {name:<names$}  {:<13}  {}", last.system, self.verdict(last));
                self.line(line);
            }
        }
    }

    fn never(&self) -> String {
        self.paint.faint("never run here")
    }

    fn verdict(&self, last: &Last) -> String {
        let Some(verdict) = last.verdict else { return self.never() };
        let began = last.began.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        let day = began.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        let verdict = domi_report::verdict(verdict, 13, self.paint);
        format!("{verdict}  {day}  {}", self.paint.faint(&last.backend))
    }

    fn deployed(&mut self, deployed: &Deployed) {
        let is_there = !deployed.nixos_modules.is_empty();
        let answer = if is_there { "" } else { "not by the flake: it is not generated yet" };
        self.question("How is it deployed?", answer);
        self.list("modules", deployed.nixos_modules.iter().map(|it| format!("nixosModules.{it}")));
        let enabled = |wanted: bool| {
            let all = deployed.nixos_configurations.iter();
            all.filter(move |(_, is)| **is == wanted).map(|(name, _)| name)
        };
        self.list("enabled in", enabled(true));
        self.list("off in", enabled(false));
        self.list("hosts", deployed.hosts.keys());
        if deployed.fleet_is_wrong {
            self.list("hosts", ["not known: `cargo xtask fleet check` says what is wrong"]);
        }
    }
}

fn port(port: &PortFacts) -> String {
    let open = if port.open { "open to others" } else { "not open to others" };
    format!("{} {} ({open})", port.protocol.to_uppercase(), port.port)
}

/// What an option is, and what it is by default.
fn state(option: &OptionFacts) -> String {
    let default = match (&option.default, &option.default_text) {
        (Some(default), _) => default.to_string(),
        (None, Some(text)) => text.clone(),
        (None, None) => "computed".to_owned(),
    };
    match &option.value {
        None if option.required => "must be set".to_owned(),
        None => short(&default, LONGEST),
        Some(value) if option.default.as_ref() == Some(value) => short(&default, LONGEST),
        Some(value) => {
            let value = short(&value.to_string(), BESIDE.0);
            if option.required {
                return format!("{value} (has no default)");
            }
            format!("{value} (by default {})", short(&default, BESIDE.1))
        }
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// A text on one line, no longer than that.
fn short(text: &str, most: usize) -> String {
    let text = domi_report::shown(text).replace('\n', " ");
    if length(&text) <= most {
        return text;
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use domi_model::Value;

    use super::*;

    #[track_caller]
    fn check(option: &OptionFacts, expected: &str) {
        assert_eq!(state(option), expected);
    }

    #[test]
    fn an_option_says_what_it_is_and_what_it_would_be() {
        let option =
            |default: Option<i64>, value: Option<i64>, required, text: Option<&str>| OptionFacts {
                name: "a".to_owned(),
                path: "domi.services.x.a".to_owned(),
                ty: "an integer".to_owned(),
                description: String::new(),
                required,
                default: default.map(Value::Int),
                default_text: text.map(str::to_owned),
                value: value.map(Value::Int),
                set: false,
                read_only: false,
                hidden: false,
            };
        check(&option(Some(1), Some(1), false, None), "1");
        check(&option(Some(1), Some(2), false, None), "2 (by default 1)");
        check(&option(None, Some(2), true, None), "2 (has no default)");
        check(&option(None, None, true, None), "must be set");
        check(&option(None, Some(2), false, Some("twice a")), "2 (by default twice a)");
        check(&option(None, None, false, None), "computed");
    }

    #[test]
    fn a_list_is_broken_between_its_items() {
        let mut page = Page { text: String::new(), paint: Paint::plain() };
        page.list("files", [&"a".repeat(50), &"b".repeat(40), "c"]);
        page.list("none", [""; 0]);
        let expected =
            format!("  files      {},\n             {}, c\n", "a".repeat(50), "b".repeat(40));
        assert_eq!(page.text, expected);
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(short("a\nb c", 5), "a b c");
        assert_eq!(short("abc def", 5), "abc…");
    }
}

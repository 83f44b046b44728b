//! `domi.toml`, what a repository may want to change. Nothing needs it to exist.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::Duration;

use camino::Utf8Path;
use domi_model::{Code, Place, Problem, Severity};
use domi_nix_command::Cache;
use domi_transplant::Row;
use toml_edit::{Document, Item, TableLike, Value};

use crate::codes::{CONFIG_SYNTAX, CONFIG_UNKNOWN, CONFIG_VALUE};
use crate::failure::Located;
use crate::release;
use crate::workflow::GitHub;

/// The file's name, at the workspace root.
pub(crate) const FILE: &str = "domi.toml";

/// What the file says; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Memory of a machine in MiB.
    pub(crate) memory_mib: Option<u32>,
    /// Processors of a machine.
    pub(crate) cpus: Option<u32>,
    /// The release that guests are made from: `debian`, `bookworm`.
    pub(crate) distribution: Option<(String, String)>,
    /// How long a test may take.
    pub(crate) test_limit: Option<Duration>,
    /// How long a step of a test may take.
    pub(crate) step_limit: Option<Duration>,
    /// How long a plugin may take to print its manifest.
    pub(crate) plugin_limit: Option<Duration>,
    /// How many machines may run at once.
    pub(crate) jobs: Option<NonZeroUsize>,
    /// What GitHub is to do, if anything.
    pub(crate) github: Option<GitHub>,
    /// What stands for packages of nixpkgs on portable machines.
    pub(crate) packages: BTreeMap<String, Row>,
    /// Where others find what was built here.
    pub(crate) cache: Option<Cache>,
}

/// The text of a file of settings at the workspace root; nothing where there is none.
pub(crate) fn text(root: &Utf8Path, file: &'static str) -> Result<Option<String>, Box<Problem>> {
    let path = root.join(file);
    let unusable = |why: String| {
        let problem = Problem::error(CONFIG_SYNTAX, file, why);
        Box::new(problem.next("write a file of TOML there, or none"))
    };
    match std::fs::metadata(&path) {
        Ok(facts) if !facts.is_file() => return Err(unusable("it is no file".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        _ => {}
    }
    let bytes =
        std::fs::read(path).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        let place = Place { file: file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) };
        Box::new(unusable("it is not UTF-8".to_owned()).at(Some(place)))
    })
}

/// Reads the text of the file: what it says, and warnings; or at least one error.
pub(crate) fn read(text: &str) -> Result<(Config, Vec<Located>), Vec<Located>> {
    Reader::read(FILE, text, Reader::config)
}

/// Reads a file of settings, and finds all that is wrong with it.
pub(crate) struct Reader<'a> {
    /// Its name.
    file: &'static str,
    text: &'a str,
    problems: Vec<Located>,
}

impl<'a> Reader<'a> {
    /// Reads the text of a file: what `take` makes of it, and warnings; or at least one error.
    pub(crate) fn read<T>(
        file: &'static str,
        text: &'a str,
        take: impl FnOnce(&mut Self, &dyn TableLike) -> T,
    ) -> Result<(T, Vec<Located>), Vec<Located>> {
        let mut reader = Self { file, text, problems: Vec::new() };
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.problem(CONFIG_SYNTAX, Severity::Error, &span, error.message().trim(), "");
                return Err(reader.problems);
            }
        };
        let taken = take(&mut reader, document.as_table());
        if reader.problems.iter().any(|located| located.problem.severity == Severity::Error) {
            return Err(reader.problems);
        }
        Ok((taken, reader.problems))
    }

    fn config(&mut self, file: &dyn TableLike) -> Config {
        let mut config = Config::default();
        self.known(file, "", &["cache", "github", "guest", "limits", "packages", "test"]);
        if let Some(cache) = self.table(file, "cache") {
            self.known(cache, "cache.", &["url"]);
            let want = "the URL of a store, such as \"file:///srv/cache\", without a password or key; or \
                        \"cachix:NAME\"; or \"attic:SERVER/CACHE\"";
            config.cache = self.value(cache, "url", want, |value| value.as_str()?.parse().ok());
        }
        if let Some(github) = self.table(file, "github") {
            config.github = Some(GitHub::read(self, github));
        }
        if let Some(guest) = self.table(file, "guest") {
            self.known(guest, "guest.", &["memory", "cpus", "distribution"]);
            config.memory_mib =
                self.value(guest, "memory", "a size from \"128 MiB\" to \"64 GiB\"", mib);
            config.cpus = self.value(guest, "cpus", "a number from 1 to 64", cpus);
            config.distribution = self.value(guest, "distribution", release::WANTED, release::read);
            if let Some(item) = guest.get("distribution")
                && let Some((message, next)) = item.as_str().and_then(release::unknown)
            {
                let span = item.span().unwrap_or(0..0);
                self.problem(CONFIG_VALUE, Severity::Error, &span, &message, &next);
            }
        }
        if let Some(limits) = self.table(file, "limits") {
            self.known(limits, "limits.", &["test", "step", "plugin"]);
            let want = "a time such as \"90s\" or \"5m\", of a year at the most";
            config.test_limit = self.value(limits, "test", want, time);
            config.step_limit = self.value(limits, "step", want, time);
            config.plugin_limit = self.value(limits, "plugin", want, time);
            let test = config.test_limit.unwrap_or(domi_runner::TEST_LIMIT);
            if config.step_limit.is_some_and(|step| step > test)
                && let Some(step) = limits.get("step")
            {
                let want = format!("no longer than the limit of a test, which is {}", span(test));
                self.wrong(step, "step", &want);
            }
        }
        if let Some(packages) = self.table(file, "packages") {
            config.packages = self.packages(packages);
        }
        if let Some(test) = self.table(file, "test") {
            self.known(test, "test.", &["jobs"]);
            config.jobs = self.value(test, "jobs", "a number from 1 to 1024", count);
        }
        config
    }

    fn packages(&mut self, packages: &dyn TableLike) -> BTreeMap<String, Row> {
        let mut rows = BTreeMap::new();
        for (name, item) in packages.iter() {
            let path = format!("packages.{name}");
            let Some(package) = self.table_at(item, &path) else { continue };
            self.known(package, &format!("{path}."), &["debian", "paths"]);
            let want = "a list of packages of Debian, such as [\"nginx-light\"]";
            let debian = self.value(package, "debian", want, packages_of_debian);
            let debian = debian.unwrap_or_default();
            let mut paths = BTreeMap::new();
            if let Some(table) = self.table(package, "paths") {
                for (from, item) in table.iter() {
                    match item.as_str().filter(|to| is_absolute(to)) {
                        Some(to) => _ = paths.insert(from.to_owned(), to.to_owned()),
                        None => self.wrong(item, from, "an absolute path on the machine"),
                    }
                }
            }
            rows.insert(name.to_owned(), Row { debian, paths, ..Row::default() });
        }
        rows
    }

    fn table<'t>(&mut self, of: &'t dyn TableLike, key: &str) -> Option<&'t dyn TableLike> {
        self.table_at(of.get(key)?, key)
    }

    fn table_at<'t>(&mut self, item: &'t Item, key: &str) -> Option<&'t dyn TableLike> {
        let table = item.as_table_like();
        if table.is_none() {
            self.wrong(item, key, "a table");
        }
        table
    }

    pub(crate) fn value<T>(
        &mut self,
        of: &dyn TableLike,
        key: &str,
        want: &str,
        read: fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let item = of.get(key)?;
        let value = item.as_value().and_then(read);
        if value.is_none() {
            self.wrong(item, key, want);
        }
        value
    }

    pub(crate) fn wrong(&mut self, item: &Item, key: &str, want: &str) {
        let span = item.span().unwrap_or(0..0);
        let message = format!("`{key}` must be {want}");
        self.problem(CONFIG_VALUE, Severity::Error, &span, &message, "");
    }

    /// Warns of keys that mean nothing.
    pub(crate) fn known(&mut self, table: &dyn TableLike, path: &str, known: &[&str]) {
        for (name, _) in table.iter().filter(|(name, _)| !known.contains(name)) {
            let span = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0);
            let message = format!("`{path}{name}` means nothing");
            let next = match closest(name, known.iter().copied()) {
                Some(close) => format!("write `{path}{close}`, if that is meant"),
                None => format!("remove it; known are {}", known.join(", ")),
            };
            self.problem(CONFIG_UNKNOWN, Severity::Warning, &span, &message, &next);
        }
    }

    /// Where something is in the file, that begins at this byte.
    pub(crate) fn place(&self, start: usize) -> Place {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        Place { file: self.file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) }
    }

    pub(crate) fn problem(
        &mut self,
        code: Code,
        severity: Severity,
        span: &Range<usize>,
        message: &str,
        next: &str,
    ) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let start = before[line_start..].chars().count();
        let marked = self.text.get(span.clone()).unwrap_or_default();
        let length = marked.lines().next().unwrap_or_default().chars().count();
        let place = self.place(span.start);
        let message = message.replace('\n', ", ");
        let problem = Problem { severity, ..Problem::error(code, "", message) };
        self.problems.push(Located {
            problem: problem.at(Some(place)).next(next),
            columns: Some(start..start + length),
        });
    }
}

/// The word that is meant by one that is not known, if it is near enough.
pub(crate) fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

fn mib(value: &Value) -> Option<u32> {
    let text = value.as_str()?;
    let (number, factor) = match (text.strip_suffix("MiB"), text.strip_suffix("GiB")) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 1024),
        _ => return None,
    };
    let mib = number.trim().parse::<u32>().ok()?.checked_mul(factor)?;
    (128..=64 * 1024).contains(&mib).then_some(mib)
}

fn cpus(value: &Value) -> Option<u32> {
    u32::try_from(value.as_integer()?).ok().filter(|cpus| (1..=64).contains(cpus))
}

/// A path from the root on, without anything that leads back or means nothing.
fn is_absolute(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.contains(char::is_control)
        && path.strip_prefix('/').is_some_and(|path| path.split('/').all(part))
}

/// A time limit in words.
fn span(time: Duration) -> String {
    jiff::SignedDuration::try_from(time)
        .map_or_else(|_| format!("{time:?}"), |time| format!("{time:#}"))
}

fn time(value: &Value) -> Option<Duration> {
    crate::args::duration(value.as_str()?).ok()
}

fn packages_of_debian(value: &Value) -> Option<Vec<String>> {
    let name = |item: &Value| item.as_str().filter(|name| is_package(name)).map(str::to_owned);
    value.as_array()?.iter().map(name).collect()
}

/// A name as Debian's policy has it.
fn is_package(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() >= 2
        && name.starts_with(plain)
        && name.chars().all(|c| plain(c) || "+-.".contains(c))
}

fn count(value: &Value) -> Option<NonZeroUsize> {
    let count = usize::try_from(value.as_integer()?).ok()?;
    NonZeroUsize::new(count).filter(|count| count.get() <= 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(problems: &[Located]) -> Vec<String> {
        let line = |located: &Located| {
            let place = located.problem.place.as_ref().unwrap();
            let columns = located.columns.clone().unwrap();
            let problem = &located.problem;
            format!("{}:{}: {} {}", place.line, columns.start + 1, problem.code, problem.message)
        };
        problems.iter().map(line).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: Result<Config, &[&str]>) {
        match (read(text), expected) {
            (Ok((config, warnings)), Ok(expected)) => {
                assert_eq!((config, said(&warnings)), (expected, vec![]));
            }
            (Ok((_, problems)) | Err(problems), Err(expected)) => {
                assert_eq!(said(&problems), expected);
            }
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_file_says_is_read() {
        check("", Ok(Config::default()));
        let text = r#"
            guest = { memory = "1 GiB", cpus = 4, distribution = "debian-trixie" }
            [limits]
            test = "5m"
            step = "90s"
            plugin = "1m 30s"
            [packages.nginx]
            debian = ["nginx-light"]
            paths = { "bin/nginx" = "/usr/sbin/nginx" }
            [test]
            jobs = 3
            [cache]
            url = "cachix:ours"
        "#;
        let nginx = Row {
            debian: vec!["nginx-light".to_owned()],
            paths: [("bin/nginx".to_owned(), "/usr/sbin/nginx".to_owned())].into(),
            ..Row::default()
        };
        let config = Config {
            memory_mib: Some(1024),
            cpus: Some(4),
            distribution: Some(("debian".to_owned(), "trixie".to_owned())),
            test_limit: Some(Duration::from_secs(300)),
            step_limit: Some(Duration::from_secs(90)),
            plugin_limit: Some(Duration::from_secs(90)),
            jobs: NonZeroUsize::new(3),
            github: None,
            packages: [("nginx".to_owned(), nginx)].into(),
            cache: Some(Cache::Cachix("ours".to_owned())),
        };
        check(text, Ok(config));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_with_its_place() {
        check(
            "guest = 3\n[limits]\ntest = 5\nplugin = \"soon\"\n[test]\njobs = 0\n",
            Err(&[
                "1:9: D0502 `guest` must be a table",
                "3:8: D0502 `test` must be a time such as \"90s\" or \"5m\", of a year at the most",
                "4:10: D0502 `plugin` must be a time such as \"90s\" or \"5m\", of a year at the most",
                "6:8: D0502 `jobs` must be a number from 1 to 1024",
            ]),
        );
        check(
            "cache.url = \"https://me:secret@cache.example.org\"\n",
            Err(&[
                "1:13: D0502 `url` must be the URL of a store, such as \"file:///srv/cache\", without \
                   a password or key; or \"cachix:NAME\"; or \"attic:SERVER/CACHE\"",
            ]),
        );
    }

    #[test]
    fn values_have_limits() {
        let check = |key: &str, want: &str, values: &[&str]| {
            let (_, name) = key.rsplit_once('.').unwrap();
            for value in values {
                let text = format!("{key} = {value}");
                let place = key.len() + 4;
                check(&text, Err(&[&format!("1:{place}: D0502 `{name}` must be {want}")]));
            }
        };
        check(
            "guest.memory",
            "a size from \"128 MiB\" to \"64 GiB\"",
            &[
                "512",
                "'12 MB'",
                "'1 MiB'",
                "'99999999 GiB'",
                "'4000000 GiB'",
                "'-5 GiB'",
                "'65 GiB'",
            ],
        );
        check("guest.cpus", "a number from 1 to 64", &["0", "65", "-1", "'2'", "1.0"]);
        check(
            "guest.distribution",
            release::WANTED,
            &[
                "'debian'",
                "'fedora-rawhide'",
                "'debian-'",
                "'debian-12'",
                "'debian-a b'",
                "12",
                "{ id = 'fedora', codename = 'rawhide' }",
                "{ id = 'debian' }",
            ],
        );
        check("test.jobs", "a number from 1 to 1024", &["0", "1025", "9223372036854775807"]);
        check(
            "limits.test",
            "a time such as \"90s\" or \"5m\", of a year at the most",
            &["'8761h'", "'0s'", "'-1s'", "'1e9s'", "90"],
        );
        check(
            "limits.step",
            "no longer than the limit of a test, which is 10m",
            &["'601s'", "'1h'"],
        );
        check(
            "packages.a.debian",
            "a list of packages of Debian, such as [\"nginx-light\"]",
            &[
                "['a b;c']",
                "['A1']",
                "['']",
                "['a']",
                "['-a']",
                "['a=1']",
                "['a/b']",
                "[1]",
                "'ab'",
            ],
        );
        for path in ["bin", "/", "/a/../b", "/a//b", "/a/", "/a\\nb", ""] {
            let text = format!("packages.a.paths.x = \"{path}\"");
            check_said(&text, &["1:22: D0502 `x` must be an absolute path on the machine"]);
        }
        check_said(
            "[limits]\ntest = '1m'\nstep = '2m'\n",
            &["3:8: D0502 `step` must be no longer than the limit of a test, which is 1m"],
        );
    }

    #[track_caller]
    fn check_said(text: &str, expected: &[&str]) {
        check(text, Err(expected));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_problem_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        let read = || text(root, FILE).map_err(|it| (it.message, it.place.map(|it| it.line)));
        assert_eq!(read(), Ok(None));
        std::os::unix::fs::symlink("nowhere", root.join(FILE)).unwrap();
        assert!(read().unwrap_err().0.starts_with("it cannot be read: "));
        std::fs::remove_file(root.join(FILE)).unwrap();
        std::fs::write(root.join(FILE), b"a = 1\nb = '\xff'\n").unwrap();
        assert_eq!(read(), Err(("it is not UTF-8".to_owned(), Some(2))));
        std::fs::remove_file(root.join(FILE)).unwrap();
        std::fs::create_dir(root.join(FILE)).unwrap();
        assert_eq!(read(), Err(("it is no file".to_owned(), None)));
    }

    #[test]
    fn a_key_that_means_nothing_is_a_warning() {
        let (config, warnings) = read("[limit]\ntest = 'x'\n[guest]\n'ä' = 1\ncpu = 2\n").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(
            said(&warnings),
            [
                "1:2: D0503 `limit` means nothing",
                "4:1: D0503 `guest.ä` means nothing",
                "5:1: D0503 `guest.cpu` means nothing",
            ]
        );
        assert_eq!(warnings[0].problem.next, "write `limits`, if that is meant");
        assert_eq!(warnings[1].problem.next, "remove it; known are memory, cpus, distribution");
        assert_eq!(warnings[2].problem.next, "write `guest.cpus`, if that is meant");
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused_with_its_place() {
        let problems = read("[guest]\nmemory = \n").unwrap_err();
        assert!(said(&problems)[0].starts_with("2:"), "{problems:?}");
        assert!(said(&problems)[0].contains("D0501"), "{problems:?}");
    }
}

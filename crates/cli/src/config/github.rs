//! What `domi.toml` says about GitHub.

use std::time::Duration;

use domi_github::Limits;
use domi_model::Platform;
use toml_edit::{TableLike, Value};

use super::reader::Reader;
use super::values::{systems, time};

/// The table `[github]`. A repository without it has no workflow of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitHub {
    /// The branch that is tested whole.
    pub(crate) branch: String,
    /// Other branches that are.
    pub(crate) branches: Vec<String>,
    /// The systems under test.
    pub(crate) systems: Vec<Platform>,
    /// The command for everything but machine tests.
    pub(crate) checks: Vec<String>,
    /// How long a shard should take.
    pub(crate) shard: Duration,
    /// Whether a workflow updates the lock of the flake.
    pub(crate) update: bool,
}

impl Default for GitHub {
    fn default() -> Self {
        Self {
            branch: "main".to_owned(),
            branches: Vec::new(),
            systems: Platform::ALL.to_vec(),
            checks: ["cargo", "xtask", "ci", "--no-machine"].map(str::to_owned).into(),
            shard: Duration::from_millis(Limits::default().millis),
            update: false,
        }
    }
}

impl GitHub {
    /// Reads the table.
    pub(crate) fn read(reader: &mut Reader<'_>, table: &dyn TableLike) -> Self {
        let known = ["branch", "branches", "systems", "checks", "shard", "update"];
        reader.known(table, "github.", &known);
        let usual = Self::default();
        let branch = reader.value(table, "branch", "the name of a branch", branch);
        let want = "a list of names of branches, such as [\"dev\", \"test\"]";
        let branches = reader.value(table, "branches", want, branches);
        let want = "a list of systems such as [\"x86_64-linux\"], each once";
        let systems = reader.value(table, "systems", want, systems);
        let want = "a command as a list of plain words, such as [\"cargo\", \"test\"]";
        let checks = reader.value(table, "checks", want, command);
        let shard = reader.value(table, "shard", "a time such as \"5m\"", time);
        let update = reader.value(table, "update", "true or false", Value::as_bool);
        Self {
            branch: branch.unwrap_or(usual.branch),
            branches: branches.unwrap_or(usual.branches),
            systems: systems.unwrap_or(usual.systems),
            checks: checks.unwrap_or(usual.checks),
            shard: shard.unwrap_or(usual.shard),
            update: update.unwrap_or(usual.update),
        }
    }
}

/// Letters, digits and a few signs that are plain text to a shell, to YAML or to GitHub.
fn is_plain(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphanumeric() || "./-".contains(first))
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "._/-=:,".contains(c))
}

fn branch(value: &Value) -> Option<String> {
    value.as_str().filter(|name| is_plain(name)).map(str::to_owned)
}

fn branches(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(branch).collect()
}

fn command(value: &Value) -> Option<Vec<String>> {
    let word = |word: &Value| word.as_str().filter(|word| is_plain(word)).map(str::to_owned);
    let words: Option<Vec<String>> = value.as_array()?.iter().map(word).collect();
    words.filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<GitHub, &str>) {
        let read = crate::config::read(text);
        match expected {
            Ok(expected) => {
                let (config, warnings) = read.expect("it is understood");
                assert_eq!((config.github, warnings.len()), (Some(expected), 0));
            }
            Err(expected) => {
                let problems = read.expect_err("it is not understood");
                let said: Vec<&str> = problems.iter().map(|it| &*it.problem.message).collect();
                assert_eq!(said, [expected], "{text}");
            }
        }
    }

    #[test]
    fn what_is_left_out_is_as_usual() {
        check("[github]\n", Ok(GitHub::default()));
        let github = GitHub {
            branch: "release/26.05".to_owned(),
            branches: vec!["dev".to_owned(), "test".to_owned()],
            systems: vec![Platform::Aarch64Linux],
            checks: vec![".ci/run".to_owned(), "--no-machine".to_owned()],
            shard: Duration::from_secs(600),
            update: true,
        };
        check(
            "[github]\nbranch = 'release/26.05'\nbranches = ['dev', 'test']\nsystems = ['aarch64-linux']\n\
             checks = ['.ci/run', '--no-machine']\nshard = '10m'\nupdate = true\n",
            Ok(github),
        );
    }

    #[test]
    fn nothing_is_taken_that_means_something_to_a_shell_or_to_github() {
        let checks =
            "`checks` must be a command as a list of plain words, such as [\"cargo\", \"test\"]";
        for words in ["[]", "['a b']", "['${{ github.ref }}']", "['$(id)']", "['a;b']", "['']"] {
            check(&format!("github.checks = {words}"), Err(checks));
        }
        let branch = "`branch` must be the name of a branch";
        for name in ["''", "'a*'", "'!a'", "'a b'", r#""a\nb""#, "'a+'", "3"] {
            check(&format!("github.branch = {name}"), Err(branch));
        }
        let branches =
            "`branches` must be a list of names of branches, such as [\"dev\", \"test\"]";
        for list in ["'dev'", "['a*']", "[3]"] {
            check(&format!("github.branches = {list}"), Err(branches));
        }
        let systems = "`systems` must be a list of systems such as [\"x86_64-linux\"], each once";
        for list in ["[]", "['riscv64-linux']", "['x86_64-linux', 'x86_64-linux']"] {
            check(&format!("github.systems = {list}"), Err(systems));
        }
        check("github.shard = '0s'", Err("`shard` must be a time such as \"5m\""));
        check("github.update = 'weekly'", Err("`update` must be true or false"));
    }
}

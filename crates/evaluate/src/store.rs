//! What is in the store, read from derivations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domi_host::Interrupt;
use domi_nix_command::{Nix, NixFailed};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::source;
use crate::stored::{Command, Content, Stored};

/// Everything that the given derivations make, by store path, and everything with known content
/// that they refer to.
pub(crate) fn stored(
    nix: &Nix,
    roots: BTreeSet<String>,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, Stored>, NixFailed> {
    let (mut out, sources) = made(nix, roots, limit, interrupt)?;
    for source in &sources {
        out.extend(source::read(nix, source, limit, interrupt)?);
    }
    Ok(out)
}

/// The same where the store itself has all of it: of files and folders that were copied there, nothing is read.
pub(crate) fn whole(
    nix: &Nix,
    roots: BTreeSet<String>,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, Stored>, NixFailed> {
    let (mut out, sources) = made(nix, roots, limit, interrupt)?;
    out.extend(sources.into_iter().map(|source| (source.clone(), Stored::source(&source))));
    Ok(out)
}

/// What derivations make, by store path; and the files and folders that are named, which none makes.
fn made(
    nix: &Nix,
    roots: BTreeSet<String>,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<(BTreeMap<String, Stored>, BTreeSet<String>), NixFailed> {
    let mut seen = BTreeSet::new();
    let (mut next, mut sources): (BTreeSet<String>, BTreeSet<String>) =
        roots.into_iter().partition(|path| is_derivation(path));
    let mut out = BTreeMap::new();
    while !next.is_empty() {
        let mut inputs = BTreeSet::new();
        for (path, derivation) in show(nix, &next, limit, interrupt)? {
            let content = derivation.content();
            if content.is_some() {
                inputs.extend(derivation.inputs(&path));
                let used = |source: &String| {
                    content.iter().any(|content| content.body().contains(source.as_str()))
                };
                sources.extend(derivation.sources(&path).into_iter().filter(used));
            }
            out.extend(derivation.stored(&path, content.as_ref()));
        }
        seen.append(&mut next);
        next = &inputs - &seen;
    }
    Ok((out, sources))
}

/// The commands of derivations, by these, and the derivations and files that they want.
pub(crate) fn commands(
    nix: &Nix,
    derivations: &BTreeSet<String>,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<(BTreeMap<String, Command>, BTreeSet<String>), NixFailed> {
    let (mut commands, mut inputs) = (BTreeMap::new(), BTreeSet::new());
    for (path, derivation) in show(nix, derivations, limit, interrupt)? {
        let Some(command) = derivation.command() else { continue };
        let all = derivation.inputs(&path).into_iter().chain(derivation.sources(&path));
        inputs.extend(all.filter(|input| !input.ends_with("-default-builder.sh")));
        commands.insert(path, command);
    }
    Ok((commands, inputs))
}

fn is_derivation(path: &str) -> bool {
    path.ends_with(".drv")
}

/// Removes what no text refers to, not even a file that one refers to.
pub(crate) fn referred<'t>(
    all: &BTreeMap<String, Stored>,
    texts: impl Iterator<Item = &'t str>,
) -> BTreeMap<String, Stored> {
    let mut out = BTreeMap::new();
    let mut waiting: Vec<String> = texts.map(str::to_owned).collect();
    while let Some(text) = waiting.pop() {
        for (path, stored) in all.iter().filter(|(path, _)| text.contains(path.as_str())) {
            if out.insert(path.clone(), stored.clone()).is_none() {
                waiting.extend(stored.content.as_ref().map(|content| content.body().to_owned()));
                let commands = stored.command.iter();
                waiting.extend(
                    commands
                        .flat_map(|it| it.environment.values().cloned().chain([it.text.clone()])),
                );
            }
        }
    }
    out
}

/// How many derivations are asked about in one call: their paths must fit on its command line.
const AT_ONCE: usize = 500;

fn show(
    nix: &Nix,
    paths: &BTreeSet<String>,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, Derivation>, NixFailed> {
    let mut out = BTreeMap::new();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    for paths in paths.chunks(AT_ONCE) {
        let words = ["derivation", "show"].into_iter().chain(paths.iter().copied());
        let program = nix.program(words).time_limit(limit);
        let shown = match nix.read_json(&program, interrupt)? {
            Shown::Versioned { derivations } => derivations,
            Shown::Plain(derivations) => derivations,
        };
        out.extend(shown.into_iter().map(|(path, it)| (absolute(&path, paths[0]), it)));
    }
    Ok(out)
}

/// A store path; newer versions of Nix leave out the folder of the store.
fn absolute(path: &str, other: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let folder = other.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{path}")
}

/// What `nix derivation show` prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shown {
    /// Since Nix 2.33.
    Versioned {
        derivations: BTreeMap<String, Derivation>,
    },
    Plain(BTreeMap<String, Derivation>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Derivation {
    name: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    structured_attrs: Option<BTreeMap<String, Json>>,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    input_drvs: Option<BTreeMap<String, Json>>,
    input_srcs: Option<Vec<String>>,
    inputs: Option<Inputs>,
}

#[derive(Debug, Deserialize)]
struct Output {
    path: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Inputs {
    drvs: BTreeMap<String, Json>,
    #[serde(default)]
    srcs: Vec<String>,
}

impl Derivation {
    fn attribute(&self, name: &str) -> Option<String> {
        if let Some(value) = self.env.get(name) {
            return Some(value.clone());
        }
        let nested = || serde_json::from_str(self.env.get("__json")?).ok();
        let attrs = self.structured_attrs.clone().or_else(nested)?;
        match attrs.get(name)? {
            Json::String(text) => Some(text.clone()),
            Json::Bool(true) => Some("1".to_owned()),
            Json::Null | Json::Bool(false) => Some(String::new()),
            other => Some(other.to_string()),
        }
    }

    fn content(&self) -> Option<Content> {
        if let (Some(format), Some(value)) =
            (self.attribute("settingsFormat"), self.attribute("settingsValue"))
        {
            return Some(Content::Settings { format, value });
        }
        // What `pkgs.writers` write: a content behind the line of its interpreter.
        if let (Some(content), Some(interpreter)) =
            (self.attribute("content"), self.attribute("interpreter"))
            && !self.is_checked_or_wrapped()
        {
            let text = format!("#! {interpreter}\n{content}");
            let destination = String::new();
            return Some(Content::Text { text, destination, executable: true });
        }
        let text = self.attribute("text")?;
        let destination = self.destination().unwrap_or_default();
        let executable = self.attribute("executable").is_some_and(|it| !it.is_empty());
        Some(Content::Text { text, destination, executable })
    }

    /// Where below its path a text is written: nixpkgs has that only in the command that does it.
    fn destination(&self) -> Option<String> {
        if let Some(destination) = self.attribute("destination") {
            return Some(destination);
        }
        let command = self.attribute("buildCommand")?;
        let at = command.lines().find_map(|line| line.trim().strip_prefix("target=$out"))?;
        let at = at.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(at);
        // Of anything else it is not known what it is to the shell.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._+-@=:,%".contains(c);
        at.chars().all(is_plain).then(|| at.to_owned())
    }

    /// Whether a command does more to what a writer writes than to write it: it has a program check it, or
    /// puts another one around it.
    fn is_checked_or_wrapped(&self) -> bool {
        let command = self.attribute("buildCommand").unwrap_or_default();
        let checks = |line: &str| {
            let line = line.trim();
            line.starts_with("/nix/store/") && line.trim_end_matches('"').ends_with("$out")
        };
        command.lines().any(checks)
            || self.attribute("makeWrapperArgs").is_some_and(|arguments| !arguments.is_empty())
    }

    /// What makes it, where that is a command of one output.
    fn command(&self) -> Option<Command> {
        let text = self.attribute("buildCommand").or_else(|| self.attribute("script"))?;
        if self.outputs.len() != 1 || !self.outputs.contains_key("out") {
            return None;
        }
        let own = |name: &&String| !OF_BUILDS.contains(&&***name) && !name.starts_with("__");
        let mut environment: BTreeMap<_, _> = self
            .env
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        environment.retain(|_, value| !value.is_empty());
        Some(Command { text, environment })
    }

    /// Files and folders that were copied to the store, such as `${./job.sh}`.
    fn sources(&self, path: &str) -> Vec<String> {
        let newer = self.inputs.as_ref().map(|inputs| &inputs.srcs);
        let all = self.input_srcs.as_ref().or(newer);
        all.into_iter().flatten().map(|source| absolute(source, path)).collect()
    }

    fn inputs(&self, path: &str) -> Vec<String> {
        let drvs = self.input_drvs.as_ref().or(self.inputs.as_ref().map(|inputs| &inputs.drvs));
        drvs.into_iter().flat_map(BTreeMap::keys).map(|drv| absolute(drv, path)).collect()
    }

    fn stored(&self, path: &str, content: Option<&Content>) -> Vec<(String, Stored)> {
        let (base, numbered) = split_name(&self.name);
        let is_package = ["pname", "version", "src"].iter().any(|it| self.attribute(it).is_some());
        let commands = ["buildCommand", "script"];
        let of_command = !is_package && commands.iter().any(|it| self.attribute(it).is_some());
        let one = |(output, at): (&String, &Output)| {
            let stored = Stored {
                derivation: path.to_owned(),
                output: output.clone(),
                name: self.name.clone(),
                pname: self.attribute("pname").unwrap_or_else(|| base.to_owned()),
                version: self.attribute("version").unwrap_or_else(|| numbered.to_owned()),
                attribute: None,
                of_command,
                command: None,
                content: content.cloned(),
            };
            Some((absolute(at.path.as_ref()?, path), stored))
        };
        self.outputs.iter().filter_map(one).collect()
    }
}

/// Variables of every build, which a command does not count on.
const OF_BUILDS: [&str; 18] = [
    "PATH",
    "allowSubstitutes",
    "args",
    "buildCommand",
    "builder",
    "enableParallelBuilding",
    "enableParallelChecking",
    "enableParallelInstalling",
    "out",
    "outputs",
    "patches",
    "preferLocalBuild",
    "pname",
    "script",
    "stdenv",
    "strictDeps",
    "system",
    "version",
];

/// Name and version, as Nix splits them: at the first `-` that no letter follows.
fn split_name(name: &str) -> (&str, &str) {
    let bytes = name.as_bytes();
    let at = (1..bytes.len()).find(|i| bytes[i - 1] == b'-' && !bytes[*i].is_ascii_alphabetic());
    at.map_or((name, ""), |at| (&name[..at - 1], &name[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(derivation: Json, expected: &str) {
        let derivation: Derivation = serde_json::from_value(derivation).unwrap();
        let content = derivation.content();
        let all = derivation.stored("/s/d.drv", content.as_ref());
        assert_eq!(format!("{all:?} {:?}", derivation.inputs("/s/d.drv")), expected);
    }

    #[test]
    fn derivations_of_old_and_new_versions_of_nix_are_read() {
        let expected = "[(\"/s/a-x\", Stored { derivation: \"/s/d.drv\", output: \"out\", name: \
             \"x-1\", pname: \"x\", version: \"1\", attribute: None, of_command: false, command: None, content: Some(Text { text: \
             \"t\", destination: \"/bin/x\", executable: true }) })] [\"/s/b.drv\"]";
        check(
            serde_json::json!({
                "name": "x-1",
                "env": { "text": "t", "destination": "/bin/x", "executable": "1" },
                "outputs": { "out": { "path": "/s/a-x" } },
                "inputDrvs": { "/s/b.drv": { "outputs": ["out"] } },
            }),
            expected,
        );
        check(
            serde_json::json!({
                "name": "x-1",
                "env": {},
                "structuredAttrs": { "text": "t", "destination": "/bin/x", "executable": true },
                "outputs": { "out": { "path": "a-x" } },
                "inputs": { "drvs": { "b.drv": {} }, "srcs": [] },
            }),
            expected,
        );
    }

    #[test]
    fn where_a_text_is_written_is_read_from_the_command_that_writes_it() {
        let check = |command: &str, expected: &str| {
            let env = serde_json::json!({ "text": "t", "buildCommand": command });
            let derivation: Derivation =
                serde_json::from_value(serde_json::json!({ "name": "x", "env": env })).unwrap();
            let Some(Content::Text { destination, .. }) = derivation.content() else {
                panic!("it is a text")
            };
            assert_eq!(destination, expected, "{command}");
        };
        check("target=$out/bin/x\nmkdir -p x\n", "/bin/x");
        check("  target=$out'/share/a b'\n", "");
        check("target=$out'/bin/x'\n", "/bin/x");
        check("target=$out''\n", "");
        check("target=$out\n", "");
        check("touch $out", "");
    }

    #[test]
    fn a_version_begins_with_no_letter() {
        assert_eq!(split_name("python3.11-foo-1.2-rc"), ("python3.11-foo", "1.2-rc"));
        assert_eq!(split_name("h2o"), ("h2o", ""));
    }
}

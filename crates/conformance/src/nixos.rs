//! What NixOS makes of settings, in the words of this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use anyhow::{Context, Result, bail};
use domi_evaluate::{Added, Evaluated, Refused, Stored};
use domi_model::reserved::{self, UnitOwner};
use serde_json::Value as Json;

use crate::canonical;
use crate::{Content, DropIn, EtcFile, Outcome, System, Unit, User};

/// The store of an evaluation, with canonical paths.
pub(crate) struct Store<'s> {
    /// Whether this nixpkgs escapes arguments of tmpfiles.d.
    escapes: bool,
    stored: &'s BTreeMap<String, Stored>,
    /// What is known by now: the canonical path, and what a file there holds.
    known: BTreeMap<String, (String, Option<Content>)>,
}

impl<'s> Store<'s> {
    pub(crate) fn new(stored: &'s BTreeMap<String, Stored>, escapes: bool) -> Self {
        Self { escapes, stored, known: BTreeMap::new() }
    }

    pub(crate) fn outcome(&mut self, case: &Result<Evaluated, Refused>) -> Result<Outcome> {
        let case = match case {
            Ok(case) => case,
            Err(refused) => {
                let options = refused.options.clone();
                return Ok(Outcome::Refused { assertions: Vec::new(), options });
            }
        };
        if !case.assertions.is_empty() {
            let (assertions, options) = (case.assertions.clone(), Some(BTreeSet::new()));
            return Ok(Outcome::Refused { assertions, options });
        }
        if let Some((kind, names)) = case.other.iter().find(|(_, names)| !names.is_empty()) {
            bail!("the module adds {kind}, which nothing compares: {}", names.join(", "));
        }
        let mut files = BTreeMap::new();
        let mut units = BTreeMap::new();
        let mut drop_ins = BTreeMap::new();
        for (name, unit) in case.units.iter().chain(&case.changed_units) {
            let shared = reserved::unit(name) == Some(UnitOwner::Shared);
            if let Some(added) = unit.added().filter(|_| shared) {
                drop_ins.insert(name.clone(), self.drop_in(added, &mut files)?);
                continue;
            }
            units.insert(
                name.clone(),
                Unit {
                    text: self.text(&unit.text, &mut files)?,
                    wanted_by: unit.wanted_by.clone(),
                    required_by: unit.required_by.clone(),
                    aliases: unit.aliases.clone(),
                },
            );
        }
        for added in &case.drop_ins {
            let by_package = Added::by(&added.content, Vec::new());
            drop_ins.insert(added.unit.clone(), self.drop_in(by_package, &mut files)?);
        }
        let mut etc = BTreeMap::new();
        for file in case.etc.values().chain(case.changed_etc.values()) {
            let content = match &file.text {
                Some(text) => Content::Text(self.text(text, &mut files)?),
                None => self.content(&file.source, &mut files)?.with_context(|| {
                    format!("nobody knows what {} of /etc/{} holds", file.source, file.target)
                })?,
            };
            let mode = Some(file.mode.clone()).filter(|mode| mode != "symlink");
            let other = |owner: &String| {
                Some(owner.clone()).filter(|owner| !["root", "+0"].contains(&&**owner))
            };
            let (user, group) = (other(&file.user), other(&file.group));
            etc.insert(file.target.clone(), EtcFile { content, mode, user, group });
        }
        let mut tmpfiles = String::new();
        for path in &case.tmpfiles_packages {
            match self.content(path, &mut files)? {
                Some(Content::Text(text)) if self.escapes => tmpfiles += &text,
                Some(Content::Text(text)) => tmpfiles += &escaped(&text),
                _ => bail!("nobody knows the rules of {path}"),
            }
        }
        for rule in &case.tmpfiles_rules {
            tmpfiles += &format!("{}\n", self.text(rule, &mut files)?);
        }
        let mut users = BTreeMap::new();
        for (name, user) in case.users.iter().chain(&case.changed_users) {
            let shell = user.shell.as_deref().map(|shell| self.text(shell, &mut files));
            let user = User {
                normal: user.is_normal_user,
                uid: user.uid,
                extra_groups: user.extra_groups.iter().cloned().collect(),
                create_home: user.create_home,
                shell: shell.transpose()?,
                group: user.group.clone(),
                description: user.description.clone(),
                home: user.home.clone(),
            };
            users.insert(name.clone(), user);
        }
        let groups = case.groups.iter().chain(&case.changed_groups);
        let gids = groups.filter_map(|(name, group)| Some((name.clone(), group.gid?))).collect();
        let mut sysctl = String::new();
        for line in &case.sysctl {
            sysctl += &format!("{}\n", self.text(line, &mut files)?);
        }
        let mut texts = |paths: &[String]| {
            paths.iter().map(|path| self.text(path, &mut files)).collect::<Result<BTreeSet<_>>>()
        };
        let (packages, packages_again) = (texts(&case.packages)?, texts(&case.packages_again)?);
        // What NixOS says of old names is in its own words.
        let own = |warning: &&String| !warning.starts_with("The option `");
        let mut out = System {
            units,
            drop_ins,
            etc,
            files,
            users,
            groups: case.groups.keys().chain(case.changed_groups.keys()).cloned().collect(),
            gids,
            tmpfiles,
            sysctl,
            tcp: case.tcp.iter().copied().collect(),
            udp: case.udp.iter().copied().collect(),
            packages,
            packages_again,
            warnings: case.warnings.iter().filter(own).cloned().collect(),
        };
        out.warnings.sort();
        out.forget_unused_files();
        Ok(Outcome::System(Box::new(out)))
    }

    /// What is added to a unit, with canonical paths.
    fn drop_in(&mut self, added: Added, files: &mut BTreeMap<String, Content>) -> Result<DropIn> {
        let mut drop_in = DropIn::of(added);
        for line in &mut drop_in.lines {
            *line = self.text(line, files)?;
        }
        Ok(drop_in)
    }

    /// A text with canonical paths; files that it refers to are added to `files`.
    fn text(&mut self, text: &str, files: &mut BTreeMap<String, Content>) -> Result<String> {
        const STORE: &str = "/nix/store/";
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(STORE) {
            out += &rest[..at];
            rest = &rest[at..];
            let path = self.stored_at(rest);
            match path {
                Some(path) => {
                    out += &self.canonical(&path, files)?;
                    rest = &rest[path.len()..];
                }
                None => {
                    out += STORE;
                    rest = &rest[STORE.len()..];
                }
            }
        }
        Ok(out + rest)
    }

    /// The store path that a text begins with.
    fn stored_at(&self, text: &str) -> Option<String> {
        let upto = (Bound::Unbounded, Bound::Included(text));
        let before = self.stored.range::<str, _>(upto).next_back();
        before.map(|(path, _)| path).filter(|path| text.starts_with(*path)).cloned()
    }

    fn canonical(&mut self, path: &str, files: &mut BTreeMap<String, Content>) -> Result<String> {
        let content = self.content(path, files)?;
        let (canonical, _) = &self.known[path];
        if let Some(content) = content {
            files.insert(canonical.clone(), content);
        }
        Ok(canonical.clone())
    }

    /// What a file in the store holds.
    fn content(
        &mut self,
        path: &str,
        files: &mut BTreeMap<String, Content>,
    ) -> Result<Option<Content>> {
        if self.known.contains_key(path) {
            // It refers to the same files again.
            if let Some(stored) = self.stored.get(path).and_then(|it| it.content.as_ref()) {
                let _ = self.resolved(stored, files)?;
            }
            return Ok(self.known[path].1.clone());
        }
        let Some(stored) = self.stored.get(path) else { return Ok(None) };
        let (canonical, content) = match &stored.content {
            Some(content) => {
                let content = self.resolved(content, files)?;
                (canonical::file(&stored.name, &content), Some(content))
            }
            None => {
                let attribute = stored.attribute.as_ref().map(|names| names.join("."));
                (canonical::package(attribute.as_ref().unwrap_or(&stored.pname)), None)
            }
        };
        self.known.insert(path.to_owned(), (canonical, content.clone()));
        Ok(content)
    }

    fn resolved(
        &mut self,
        content: &domi_evaluate::Content,
        files: &mut BTreeMap<String, Content>,
    ) -> Result<Content> {
        Ok(match content {
            domi_evaluate::Content::Text { text, .. } => Content::Text(self.text(text, files)?),
            domi_evaluate::Content::Settings { format, value } => {
                let mut value = serde_json::from_str(value)
                    .with_context(|| format!("NixOS writes {value} as JSON"))?;
                self.strings(&mut value, files)?;
                Content::Settings { format: format.clone(), value }
            }
        })
    }

    fn strings(&mut self, value: &mut Json, files: &mut BTreeMap<String, Content>) -> Result<()> {
        match value {
            Json::String(text) => *text = self.text(text, files)?,
            Json::Array(items) => {
                for item in items {
                    self.strings(item, files)?;
                }
            }
            Json::Object(map) => {
                for item in map.values_mut() {
                    self.strings(item, files)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Lines of tmpfiles.d as a newer nixpkgs writes them: with what is special in arguments escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut argument = String::new();
    for line in text.split_inclusive('\n') {
        match argument_at(line) {
            Some(at) => {
                out += &finished(&std::mem::take(&mut argument));
                out += &line[..at];
                argument += &line[at..];
            }
            // What no rule begins is the rest of the argument before.
            None => argument += line,
        }
    }
    out + &finished(&argument)
}

/// An argument and the end of its line.
fn finished(argument: &str) -> String {
    let Some(argument) = argument.strip_suffix('\n') else { return argument.to_owned() };
    let mut out = String::new();
    for c in argument.chars() {
        match c {
            '\t' | '\n' | '\r' | ' ' | '\\' => out += &format!("\\x{:02x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\n"
}

/// Where the argument of a rule begins: after six words in single quotes.
fn argument_at(line: &str) -> Option<usize> {
    let mut rest = line;
    for _ in 0..6 {
        rest = rest.strip_prefix('\'')?;
        let (_, after) = rest.split_once("' ")?;
        rest = after;
    }
    Some(line.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_as_a_newer_nixpkgs_writes_them() {
        let rule = "'f' '/a b' '-' '-' '-' '-' ";
        let old = format!("{rule}one two\n\\three\n{rule}\n\n'd' '/x'\n");
        let new = format!("{rule}one\\x20two\\x0a\\x5cthree\n{rule}\\x0a\\x0a'd'\\x20'/x'\n");
        assert_eq!(escaped(&old), new);
    }
}

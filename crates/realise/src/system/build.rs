//! Evaluates the system part of a manifest.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domi_model::{self as model, Code, Manifest, OptionPath, Place, Problem, names};

use super::fields::Fields;
use super::of_nixos::SetOfNixos;
use super::realised::{Realised, System};
use crate::codes::{
    ASSERTION, NAME_UNUSABLE, NIXOS_WARNS, NOT_EVALUATED, NOT_WRITABLE, TWICE, WARNING,
};
use crate::eval::{Evaluated, Fault, Found, Neighbours, Options, Scope};
use crate::{Datum, PackagePaths, Resolved};

/// Options that have all been evaluated.
pub(super) struct Settled<'a>(pub(super) &'a BTreeMap<String, Datum>);

impl Options for Settled<'_> {
    fn value(&self, path: &[String]) -> Evaluated {
        let missing = || Fault::Unsound(format!("there is no `{}`", OptionPath(path.to_vec())));
        let (first, rest) = path.split_first().ok_or_else(missing)?;
        let mut value = self.0.get(first).ok_or_else(missing)?;
        for name in rest {
            value = match value {
                Datum::Attrs(attrs) => attrs.get(name).ok_or_else(missing)?,
                _ => return Err(missing()),
            };
        }
        Ok(value.clone())
    }

    fn is_null(&self, path: &[String]) -> Result<bool, Fault> {
        Ok(self.value(path)? == Datum::Null)
    }
}

/// What a feature comes to where no other one is known.
pub(super) fn alone(
    manifest: &Manifest,
    resolved: Resolved,
    paths: &dyn PackagePaths,
) -> Result<Realised, Vec<Problem>> {
    build(manifest, resolved, &Neighbours::new(), paths)
}

/// What a feature comes to beside others.
pub(super) fn build(
    manifest: &Manifest,
    resolved: Resolved,
    neighbours: &Neighbours,
    paths: &dyn PackagePaths,
) -> Result<Realised, Vec<Problem>> {
    if !resolved.enable {
        let system = System { feature: manifest.feature.name.clone(), ..System::default() };
        return Ok(Realised { system, warnings: resolved.warnings });
    }
    let Resolved { files, executables, .. } = resolved;
    let found = RefCell::new(Found { files, executables, ..Found::default() });
    let options = Settled(&resolved.options);
    let scope = Scope::new(&options, paths, &found).beside(neighbours);
    let feature = manifest.feature.name.clone();
    let mut builder = Builder {
        paths,
        system: System { feature, ..System::default() },
        users: BTreeMap::new(),
        extra_groups: BTreeMap::new(),
        tmpfiles: BTreeMap::new(),
        problems: Vec::new(),
        warnings: resolved.warnings,
    };
    builder.rules(manifest, &scope);
    builder.all(&manifest.system, &scope);
    builder.together(manifest, &scope);
    builder.join_parts();
    let Builder { mut system, problems, warnings, .. } = builder;
    if !problems.is_empty() {
        return Err(problems);
    }
    let found = found.into_inner();
    system.files = found.files;
    system.executables = found.executables;
    let used = found.packages.iter().filter_map(|name| manifest.packages.get(name));
    system.debian_packages = used.flat_map(|package| package.debian.clone()).collect();
    let on_path = system.installed.iter().filter_map(|name| manifest.packages.get(name));
    system.debian_on_path = on_path.flat_map(|package| package.debian.clone()).collect();
    if manifest.extra_nix {
        system.not_covered.push("extra.nix, which only NixOS reads".to_owned());
    }
    Ok(Realised { system, warnings })
}

pub(super) struct Builder<'a> {
    pub(super) paths: &'a dyn PackagePaths,
    pub(super) system: System,
    /// Users by name.
    pub(super) users: BTreeMap<String, Fields>,
    /// The other groups of users, which all parts of one name add to.
    pub(super) extra_groups: BTreeMap<String, BTreeSet<String>>,
    /// Rules of tmpfiles.d by path and type.
    pub(super) tmpfiles: BTreeMap<(String, String), Fields>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

/// What a problem is about, and where that was written.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) subject: &'a str,
    pub(super) place: Option<&'a Place>,
}

impl<'a> About<'a> {
    pub(super) fn new(subject: &'a str) -> Self {
        Self { subject, place: None }
    }
}

impl Builder<'_> {
    pub(super) fn problem(&mut self, code: Code, about: About<'_>, message: impl Into<String>) {
        let problem = Problem::error(code, about.subject, message).at(about.place.cloned());
        let problem = problem.next(next_step(code));
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Says what NixOS warns of.
    pub(super) fn warn(&mut self, about: About<'_>, message: String) {
        let problem = Problem::warning(NIXOS_WARNS, about.subject, message);
        self.warnings.push(problem.at(about.place.cloned()));
    }

    /// The value, or a problem of it.
    pub(super) fn ok<T>(&mut self, about: About<'_>, result: Result<T, Fault>) -> Option<T> {
        let fault = match result {
            Ok(value) => return Some(value),
            Err(fault) => fault,
        };
        match fault {
            Fault::Unsound(message) => self.problem(NOT_EVALUATED, about, message),
            Fault::NotWritable(message) => self.problem(NOT_WRITABLE, about, message),
            Fault::Cycle(circle) => self.problem(NOT_EVALUATED, about, circle.join(" → ")),
            Fault::Reported => {}
        }
        None
    }

    /// A text that fulfils a rule, or a problem of the given code.
    pub(super) fn text(
        &mut self,
        about: About<'_>,
        text: Result<String, Fault>,
        code: Code,
        rule: impl FnOnce(&str) -> Result<(), String>,
    ) -> Option<String> {
        let text = self.ok(about, text)?;
        match rule(&text) {
            Ok(()) => Some(text),
            Err(message) => {
                self.problem(code, about, message);
                None
            }
        }
    }

    fn rules(&mut self, manifest: &Manifest, scope: &Scope<'_>) {
        for assertion in &manifest.assertions {
            let about = About { subject: "assertion", place: assertion.place.as_ref() };
            if self.ok(about, scope.bool(&assertion.condition)) == Some(false)
                && let Some(message) = self.ok(about, scope.text(&assertion.message))
            {
                self.problem(ASSERTION, About { subject: "", ..about }, message);
            }
        }
        for warning in &manifest.warnings {
            let about = About { subject: "warning", place: warning.place.as_ref() };
            if self.ok(about, scope.bool(&warning.when)) == Some(true)
                && let Some(message) = self.ok(about, scope.text(&warning.message))
            {
                let problem = Problem::warning(WARNING, "", message);
                self.warnings.push(problem.at(warning.place.clone()));
            }
        }
    }

    fn all(&mut self, system: &model::System, scope: &Scope<'_>) {
        for part in &system.packages {
            let subject = part.label();
            let about = About::new(&subject);
            for scope in self.instances(about, &part.scope, scope) {
                if let model::Expr::Script(script) = &part.package {
                    if let Some(path) = self.ok(about, scope.script(script)) {
                        self.system.commands.insert(script.name.clone(), path);
                    }
                } else if let Some(name) = self.ok(about, scope.use_package(&part.package)) {
                    self.system.installed.insert(name);
                }
            }
        }
        for part in &system.units {
            let subject = part.label();
            let about = About { subject: &subject, place: part.place.as_ref() };
            for scope in self.instances(about, &part.scope, scope) {
                self.unit(part, &scope);
            }
        }
        for part in &system.etc {
            let subject = part.label();
            for scope in self.instances(About::new(&subject), &part.scope, scope) {
                self.etc(part, &scope);
            }
        }
        for part in &system.groups {
            let subject = part.label();
            let about = About::new(&subject);
            for scope in self.instances(about, &part.scope, scope) {
                let name = scope.text(&part.name);
                let name = self.text(about, name, NAME_UNUSABLE, names::new_group);
                let Some(name) = name else { continue };
                if let Some(gid) = part.gid
                    && self.system.gids.insert(name.clone(), gid).is_some_and(|it| it != gid)
                {
                    self.problem(TWICE, about, "two parts of the feature give it another gid");
                }
                self.system.groups.insert(name);
            }
        }
        for part in &system.users {
            let subject = part.label();
            for scope in self.instances(About::new(&subject), &part.scope, scope) {
                self.user(part, &scope);
            }
        }
        for part in &system.tmpfiles {
            let subject = part.label();
            for scope in self.instances(About::new(&subject), &part.scope, scope) {
                self.tmpfiles(part, &scope);
            }
        }
        for part in &system.sysctl {
            let subject = parameter(part);
            for scope in self.instances(About::new(&subject), &part.scope, scope) {
                self.sysctl(part, &scope);
            }
        }
        for part in &system.firewall {
            let subject = part.label();
            for scope in self.instances(About::new(&subject), &part.scope, scope) {
                self.firewall(part, &scope);
            }
        }
        for part in &system.nixos {
            let subject = part.option.to_string();
            let about = About { subject: &subject, place: part.place.as_ref() };
            // The value must be one here too, although no machine has it.
            if self.holds(about, part.when.as_ref(), scope)
                && let Some(value) = self.ok(about, scope.eval(&part.value))
            {
                let set = SetOfNixos::all(&part.option, value, part.priority);
                self.system.together.nixos.extend(set);
                self.system.nixos.insert(subject);
            }
        }
    }

    /// What a part is evaluated in, once for each time that it is there.
    pub(super) fn instances<'s>(
        &mut self,
        about: About<'_>,
        when: &model::Scope,
        scope: &Scope<'s>,
    ) -> Vec<Scope<'s>> {
        let each = match &when.each {
            None => vec![scope.clone()],
            Some(each) => {
                let attrs = self.ok(about, scope.attrs(&each.over)).unwrap_or_default();
                let bind = |(name, value): (String, Datum)| {
                    scope.bind(&each.name, Datum::Str(name)).bind(&each.value, value)
                };
                attrs.into_iter().map(bind).collect()
            }
        };
        let mut there = Vec::new();
        for scope in each {
            if self.holds(about, when.when.as_ref(), &scope) {
                there.push(scope);
            }
        }
        there
    }

    /// Whether a condition holds, or there is none.
    pub(super) fn holds(
        &mut self,
        about: About<'_>,
        when: Option<&model::Expr>,
        scope: &Scope<'_>,
    ) -> bool {
        when.is_none_or(|when| self.ok(about, scope.bool(when)) == Some(true))
    }
}

/// What a kernel parameter is called in a problem.
pub(super) fn parameter(part: &model::Sysctl) -> String {
    format!("kernel parameter `{}`", part.name)
}

fn next_step(code: Code) -> &'static str {
    match code {
        ASSERTION => "change the settings that it names",
        NAME_UNUSABLE => "change the name, or the setting that it is made from",
        NOT_WRITABLE => "change the value, or the setting that it is made from",
        TWICE => "give them different names",
        _ => "the feature itself must be fixed; no setting helps",
    }
}

//! Evaluates the system part of a manifest.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domi_model::{self as model, Code, Manifest, OptionPath, Place, Problem, Protocol};

use super::{EtcFile, Firewall, Realised, System, User, names};
use crate::codes::{ASSERTION, NAME_UNUSABLE, NOT_EVALUATED, NOT_WRITABLE, TWICE, WARNING};
use crate::escape::tmpfiles_argument;
use crate::eval::{Evaluated, Fault, Found, Options, Scope};
use crate::{Datum, PackagePaths, Resolved, formats};

/// Options that have all been evaluated.
struct Settled<'a>(&'a BTreeMap<String, Datum>);

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

pub(super) fn build(
    manifest: &Manifest,
    resolved: Resolved,
    paths: &dyn PackagePaths,
) -> Result<Realised, Vec<Problem>> {
    let found = RefCell::new(Found { files: resolved.files, ..Found::default() });
    let options = Settled(&resolved.options);
    let scope = Scope::new(&options, paths, &found);
    let feature = manifest.feature.name.clone();
    let mut builder = Builder {
        paths,
        system: System { feature, ..System::default() },
        tmpfiles: BTreeMap::new(),
        problems: Vec::new(),
        warnings: resolved.warnings,
    };
    builder.rules(manifest, &scope);
    builder.all(&manifest.system, &scope);
    let Builder { mut system, tmpfiles, problems, warnings, .. } = builder;
    if !problems.is_empty() {
        return Err(problems);
    }
    let found = found.into_inner();
    system.tmpfiles = tmpfiles.into_values().collect();
    system.files = found.files;
    let used = found.packages.iter().filter_map(|name| manifest.packages.get(name));
    system.debian_packages = used.flat_map(|package| package.debian.clone()).collect();
    if manifest.extra_nix {
        system.not_covered.push("extra.nix, which only NixOS reads".to_owned());
    }
    Ok(Realised { system, warnings })
}

pub(super) struct Builder<'a> {
    pub(super) paths: &'a dyn PackagePaths,
    pub(super) system: System,
    /// Lines by path and type.
    tmpfiles: BTreeMap<(String, String), String>,
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
    fn new(subject: &'a str) -> Self {
        Self { subject, place: None }
    }
}

impl Builder<'_> {
    pub(super) fn problem(&mut self, code: Code, about: About<'_>, message: impl Into<String>) {
        let problem = Problem::error(code, about.subject, message).at(about.place.cloned());
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
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
            for scope in self.instances(About::new("packages"), &part.scope, scope) {
                let name = scope.use_package(&part.package);
                if let Some(name) = self.ok(About::new("packages"), name) {
                    self.system.installed.insert(name);
                }
            }
        }
        for part in &system.units {
            let about = About { subject: part.kind.suffix(), place: part.place.as_ref() };
            for scope in self.instances(about, &part.scope, scope) {
                self.unit(part, &scope);
            }
        }
        for part in &system.etc {
            for scope in self.instances(About::new("etc"), &part.scope, scope) {
                self.etc(part, &scope);
            }
        }
        for part in &system.groups {
            for scope in self.instances(About::new("groups"), &part.scope, scope) {
                let name = scope.text(&part.name);
                let name = self.text(About::new("groups"), name, NAME_UNUSABLE, names::user);
                self.system.groups.extend(name);
            }
        }
        for part in &system.users {
            for scope in self.instances(About::new("users"), &part.scope, scope) {
                self.user(part, &scope);
            }
        }
        for part in &system.tmpfiles {
            for scope in self.instances(About::new("tmpfiles"), &part.scope, scope) {
                self.tmpfiles(part, &scope);
            }
        }
        for part in &system.sysctl {
            for scope in self.instances(About::new(&part.name), &part.scope, scope) {
                self.sysctl(part, &scope);
            }
        }
        for part in &system.firewall {
            for scope in self.instances(About::new("firewall"), &part.scope, scope) {
                self.firewall(part, &scope);
            }
        }
    }

    /// What a part is evaluated in, once for each time that it is there.
    fn instances<'s>(
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

    fn etc(&mut self, part: &model::EtcFile, scope: &Scope<'_>) {
        let about = About::new("etc");
        let path = self.text(about, scope.text(&part.path), NAME_UNUSABLE, names::etc_path);
        let text = match &part.content {
            model::Content::Text(text) => scope.text(text),
            model::Content::Settings { format, value } => scope.eval(value).and_then(|value| {
                formats::render(*format, &scope.plain(&value)).map_err(Fault::NotWritable)
            }),
        };
        let subject = path.as_ref().map_or_else(|| "etc".to_owned(), |path| format!("/etc/{path}"));
        let about = About::new(&subject);
        let (Some(path), Some(text)) = (path, self.ok(about, text)) else { return };
        let file = EtcFile { text, mode: part.mode.clone() };
        if self.system.etc.insert(path, file).is_some() {
            self.problem(TWICE, about, "two parts of the feature write this file");
        }
    }

    fn user(&mut self, part: &model::User, scope: &Scope<'_>) {
        let about = About::new("users");
        let name = self.text(about, scope.text(&part.name), NAME_UNUSABLE, names::user);
        let group = self.text(about, scope.text(&part.group), NAME_UNUSABLE, names::user);
        let (Some(name), Some(group)) = (name, group) else { return };
        let about = About::new(&name);
        let mut optional = |expr: &Option<model::Expr>, default: &str| {
            let text = expr.as_ref().map_or(Ok(default.to_owned()), |expr| scope.text(expr));
            self.text(about, text, NOT_WRITABLE, names::passwd_field)
        };
        let description = optional(&part.description, "");
        let home = optional(&part.home, "/var/empty");
        let (Some(description), Some(home)) = (description, home) else { return };
        if !home.starts_with('/') {
            let message = format!("its home {home:?} is no absolute path");
            self.problem(NAME_UNUSABLE, about, message);
        }
        let known = self.system.groups.contains(&group) || COMMON_GROUPS.contains(&&*group);
        if !known {
            let message = format!("its group `{group}` is one that nobody makes");
            self.problem(NAME_UNUSABLE, about, message);
        }
        let user = User { group, description, home };
        let before = self.system.users.insert(name.clone(), user.clone());
        if before.is_some_and(|before| before != user) {
            self.problem(TWICE, about, "two different users have this name");
        }
    }

    fn tmpfiles(&mut self, part: &model::TmpfilesRule, scope: &Scope<'_>) {
        let about = About::new("tmpfiles");
        let path = scope.text(&part.path);
        let Some(path) = self.text(about, path, NOT_WRITABLE, names::single_quoted) else { return };
        let about = About::new(&path);
        if !path.starts_with(['/', '%']) {
            self.problem(NAME_UNUSABLE, about, "a rule of tmpfiles.d needs an absolute path");
        }
        let mut word = |expr: &Option<model::Expr>| {
            let text = expr.as_ref().map_or(Ok("-".to_owned()), |expr| scope.text(expr));
            self.text(about, text, NOT_WRITABLE, names::single_quoted)
        };
        let (user, group, age) = (word(&part.user), word(&part.group), word(&part.age));
        let argument =
            part.argument.as_ref().map_or(Ok(String::new()), |argument| scope.text(argument));
        let argument = self.ok(about, argument).map(|argument| tmpfiles_argument(&argument));
        let (Some(user), Some(group), Some(age), Some(argument)) = (user, group, age, argument)
        else {
            return;
        };
        let (kind, mode) = (&part.kind, part.mode.as_deref().unwrap_or("-"));
        let line = format!("'{kind}' '{path}' '{mode}' '{user}' '{group}' '{age}' {argument}\n");
        let key = (path.clone(), kind.clone());
        let before = self.tmpfiles.insert(key, line.clone());
        if before.is_some_and(|before| before != line) {
            self.problem(TWICE, about, format!("two rules of type `{kind}` have this path"));
        }
    }

    fn sysctl(&mut self, part: &model::Sysctl, scope: &Scope<'_>) {
        let about = About::new(&part.name);
        let value = scope.eval(&part.value).and_then(|value| match value {
            // The kernel knows no words for them.
            Datum::Bool(b) => Ok(i32::from(b).to_string()),
            other => scope.to_text(&other),
        });
        let Some(value) = self.text(about, value, NOT_WRITABLE, names::line) else { return };
        let before = self.system.sysctl.insert(part.name.clone(), value.clone());
        if before.is_some_and(|before| before != value) {
            self.problem(TWICE, about, "two parts of the feature set this kernel parameter");
        }
    }

    fn firewall(&mut self, part: &model::FirewallPorts, scope: &Scope<'_>) {
        let about = About::new("firewall");
        let Some(ports) = self.ok(about, scope.list(&part.ports)) else { return };
        for port in ports {
            let number = match port {
                Datum::Int(n) => u16::try_from(n).ok(),
                _ => None,
            };
            let Some(number) = number else {
                self.problem(NAME_UNUSABLE, about, format!("{} is no port", port.to_value()));
                continue;
            };
            let Firewall { tcp, udp } = &mut self.system.firewall;
            match part.protocol {
                Protocol::Tcp => tcp.insert(number),
                Protocol::Udp => udp.insert(number),
            };
        }
    }
}

/// Groups that NixOS and Debian both have.
const COMMON_GROUPS: [&str; 18] = [
    "adm",
    "audio",
    "cdrom",
    "dialout",
    "disk",
    "input",
    "kmem",
    "kvm",
    "lp",
    "nogroup",
    "render",
    "root",
    "systemd-journal",
    "tape",
    "tty",
    "users",
    "utmp",
    "video",
];

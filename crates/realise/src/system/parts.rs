//! The parts of a system that are not units.

use domi_model::{self as model, Protocol, reserved};

use super::build::{About, Builder};
use super::{EtcFile, Firewall, User, names};
use crate::codes::{NAME_UNUSABLE, NOT_WRITABLE, TWICE};
use crate::escape::{specifiers, tmpfiles_argument};
use crate::eval::{Fault, Scope};
use crate::written::Writer;
use crate::{Datum, formats};

impl Builder<'_> {
    pub(super) fn etc(&mut self, part: &model::EtcFile, scope: &Scope<'_>) {
        let about = About::new("etc");
        let feature = self.system.feature.clone();
        let usable = |path: &str| {
            names::etc_path(path)?;
            names::free(path, "file of /etc", reserved::etc(path, &feature))
        };
        let path = self.text(about, scope.text(&part.path), NAME_UNUSABLE, usable);
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

    pub(super) fn user(&mut self, part: &model::User, scope: &Scope<'_>) {
        let about = About::new("users");
        let name = self.text(about, scope.text(&part.name), NAME_UNUSABLE, names::new_user);
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
        if let Err(fault) = names::path(&home) {
            self.problem(NAME_UNUSABLE, about, format!("its home {fault}"));
        }
        let known = self.system.groups.contains(&group) || COMMON_GROUPS.contains(&&*group);
        if !known {
            let message = format!("its group `{group}` is one that nobody makes");
            self.problem(NAME_UNUSABLE, about, message);
        }
        let user = User { group, description, home, uid: None };
        let before = self.system.users.insert(name.clone(), user.clone());
        if before.is_some_and(|before| before != user) {
            self.problem(TWICE, about, "two different users have this name");
        }
    }

    pub(super) fn tmpfiles(&mut self, part: &model::TmpfilesRule, scope: &Scope<'_>) {
        let about = About::new("tmpfiles");
        let path = scope.written_text(&part.path, &TmpfilesPath);
        let Some(path) = self.text(about, path, NOT_WRITABLE, names::single_quoted) else { return };
        let about = About::new(&path);
        let begins_with_specifier = path.starts_with('%') && !path.starts_with("%%");
        if !path.starts_with('/') && !begins_with_specifier {
            self.problem(NAME_UNUSABLE, about, "a rule of tmpfiles.d needs an absolute path");
        }
        if reserved::makes(&part.kind) && reserved::tmpfiles(&path) {
            let message = "machines have a rule of tmpfiles.d for this path already";
            self.problem(NAME_UNUSABLE, about, message);
        }
        let mut word = |expr: &Option<model::Expr>| {
            let text = expr.as_ref().map_or(Ok("-".to_owned()), |expr| scope.text(expr));
            self.text(about, text, NOT_WRITABLE, names::single_quoted)
        };
        let (user, group, age) = (word(&part.user), word(&part.group), word(&part.age));
        let writer = TmpfilesArgument { expands: part.expands_argument() };
        let argument = part.argument.as_ref();
        let argument = argument.map_or(Ok(String::new()), |e| scope.written_text(e, &writer));
        let argument = self.ok(about, argument);
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

    pub(super) fn sysctl(&mut self, part: &model::Sysctl, scope: &Scope<'_>) {
        let about = About::new(&part.name);
        let is_count = reserved::is_count(&part.name);
        let value = scope.eval(&part.value).and_then(|value| match value {
            other if is_count && !matches!(other, Datum::Int(0..)) => {
                let message = format!("{} is no number of bytes", other.to_value());
                Err(Fault::NotWritable(message))
            }
            // The kernel knows no words for them.
            Datum::Bool(b) => Ok(i32::from(b).to_string()),
            other => scope.to_text(&other),
        });
        let Some(value) = self.text(about, value, NOT_WRITABLE, names::line) else { return };
        let before = self.system.sysctl.insert(part.name.clone(), value.clone());
        if before.is_some() {
            self.problem(TWICE, about, "two parts of the feature set this kernel parameter");
        }
    }

    pub(super) fn firewall(&mut self, part: &model::FirewallPorts, scope: &Scope<'_>) {
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

/// Writes the path of a rule of tmpfiles.d, which stands in single quotes.
struct TmpfilesPath;

impl Writer for TmpfilesPath {
    fn fixed(&self, text: &str) -> String {
        specifiers(text)
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(specifiers(text))
    }
}

/// Writes the argument of a rule of tmpfiles.d, as `systemd.tmpfiles.settings` of NixOS writes it
/// since 25.05, but so that no specifier is found in it.
struct TmpfilesArgument {
    /// Whether systemd looks for specifiers.
    expands: bool,
}

impl Writer for TmpfilesArgument {
    fn fixed(&self, text: &str) -> String {
        let text = tmpfiles_argument(text);
        if self.expands { specifiers(&text) } else { text }
    }

    fn brought(&self, text: &str, _: bool) -> Result<String, String> {
        Ok(self.fixed(text))
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

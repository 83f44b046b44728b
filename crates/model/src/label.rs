//! What parts of a system are called in problems.

use crate::names::path_unit;
use crate::{
    Claim, ClaimKind, EtcFile, Expr, FirewallPorts, Group, InstalledPackage, Protocol,
    TmpfilesRule, Unit, User, Value,
};

/// A kind of part with its name: etc file `a/<name>`.
pub(crate) fn part_name(kind: &str, name: &Expr) -> String {
    format!("{kind} `{}`", sketch(name))
}

/// A name as far as it is known, with what settings bring in angle brackets: `job-<name>`.
fn sketch(expr: &Expr) -> String {
    match expr {
        Expr::Literal(Value::Str(text)) => text.clone(),
        Expr::Literal(other) => other.to_string(),
        Expr::Specifier(specifier) => specifier.clone(),
        Expr::CommandVariable(name) => format!("${name}"),
        Expr::Option(path) => format!("<{path}>"),
        Expr::Variable(variable) => {
            let names: Vec<_> =
                std::iter::once(&variable.name).chain(&variable.path).map(String::as_str).collect();
            format!("<{}>", names.join("."))
        }
        Expr::Package(name) => format!("<{name}>"),
        Expr::Text(parts) => parts.iter().map(sketch).collect(),
        _ => "<…>".to_owned(),
    }
}

/// The same of a list.
fn sketches(list: &Expr) -> String {
    match list {
        Expr::List(items) => items.iter().map(sketch).collect::<Vec<_>>().join(", "),
        other => sketch(other),
    }
}

impl InstalledPackage {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        match &self.package {
            Expr::Script(script) => format!("command {}", script.name),
            package => part_name("installed package", package),
        }
    }
}

impl Unit {
    /// What it is called in a problem: its full name, as far as it is known.
    pub fn label(&self) -> String {
        format!("{}.{}", sketch(&self.name), self.kind.suffix())
    }
}

impl Unit {
    /// Its full name, where no setting decides on it.
    pub fn fixed_name(&self) -> Option<String> {
        let name = self.name.fixed_text()?;
        let name = if self.kind.is_path() { path_unit(&name) } else { name };
        Some(format!("{name}.{}", self.kind.suffix()))
    }

    /// Whether it adds to each unit that is named by the attribute set that it is there for.
    pub fn adds_to_each(&self) -> bool {
        let Some(each) = self.scope.each.as_ref().filter(|_| self.drop_in) else { return false };
        matches!(&self.name, Expr::Variable(it) if it.name == each.name && it.path.is_empty())
    }

    /// Whether it says nothing but keys of the section of its kind, if it says anything.
    pub(crate) fn has_keys_alone(&self) -> bool {
        self.aliases.is_empty()
            && self.description.is_none()
            && self.wanted_by.is_empty()
            && self.relations.is_empty()
            && self.unit_config.is_empty()
            && self.environment.is_empty()
            && self.path.is_empty()
            && self.commands.is_empty()
            && self.changes.is_plain()
    }
}

impl EtcFile {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        part_name("etc file", &self.path)
    }
}

impl User {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        part_name("user", &self.name)
    }
}

impl Group {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        part_name("group", &self.name)
    }
}

impl TmpfilesRule {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        part_name("tmpfiles rule", &self.path)
    }
}

impl Claim {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        let kind = match self.kind {
            ClaimKind::Tcp => "claim of TCP ports",
            ClaimKind::Udp => "claim of UDP ports",
            ClaimKind::Path => "claim of paths",
        };
        format!("{kind} {}", sketches(&self.values))
    }
}

impl FirewallPorts {
    /// What it is called in a problem.
    pub fn label(&self) -> String {
        let protocol = match self.protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        };
        format!("{protocol} ports {}", sketches(&self.ports))
    }
}

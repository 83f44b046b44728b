//! What a machine has only once: ports, paths, users, groups, units and commands.

use std::collections::BTreeSet;

use crate::{
    ClaimKind, Each, Expr, Manifest, OptionPath, Place, Scope, Setting, Unit, UnitKind, reserved,
};

/// What a machine has only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A TCP port.
    Tcp,
    /// A UDP port.
    Udp,
    /// A path.
    Path,
    /// A user.
    User,
    /// A group.
    Group,
    /// A name of a unit.
    Unit,
    /// What is added to a unit of the system.
    DropIn,
    /// A command on everyone's PATH.
    Command,
}

impl Thing {
    /// What it is called in a message, before its name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Tcp => "TCP port",
            Self::Udp => "UDP port",
            Self::Path => "path",
            Self::User => "user",
            Self::Group => "group",
            Self::Unit => "unit",
            Self::DropIn => "drop-in of",
            Self::Command => "command",
        }
    }

    /// Whether a name of this kind is none: port 0 lets the kernel choose.
    pub fn is_none(self, name: &str) -> bool {
        matches!(self, Self::Tcp | Self::Udp) && name == "0"
    }
}

/// A path without what does not change it: doubled slashes, one at the end, and `.` for a part.
pub fn plain_path(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    format!("/{}", parts.collect::<Vec<_>>().join("/"))
}

/// Things of one kind that a feature takes for itself, by something that its manifest says.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// What it is.
    pub thing: Thing,
    /// What stands before each name.
    pub before: &'static str,
    /// The name, or a list of names.
    pub names: Expr,
    /// Whether that may be a list.
    pub many: bool,
    /// What stands behind each name.
    pub after: String,
    /// When, and how often.
    pub scope: Scope,
    /// The options that decide on the names, in full: `domi.services.feature-x.port`. What an
    /// attribute brings is `domi.services.feature-y.folders.<name>.target`.
    pub options: BTreeSet<String>,
    /// Where it was written, if it is declared.
    pub place: Option<Place>,
}

/// Folders that systemd makes for a service, by the keys that name them.
const FOLDERS: [(&str, &str); 5] = [
    ("CacheDirectory", "/var/cache/"),
    ("ConfigurationDirectory", "/etc/"),
    ("LogsDirectory", "/var/log/"),
    ("RuntimeDirectory", "/run/"),
    ("StateDirectory", "/var/lib/"),
];

impl Manifest {
    /// Everything that a machine has only once and that the feature takes for itself: what it
    /// claims, and what follows from the rest of its system.
    pub fn claimed(&self) -> Vec<Claimed> {
        let mut found = Finder { manifest: self, found: Vec::new() };
        for claim in &self.system.claims {
            let thing = match claim.kind {
                ClaimKind::Tcp => Thing::Tcp,
                ClaimKind::Udp => Thing::Udp,
                ClaimKind::Path => Thing::Path,
            };
            found.all(thing, "", &claim.values, &claim.scope, claim.place.as_ref());
        }
        for installed in &self.system.packages {
            if let Expr::Script(script) = &installed.package {
                found.one(Thing::Command, "", &text(&script.name), "", &installed.scope);
            }
        }
        self.system.units.iter().for_each(|unit| found.unit(unit));
        for file in &self.system.etc {
            found.one(Thing::Path, "/etc/", &file.path, "", &file.scope);
        }
        for user in &self.system.users {
            found.one(Thing::User, "", &user.name, "", &user.scope);
            if let (Some(home), true) = (&user.home, user.create_home || user.normal) {
                found.one(Thing::Path, "", home, "", &user.scope);
            }
        }
        for group in &self.system.groups {
            found.one(Thing::Group, "", &group.name, "", &group.scope);
        }
        for rule in self.system.tmpfiles.iter().filter(|rule| reserved::makes(&rule.kind)) {
            found.one(Thing::Path, "", &rule.path, "", &rule.scope);
        }
        found.found
    }
}

struct Finder<'m> {
    manifest: &'m Manifest,
    found: Vec<Claimed>,
}

impl Finder<'_> {
    fn one(
        &mut self,
        thing: Thing,
        before: &'static str,
        name: &Expr,
        after: &str,
        scope: &Scope,
    ) -> Option<&mut Claimed> {
        // What systemd puts in is not known here.
        if name.any(&|part| matches!(part, Expr::Specifier(_))) {
            return None;
        }
        let mut options = BTreeSet::new();
        self.options(name, scope.each.as_ref(), &mut options);
        let claimed = Claimed {
            thing,
            before,
            names: name.clone(),
            many: false,
            after: after.to_owned(),
            scope: scope.clone(),
            options,
            place: None,
        };
        // One part of a system may say what another one says.
        if self.found.contains(&claimed) {
            return None;
        }
        self.found.push(claimed);
        self.found.last_mut()
    }

    /// Names of which an expression is one or, as a list, several.
    fn all(
        &mut self,
        thing: Thing,
        before: &'static str,
        names: &Expr,
        scope: &Scope,
        place: Option<&Place>,
    ) {
        let (items, many) = match names {
            Expr::List(items) => (items.clone(), false),
            Expr::Literal(crate::Value::List(items)) => {
                (items.iter().cloned().map(Expr::Literal).collect(), false)
            }
            other => (vec![other.clone()], true),
        };
        for item in items {
            if let Some(claimed) = self.one(thing, before, &item, "", scope) {
                claimed.many = many;
                claimed.place = place.cloned();
            }
        }
    }

    fn unit(&mut self, unit: &Unit) {
        let thing = if unit.drop_in { Thing::DropIn } else { Thing::Unit };
        match unit.fixed_name() {
            Some(name) => self.one(thing, "", &text(&name), "", &unit.scope),
            None => {
                let suffix = format!(".{}", unit.kind.suffix());
                self.one(thing, "", &unit.name, &suffix, &unit.scope)
            }
        };
        for alias in &unit.aliases {
            self.one(Thing::Unit, "", &text(alias), "", &unit.scope);
        }
        if unit.kind != UnitKind::Service || unit.drop_in {
            return;
        }
        for (key, before) in FOLDERS {
            if let Some(setting) = unit.config.get(key) {
                self.folders(before, setting, &unit.scope);
            }
        }
    }

    fn folders(&mut self, before: &'static str, setting: &Setting, scope: &Scope) {
        let mut scope = scope.clone();
        scope.when = match (scope.when, setting.when.clone()) {
            (Some(one), Some(other)) => Some(Expr::And(vec![one, other])),
            (one, other) => one.or(other),
        };
        let Some(fixed) = setting.value.fixed_text() else {
            self.all(Thing::Path, before, &setting.value, &scope, None);
            return;
        };
        for word in fixed.split_whitespace() {
            // A link to it may be named behind a colon.
            let folder = word.split(':').next().unwrap_or_default();
            self.one(Thing::Path, before, &text(folder), "", &scope);
        }
    }

    /// The options that an expression follows from.
    fn options(&self, expr: &Expr, each: Option<&Each>, out: &mut BTreeSet<String>) {
        match (expr, each) {
            (Expr::Option(path), _) if !path.0.is_empty() => {
                out.insert(self.in_full(path));
            }
            (Expr::Variable(variable), Some(each)) if variable.name == each.name => {
                self.options(&each.over, None, out);
            }
            (Expr::Variable(variable), Some(each)) if variable.name == each.value => {
                let within: String = variable.path.iter().map(|name| format!(".{name}")).collect();
                let mut sets = BTreeSet::new();
                self.options(&each.over, None, &mut sets);
                out.extend(sets.into_iter().map(|set| format!("{set}.<name>{within}")));
            }
            (Expr::Neighbour(read), _) => {
                if let Some(known) = self.manifest.neighbours.get(&read.feature) {
                    let (kind, feature) = (known.kind.as_str(), &read.feature);
                    out.insert(format!("domi.{kind}.{feature}.{}", read.option));
                }
                self.options(&read.otherwise, each, out);
            }
            _ => expr.parts().into_iter().for_each(|part| self.options(part, each, out)),
        }
    }

    fn in_full(&self, path: &OptionPath) -> String {
        format!("{}.{path}", self.manifest.feature.option_prefix().join("."))
    }
}

fn text(text: &str) -> Expr {
    Expr::Literal(text.into())
}

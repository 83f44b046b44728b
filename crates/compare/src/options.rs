//! Options, and what their types take.

use domi_model::{
    Expr, Manifest, OptionDecl, OptionPath, Renamed, Settings, Submodule, Type, Variant,
};

use crate::at_old_settings::Meanings;
use crate::types::is_scalar_within;
use crate::{Effect, Finding, Level};

/// What becomes of options from one manifest to another.
pub(crate) fn compare(before: &Manifest, after: &Manifest, meanings: &Meanings) -> Vec<Finding> {
    let mut comparison = Comparison { after, meanings, findings: Vec::new() };
    comparison.options(&Place::default(), &before.options, &after.options);
    for Renamed { from, to, silent } in &before.renamed {
        let now = meanings.now(&to.0);
        let is_still = |it: &&Renamed| it.from == *from && [&to.0, &now].contains(&&it.to.0);
        let still = after.renamed.iter().find(is_still);
        let effect = match still {
            None => Effect::AliasRemoved,
            Some(still) if still.silent != *silent => Effect::AliasWarning,
            Some(_) => continue,
        };
        let what = format!("option {from}, the old name of {to}");
        comparison.findings.push(Finding::new(effect, what));
    }
    comparison.findings
}

/// What options of the manifest before are called in the other, and which defaults new ones have.
pub(crate) fn meanings(before: &Manifest, after: &Manifest) -> Meanings {
    let mut meanings = Meanings::default();
    for Renamed { from, to, silent: _ } in &after.renamed {
        if before.option(&from.0).is_some() {
            meanings.renamed.insert(from.0.clone(), to.0.clone());
        }
    }
    let known: Vec<_> = meanings.renamed.values().cloned().collect();
    new_defaults(&mut Vec::new(), &before.options, &after.options, &known, &mut meanings);
    meanings
}

fn new_defaults(
    at: &mut Vec<String>,
    before: &[OptionDecl],
    after: &[OptionDecl],
    known: &[Vec<String>],
    meanings: &mut Meanings,
) {
    for option in after {
        at.push(option.name.clone());
        let old = before.iter().find(|it| it.name == option.name);
        let is_new = old.is_none() && !known.contains(at);
        if let (true, Some(default)) = (is_new, &option.default) {
            meanings.defaults.insert(at.clone(), default.clone());
        }
        if let Type::Submodule(Submodule { options }) = &option.ty {
            let old = match old.map(|old| &old.ty) {
                Some(Type::Submodule(old)) => old.options.as_slice(),
                _ => &[],
            };
            if !known.contains(at) {
                new_defaults(at, old, options, known, meanings);
            }
        }
        at.pop();
    }
}

/// Where an option is: the names that lead to it.
#[derive(Debug, Clone, Default)]
struct Place {
    names: Vec<String>,
    /// Whether they go through lists or attribute sets, whose names settings bring.
    is_free: bool,
}

impl Place {
    fn join(&self, name: &str) -> Self {
        let names = [self.names.as_slice(), &[name.to_owned()]].concat();
        Self { names, is_free: self.is_free }
    }

    fn each(&self, name: &str) -> Self {
        Self { is_free: true, ..self.join(name) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "option {}", self.names.join("."))
    }
}

struct Comparison<'a> {
    after: &'a Manifest,
    meanings: &'a Meanings,
    findings: Vec<Finding>,
}

impl Comparison<'_> {
    fn found(&mut self, effect: Effect, at: &Place) {
        self.findings.push(Finding::new(effect, at.to_string()));
    }

    fn options(&mut self, at: &Place, before: &[OptionDecl], after: &[OptionDecl]) {
        for old in before {
            let place = at.join(&old.name);
            if let Some(new) = after.iter().find(|new| new.name == old.name) {
                self.option(&place, old, new);
            } else if let Some((to, new)) = self.renamed(&place) {
                let to = OptionPath(to);
                let what = format!("{place}, which is {to} now");
                self.findings.push(Finding::new(Effect::OptionRenamed, what));
                self.option(&Place { names: to.0, is_free: false }, old, &new);
            } else {
                self.found(Effect::OptionRemoved, &place);
            }
        }
        for new in after.iter().filter(|new| !before.iter().any(|old| old.name == new.name)) {
            let place = at.join(&new.name);
            let was_renamed = || self.meanings.renamed.values().any(|to| *to == place.names);
            if place.is_free || !was_renamed() {
                let needed = new.default.is_none() && !new.read_only;
                let effect = if needed { Effect::OptionRequired } else { Effect::OptionAdded };
                self.found(effect, &place);
            }
        }
    }

    /// The option that a former one is now called, and its path.
    fn renamed(&self, place: &Place) -> Option<(Vec<String>, OptionDecl)> {
        let to = self.meanings.renamed.get(&place.names).filter(|_| !place.is_free)?;
        Some((to.clone(), self.after.option(to)?.clone()))
    }

    fn option(&mut self, at: &Place, old: &OptionDecl, new: &OptionDecl) {
        let OptionDecl {
            name: _,
            ty,
            description,
            default,
            default_text,
            example,
            internal,
            hidden,
            read_only,
            place: _,
        } = old;
        match (read_only, new.read_only) {
            (false, true) => self.found(Effect::OptionReadOnly, at),
            (true, false) => {
                self.found(Effect::OptionWritable, at);
                // It is read as before.
                self.read_only(at, old, new);
            }
            (false, false) => {
                self.types(at, ty, &new.ty);
                self.defaults(at, default.as_ref(), new.default.as_ref());
            }
            (true, true) => self.read_only(at, old, new),
        }
        match (internal, new.internal) {
            (false, true) => self.found(Effect::OptionInternal, at),
            (true, false) => self.found(Effect::OptionPublic, at),
            _ => {}
        }
        let read = (description, default_text, example, hidden);
        if read != (&new.description, &new.default_text, &new.example, &new.hidden) {
            self.found(Effect::DocumentationChanged, at);
        }
    }

    fn defaults(&mut self, at: &Place, old: Option<&Expr>, new: Option<&Expr>) {
        match (old.map(|it| self.meanings.of(it)), new.map(|it| self.meanings.of(it))) {
            (Some(_), None) => self.found(Effect::DefaultRemoved, at),
            (None, Some(_)) => self.found(Effect::DefaultAdded, at),
            (Some(old), Some(new)) if old != new => {
                let finding = Finding::new(Effect::DefaultChanged, at.to_string());
                self.findings.push(match (literal(&old), literal(&new)) {
                    (Some(old), Some(new)) => finding.with(old, new),
                    _ => finding,
                });
            }
            _ => {}
        }
    }

    /// An option that is only read: what it may be is what it gives.
    fn read_only(&mut self, at: &Place, old: &OptionDecl, new: &OptionDecl) {
        let found = self.of_types(at, &old.ty, &new.ty);
        let (docs, found): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|it| it.level == Level::Patch);
        self.findings.extend(docs);
        let all = |effect| !found.is_empty() && found.iter().all(|it| it.effect == effect);
        let value = |option: &OptionDecl| option.default.as_ref().map(|it| self.meanings.of(it));
        let effect = if value(old) != value(new) {
            Effect::ReadOnlyChanged
        } else if found.is_empty() {
            return;
        } else if all(Effect::TypeNarrowed) {
            Effect::ReadOnlyNarrowed
        } else if all(Effect::TypeWidened) {
            Effect::ReadOnlyWidened
        } else {
            Effect::ReadOnlyChanged
        };
        self.found(effect, at);
    }

    /// What is found of two types alone.
    fn of_types(&self, at: &Place, old: &Type, new: &Type) -> Vec<Finding> {
        let (after, meanings) = (self.after, self.meanings);
        let mut inner = Comparison { after, meanings, findings: Vec::new() };
        inner.types(at, old, new);
        inner.findings
    }

    fn types(&mut self, at: &Place, old: &Type, new: &Type) {
        match (old, new) {
            (Type::NullOr(old), Type::NullOr(new)) => self.types(at, old, new),
            (Type::ListOf(old), Type::ListOf(new))
            | (Type::NonEmptyListOf(old), Type::NonEmptyListOf(new)) => {
                self.types(&at.each("<element>"), old, new);
            }
            (Type::AttrsOf(old), Type::AttrsOf(new))
            | (Type::LazyAttrsOf(old), Type::LazyAttrsOf(new)) => {
                self.types(&at.each("<name>"), old, new);
            }
            (Type::ListOf(old_of), Type::NonEmptyListOf(new_of)) => {
                self.changed(Effect::TypeNarrowed, at, old, new);
                self.types(&at.each("<element>"), old_of, new_of);
            }
            (Type::NonEmptyListOf(old_of), Type::ListOf(new_of)) => {
                self.changed(Effect::TypeWidened, at, old, new);
                self.types(&at.each("<element>"), old_of, new_of);
            }
            (Type::Submodule(old), Type::Submodule(new)) => {
                self.options(at, &old.options, &new.options);
            }
            (Type::Settings(old), Type::Settings(new)) if old.format == new.format => {
                self.settings(at, old, new);
            }
            (Type::AttrTag(old), Type::AttrTag(new)) => self.variants(at, old, new),
            (Type::Coerced(old), Type::Coerced(new)) if old.by == new.by => {
                self.types(at, &old.from, &new.from);
                self.types(at, &old.to, &new.to);
            }
            (Type::OneOf(old), Type::OneOf(new)) if self.are_alike(old, new) => {
                old.iter().zip(new).for_each(|(old, new)| self.types(at, old, new));
            }
            (old_type, Type::NullOr(inner)) if self.are_comparable(old_type, inner) => {
                self.changed(Effect::TypeWidened, at, old, new);
                self.types(at, old_type, inner);
            }
            (Type::NullOr(inner), new_type) if self.are_comparable(inner, new_type) => {
                self.changed(Effect::TypeNarrowed, at, old, new);
                self.types(at, inner, new_type);
            }
            _ => match (self.is_within(old, new), self.is_within(new, old)) {
                (true, true) => {}
                (true, false) => self.changed(Effect::TypeWidened, at, old, new),
                (false, true) => self.changed(Effect::TypeNarrowed, at, old, new),
                (false, false) => self.changed(Effect::TypeChanged, at, old, new),
            },
        }
    }

    fn changed(&mut self, effect: Effect, at: &Place, old: &Type, new: &Type) {
        let finding = Finding::new(effect, at.to_string());
        let (old, new) = (old.described(), new.described());
        self.findings.push(if old == new { finding } else { finding.with(old, new) });
    }

    /// Whether two types have to do with each other: what differs within them can be said.
    fn are_comparable(&self, old: &Type, new: &Type) -> bool {
        std::mem::discriminant(old) == std::mem::discriminant(new)
            || self.is_within(old, new)
            || self.is_within(new, old)
    }

    /// Whether alternatives can be compared one by one.
    fn are_alike(&self, old: &[Type], new: &[Type]) -> bool {
        old.len() == new.len()
            && old.iter().zip(new).all(|(old, new)| self.are_comparable(old, new))
    }

    /// A name that no option declares may be anything that the format can hold.
    fn settings(&mut self, at: &Place, old: &Settings, new: &Settings) {
        let Settings { format: _, options } = old;
        for option in options {
            let place = at.join(&option.name);
            match new.options.iter().find(|new| new.name == option.name) {
                Some(new) => self.option(&place, option, new),
                None => {
                    self.found(Effect::TypeWidened, &place);
                    if option.default.is_some() {
                        self.found(Effect::DefaultChanged, &place);
                    }
                }
            }
        }
        let is_new = |new: &&OptionDecl| !options.iter().any(|old| old.name == new.name);
        for option in new.options.iter().filter(is_new) {
            self.found(Effect::TypeNarrowed, &at.join(&option.name));
        }
    }

    fn variants(&mut self, at: &Place, old: &[Variant], new: &[Variant]) {
        for Variant { name, description, ty } in old {
            let place = at.join(name);
            match new.iter().find(|new| new.name == *name) {
                None => self.found(Effect::OptionRemoved, &place),
                Some(new) => {
                    if *description != new.description {
                        self.found(Effect::DocumentationChanged, &place);
                    }
                    self.types(&place, ty, &new.ty);
                }
            }
        }
        let is_new = |new: &&Variant| !old.iter().any(|old| old.name == new.name);
        for variant in new.iter().filter(is_new) {
            self.found(Effect::OptionAdded, &at.join(&variant.name));
        }
    }

    /// Whether whatever was taken is taken still.
    fn is_within(&self, from: &Type, to: &Type) -> bool {
        let within = |from: &Type, to: &Type| self.is_within(from, to);
        match (from, to) {
            (from, to) if from == to => true,
            (Type::NullOr(from), to) => takes_null(to) && within(from, to),
            (Type::OneOf(all), to) => all.iter().all(|from| within(from, to)),
            (from, Type::NullOr(to)) => within(from, to),
            (from, Type::OneOf(all)) => all.iter().any(|to| within(from, to)),
            // Anything joins attribute sets, and nothing else.
            (Type::AttrsOf(from) | Type::LazyAttrsOf(from), Type::Anything) => within(from, to),
            (from, Type::Anything) => {
                !is_made_of_others(from) && !matches!(from, Type::Lines | Type::SeparatedStr(_))
            }
            // What is made of a value, and what is written, is another thing.
            (Type::Coerced(from), Type::Coerced(to)) if from.by != to.by => false,
            (Type::Settings(from), Type::Settings(to)) if from.format != to.format => false,
            (from, to) if is_made_of_others(from) || is_made_of_others(to) => {
                // What is at the top has other names than what is in here.
                let here = Place { is_free: true, ..Place::default() };
                std::mem::discriminant(from) == std::mem::discriminant(to)
                    && self.of_types(&here, from, to).iter().all(|found| {
                        found.level < Level::Major && found.effect != Effect::DefaultChanged
                    })
            }
            (from, to) => is_scalar_within(from, to),
        }
    }
}

fn is_made_of_others(ty: &Type) -> bool {
    matches!(
        ty,
        Type::ListOf(_)
            | Type::NonEmptyListOf(_)
            | Type::AttrsOf(_)
            | Type::LazyAttrsOf(_)
            | Type::Submodule(_)
            | Type::Settings(_)
            | Type::AttrTag(_)
            | Type::Coerced(_)
            | Type::Anything
    )
}

fn takes_null(ty: &Type) -> bool {
    match ty {
        Type::NullOr(_) | Type::Anything => true,
        Type::OneOf(all) => all.iter().any(takes_null),
        _ => false,
    }
}

fn literal(expr: &Expr) -> Option<String> {
    let text = match expr {
        Expr::Literal(value) => value.to_string(),
        _ => return None,
    };
    (text.chars().count() <= 60).then_some(text)
}

//! Several definitions of one option, merged as `lib/modules.nix` and `lib/types.nix` do it.
//!
//! Of each option, at any depth, only the definitions of the lowest number of priority count;
//! these are put in order, and merged by the option's type: lists and lines are joined, sets are
//! merged name by name, and others must be equal. What is merged is not checked any further, which
//! is [`resolve`](crate::resolve)'s part.

use std::collections::BTreeMap;

use domi_model::codes::WRONG_VALUE;
use domi_model::{
    Expr, Manifest, OptionDecl, OptionPath, Problem, Submodule, Type, Value, Variant, accepts,
    check, coerced, is_nix_name,
};

use super::definition::{Defined, Definition, MIDDLE, Module, OPTION_DEFAULT};
use super::off::unasked;
use crate::codes::CONFLICT;

/// What modules come to together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Merged {
    /// The settings, as one module would have them. Of an option that cannot be merged, the value
    /// of one definition.
    pub(super) settings: BTreeMap<String, Value>,
    /// What cannot be merged: the option, and the definitions that are at odds.
    pub(super) problems: Vec<Problem>,
    /// The same of a feature that is off, whose values nobody asks for.
    pub(super) warnings: Vec<Problem>,
}

/// Merges what several modules set of a feature. The order of modules is that of an `imports`: as
/// in NixOS, what a later one says comes first in a list.
///
/// Priorities are compared with that of an option's default, so that a definition may count less
/// than it does. Old names of options are merged by the value alone, as nobody knows their type.
pub(super) fn merge(manifest: &Manifest, modules: &[Module]) -> Merged {
    let mut merger = Merger { manifest, problems: Vec::new() };
    let sets = modules.iter().map(|module| (&*module.name, module.settings.clone())).collect();
    let settings = merger.record(&manifest.options, Others::None, sets, &OptionPath::default());
    let is_off = settings.get("enable") == Some(&Value::Bool(false));
    let (of_values, problems): (Vec<_>, Vec<_>) =
        merger.problems.into_iter().partition(|problem| is_off && problem.subject != "enable");
    Merged { settings, problems, warnings: unasked(of_values).collect() }
}

/// A definition, and the module that it is of.
#[derive(Clone)]
struct Of<'m> {
    module: &'m str,
    definition: Definition,
}

/// What is known of values that no option declares.
#[derive(Clone, Copy)]
enum Others<'t> {
    /// There should be none.
    None,
    /// They are what a file format can hold, of this type if it has values of one type.
    Free(Option<&'t Type>),
}

/// What several lists come to where no type says it.
#[derive(Clone, Copy)]
enum Lists {
    Joined,
    Equal,
}

struct Merger<'m> {
    manifest: &'m Manifest,
    problems: Vec<Problem>,
}

impl Merger<'_> {
    /// Options by name. Each level of options turns the order of the modules around.
    fn record(
        &mut self,
        options: &[OptionDecl],
        others: Others<'_>,
        sets: Vec<(&str, BTreeMap<String, Definition>)>,
        at: &OptionPath,
    ) -> BTreeMap<String, Value> {
        let mut out = BTreeMap::new();
        for (name, definitions) in by_name(sets.into_iter().rev()) {
            let at = at.join(&name);
            let is_enable = at.0 == ["enable"];
            let value = match options.iter().find(|option| option.name == name) {
                // Whoever sets it is refused, whatever it is.
                Some(option) if option.read_only => Some(definitions[0].definition.plain()),
                Some(option) => {
                    let default = option.default.as_ref();
                    self.option(&option.ty, default, definitions, &at)
                }
                None if is_enable => {
                    let off = Expr::Literal(Value::Bool(false));
                    let value = self.option(&Type::Bool, Some(&off), definitions, &at);
                    value.or(Some(Value::Bool(false)))
                }
                None => Some(match others {
                    Others::None => self.loose(Lists::Equal, definitions, &at),
                    Others::Free(None) => self.loose(Lists::Joined, definitions, &at),
                    Others::Free(Some(ty)) => self.value(ty, definitions, &at),
                }),
            };
            out.extend(value.map(|value| (name, value)));
        }
        out
    }

    /// The value of an option; none where its default counts more than what is said.
    fn option(
        &mut self,
        ty: &Type,
        default: Option<&Expr>,
        mut definitions: Vec<Of<'_>>,
        at: &OptionPath,
    ) -> Option<Value> {
        let least = definitions.iter().map(|it| it.definition.priority).min();
        match (default, least) {
            (Some(_), Some(least)) if least > OPTION_DEFAULT => return None,
            (Some(Expr::Literal(value)), Some(OPTION_DEFAULT)) => {
                let definition = Definition { priority: OPTION_DEFAULT, ..Definition::read(value) };
                definitions.insert(0, Of { module: "the option's default", definition });
            }
            (Some(_), Some(OPTION_DEFAULT)) => {
                let message = "is defined with the priority of its default, which is computed";
                let problem = Problem::error(CONFLICT, at.to_string(), message);
                self.problems.push(problem.next("give the definition another priority"));
            }
            _ => {}
        }
        Some(self.value(ty, definitions, at))
    }

    fn value(&mut self, ty: &Type, definitions: Vec<Of<'_>>, at: &OptionPath) -> Value {
        let definitions = self.kept(definitions, at);
        self.merged(ty, definitions, at)
    }

    /// The definitions that count, in order.
    fn kept<'m>(&mut self, definitions: Vec<Of<'m>>, at: &OptionPath) -> Vec<Of<'m>> {
        let least = definitions.iter().map(|it| it.definition.priority).min();
        let (mut kept, dropped): (Vec<_>, Vec<_>) =
            definitions.into_iter().partition(|it| Some(it.definition.priority) == least);
        // NixOS looks for a priority in those that say none, whether they count or not.
        for Of { definition, .. } in dropped.iter().filter(|it| it.definition.is_bare()) {
            if let Defined::Attrs(attrs) = &definition.value {
                let names = attrs.keys().filter(|name| is_nix_name(name));
                let names = names.map(|name| (name.clone(), Value::Null)).collect();
                let checked = check(&Type::Anything, &names, at, &self.manifest.packages);
                self.problems.extend(checked.err().into_iter().flatten());
            }
        }
        kept.sort_by_key(|it| it.definition.order);
        kept
    }

    fn merged(&mut self, ty: &Type, definitions: Vec<Of<'_>>, at: &OptionPath) -> Value {
        if let [Of { definition: Definition { value: Defined::Value(only), .. }, .. }] =
            definitions.as_slice()
        {
            return only.clone();
        }
        let first = definitions[0].definition.plain();
        let refused = match definitions.as_slice() {
            // It is checked with all that is merged.
            [_] => !accepts(ty, &first, &self.manifest.packages),
            _ => !self.accepted(ty, &definitions, at),
        };
        if refused {
            return first;
        }
        match ty {
            Type::Lines => separated("\n", &definitions),
            Type::SeparatedStr(separator) => separated(separator, &definitions),
            Type::ListOf(_) | Type::NonEmptyListOf(_) => joined(&definitions),
            Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => {
                let Some(sets) = sets(&definitions) else { return self.equal(&definitions, at) };
                let all = by_name(sets.into_iter());
                let each = all.into_iter().map(|(name, definitions)| {
                    let value = self.value(inner, definitions, &at.join(&name));
                    (name, value)
                });
                Value::Attrs(each.collect())
            }
            Type::Submodule(Submodule { options }) => {
                self.options(options, Others::None, &definitions, at)
            }
            Type::Settings(settings) => {
                let free = settings.free_type();
                self.options(&settings.options, Others::Free(free.as_ref()), &definitions, at)
            }
            Type::NullOr(inner) => {
                let is_null = |it: &Of<'_>| it.definition.value == Defined::Value(Value::Null);
                match definitions.iter().filter(|it| is_null(it)).count() {
                    0 => self.merged(inner, definitions, at),
                    _ => self.equal(&definitions, at),
                }
            }
            Type::Coerced(it) => {
                let packages = &self.manifest.packages;
                let mut definitions = definitions;
                for Of { definition, .. } in &mut definitions {
                    let value = coerced(it, &definition.plain(), packages);
                    definition.value = Definition::read(&value).value;
                }
                self.merged(&it.to, definitions, at)
            }
            Type::OneOf(types) => {
                let packages = &self.manifest.packages;
                let fits = |ty: &Type, it: &Of<'_>| accepts(ty, &it.definition.plain(), packages);
                match types.iter().find(|ty| definitions.iter().all(|it| fits(ty, it))) {
                    Some(ty) => self.merged(ty, definitions, at),
                    None => self.conflict(&definitions, at),
                }
            }
            Type::AttrTag(variants) => self.tagged(variants, &definitions, at),
            Type::Package if definitions.len() > 1 => self.conflict(&definitions, at),
            // A number is an integer or a float, and all definitions are the same of both.
            Type::Anything | Type::Number(_) => self.loose_kept(Lists::Equal, &definitions, at),
            _ => self.equal(&definitions, at),
        }
    }

    /// Whether each is of the type, as far as its outermost shape goes.
    fn accepted(&mut self, ty: &Type, definitions: &[Of<'_>], at: &OptionPath) -> bool {
        let before = self.problems.len();
        for Of { module, definition } in definitions {
            let value = definition.plain();
            if !accepts(ty, &value, &self.manifest.packages) {
                let wants = ty.described();
                let message = format!("{} of {module} is not {wants}", shown(&value));
                let problem = Problem::error(WRONG_VALUE, at.to_string(), message);
                self.problems.push(problem.next(format!("set it to {wants}")));
            }
        }
        self.problems.len() == before
    }

    fn options(
        &mut self,
        options: &[OptionDecl],
        others: Others<'_>,
        definitions: &[Of<'_>],
        at: &OptionPath,
    ) -> Value {
        // The module system passes an order on to a function that takes none.
        if definitions.iter().any(|it| it.definition.order != MIDDLE) {
            let message = "has an order, which NixOS refuses of a set of options";
            let problem = Problem::error(CONFLICT, at.to_string(), message);
            self.problems.push(problem.next("give an order to the options within it"));
        }
        match sets(definitions) {
            Some(sets) => Value::Attrs(self.record(options, others, sets, at)),
            None => self.equal(definitions, at),
        }
    }

    fn tagged(&mut self, variants: &[Variant], definitions: &[Of<'_>], at: &OptionPath) -> Value {
        let Some(sets) = sets(definitions) else { return self.equal(definitions, at) };
        let all = by_name(sets.into_iter());
        if definitions.len() > 1 && all.len() > 1 {
            return self.conflict(definitions, at);
        }
        let each = all.into_iter().map(|(tag, definitions)| {
            let variant = variants.iter().find(|variant| variant.name == tag);
            let ty = variant.map_or(&Type::Anything, |variant| &variant.ty);
            let value = self.value(ty, definitions, &at.join(&tag));
            (tag, value)
        });
        Value::Attrs(each.collect())
    }

    /// A value whose type says nothing, or that has none.
    fn loose(&mut self, lists: Lists, definitions: Vec<Of<'_>>, at: &OptionPath) -> Value {
        let definitions = self.kept(definitions, at);
        self.loose_kept(lists, &definitions, at)
    }

    fn loose_kept(&mut self, lists: Lists, definitions: &[Of<'_>], at: &OptionPath) -> Value {
        let kinds = definitions.iter().map(|it| it.definition.plain().described());
        let mut kinds: Vec<_> = kinds.collect();
        kinds.dedup();
        if kinds.len() > 1 {
            return self.conflict(definitions, at);
        }
        if let Some(sets) = sets(definitions) {
            let each = by_name(sets.into_iter()).into_iter().map(|(name, definitions)| {
                let value = self.loose(lists, definitions, &at.join(&name));
                (name, value)
            });
            return Value::Attrs(each.collect());
        }
        match (lists, kinds.as_slice()) {
            (Lists::Joined, ["a list"]) => joined(definitions),
            _ => self.equal(definitions, at),
        }
    }

    /// Values that must be the same.
    fn equal(&mut self, definitions: &[Of<'_>], at: &OptionPath) -> Value {
        let first = definitions[0].definition.plain();
        if definitions.iter().all(|it| alike(&it.definition.plain(), &first)) {
            return first;
        }
        self.conflict(definitions, at)
    }

    fn conflict(&mut self, definitions: &[Of<'_>], at: &OptionPath) -> Value {
        let each = definitions
            .iter()
            .map(|Of { module, definition }| format!("{} in {module}", shown(&definition.plain())));
        let message = format!("is defined as {}", each.collect::<Vec<_>>().join(", "));
        let problem = Problem::error(CONFLICT, at.to_string(), message);
        self.problems.push(problem.next("keep one of them, or give it a priority of its own"));
        definitions[0].definition.plain()
    }
}

/// Strings with a separator between them.
fn separated(separator: &str, definitions: &[Of<'_>]) -> Value {
    let texts = definitions.iter().filter_map(|it| match &it.definition.value {
        Defined::Value(Value::Str(text)) => Some(text.as_str()),
        _ => None,
    });
    Value::from(texts.collect::<Vec<_>>().join(separator))
}

/// A value for a message.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { value.described().to_owned() }
}

/// The attribute sets that definitions are, if all are.
fn sets<'m>(definitions: &[Of<'m>]) -> Option<Vec<(&'m str, BTreeMap<String, Definition>)>> {
    let set = |Of { module, definition }: &Of<'m>| match &definition.value {
        Defined::Attrs(attrs) => Some((*module, attrs.clone())),
        Defined::Value(_) => None,
    };
    definitions.iter().map(set).collect()
}

fn by_name<'m>(
    sets: impl Iterator<Item = (&'m str, BTreeMap<String, Definition>)>,
) -> BTreeMap<String, Vec<Of<'m>>> {
    let mut out: BTreeMap<String, Vec<Of<'m>>> = BTreeMap::new();
    for (module, attrs) in sets {
        for (name, definition) in attrs {
            out.entry(name).or_default().push(Of { module, definition });
        }
    }
    out
}

fn joined(definitions: &[Of<'_>]) -> Value {
    let items = definitions.iter().flat_map(|it| match it.definition.plain() {
        Value::List(items) => items,
        other => vec![other],
    });
    items.collect()
}

/// Whether Nix has two values for equal: `1` and `1.0` are.
#[expect(clippy::cast_precision_loss, reason = "Nix compares integers and floats so too")]
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Int(n), Value::Float(x)) | (Value::Float(x), Value::Int(n)) => *n as f64 == *x,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| alike(a, b))
        }
        (Value::Attrs(one), Value::Attrs(other)) => {
            let same =
                |(a, b): ((&String, &Value), (&String, &Value))| a.0 == b.0 && alike(a.1, b.1);
            one.len() == other.len() && one.iter().zip(other).all(same)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests;

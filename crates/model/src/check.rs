use std::collections::BTreeMap;

use crate::codes::{MISSING_VALUE, UNKNOWN_OPTION, WRONG_VALUE};
use crate::{
    Coerced, Format, IntRange, NumberRange, OptionDecl, OptionPath, Package, PathKind, Problem,
    Settings, Type, Value, Variant, is_nix_name, nix_names, pattern,
};

/// Says whether a value is of a type, exactly as the NixOS type does, and returns it as NixOS
/// would hold it. Options within it that have defaults may be missing; they stay so.
///
/// `at` is the option's path, for messages; `packages` are the names that a package may have.
///
/// # Errors
/// Everything that is wrong with the value, all at once.
pub fn check(
    ty: &Type,
    value: &Value,
    at: &OptionPath,
    packages: &BTreeMap<String, Package>,
) -> Result<Value, Vec<Problem>> {
    let mut checker = Checker { packages, problems: nix_names::within(value, at) };
    let value = checker.value(ty, value, at);
    if checker.problems.is_empty() { Ok(value) } else { Err(checker.problems) }
}

/// Whether the outermost shape of a value is the type's: what decides between the alternatives
/// of a [`Type::OneOf`].
pub fn accepts(ty: &Type, value: &Value, packages: &BTreeMap<String, Package>) -> bool {
    match ty {
        Type::ListOf(_) => matches!(value, Value::List(_)),
        Type::NonEmptyListOf(_) => matches!(value, Value::List(items) if !items.is_empty()),
        Type::AttrsOf(_) | Type::LazyAttrsOf(_) | Type::Submodule(_) | Type::Settings(_) => {
            matches!(value, Value::Attrs(_))
        }
        Type::AttrTag(_) => matches!(value, Value::Attrs(attrs) if attrs.len() == 1),
        Type::NullOr(inner) => *value == Value::Null || accepts(inner, value, packages),
        Type::OneOf(types) => types.iter().any(|ty| accepts(ty, value, packages)),
        Type::Coerced(it) => accepts(&it.to, &coerced(it, value, packages), packages),
        _ => check(ty, value, &OptionPath::default(), packages).is_ok(),
    }
}

/// A value as the type that an option has gets it: what is made of it, if it is of the other type.
pub fn coerced(ty: &Coerced, value: &Value, packages: &BTreeMap<String, Package>) -> Value {
    let is_other = accepts(&ty.from, value, packages);
    is_other.then(|| ty.by.apply(value)).flatten().unwrap_or_else(|| value.clone())
}

struct Checker<'a> {
    packages: &'a BTreeMap<String, Package>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn value(&mut self, ty: &Type, value: &Value, at: &OptionPath) -> Value {
        match (ty, value) {
            (Type::SingleLineStr, Value::Str(s)) => {
                let line = s.strip_suffix('\n').unwrap_or(s);
                if line.contains(['\n', '\r']) {
                    self.wrong(ty, value, at);
                }
                Value::from(line)
            }
            (Type::NonEmptyListOf(_), Value::List(items)) if items.is_empty() => {
                self.wrong(ty, value, at);
                value.clone()
            }
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Value::List(items)) => items
                .iter()
                .enumerate()
                .map(|(i, item)| self.value(inner, item, &at.join(format!("[{i}]"))))
                .collect(),
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Value::Attrs(attrs)) => attrs
                .iter()
                .map(|(name, value)| (name.clone(), self.value(inner, value, &at.join(name))))
                .collect(),
            (Type::NullOr(_), Value::Null) => Value::Null,
            (Type::NullOr(inner), _) => self.value(inner, value, at),
            (Type::OneOf(types), _) => {
                match types.iter().find(|ty| accepts(ty, value, self.packages)) {
                    Some(ty) => self.value(ty, value, at),
                    None => {
                        self.wrong(ty, value, at);
                        value.clone()
                    }
                }
            }
            (Type::Coerced(it), _) => {
                let becomes = coerced(it, value, self.packages);
                if accepts(&it.to, &becomes, self.packages) {
                    return self.value(&it.to, &becomes, at);
                }
                self.wrong(ty, value, at);
                becomes
            }
            (Type::Submodule(submodule), Value::Attrs(attrs)) => {
                let (known, free) = self.options(&submodule.options, attrs, at);
                // The others have been refused already.
                for name in free.keys().filter(|name| !is_nix_name(name)) {
                    self.unknown(name, &submodule.options, at);
                }
                Value::Attrs(known)
            }
            (Type::Settings(settings), Value::Attrs(attrs)) => self.settings(settings, attrs, at),
            (Type::AttrTag(variants), Value::Attrs(attrs)) => self.tagged(ty, variants, attrs, at),
            _ => {
                if !is_scalar_of(ty, value, self.packages) {
                    self.wrong(ty, value, at);
                }
                value.clone()
            }
        }
    }

    /// Splits attributes into those that are declared, checked, and the others.
    fn options(
        &mut self,
        options: &[OptionDecl],
        attrs: &BTreeMap<String, Value>,
        at: &OptionPath,
    ) -> (BTreeMap<String, Value>, BTreeMap<String, Value>) {
        let mut known = BTreeMap::new();
        let mut free = attrs.clone();
        for option in options {
            match free.remove(&option.name) {
                Some(value) => {
                    let value = self.value(&option.ty, &value, &at.join(&option.name));
                    known.insert(option.name.clone(), value);
                }
                None if option.default.is_some() => {}
                None => {
                    let path = at.join(&option.name).to_string();
                    let wants = option.ty.described();
                    self.problems.push(
                        Problem::error(MISSING_VALUE, path, "has no value and no default")
                            .at(option.place.clone())
                            .next(format!("set it to {wants}")),
                    );
                }
            }
        }
        (known, free)
    }

    fn settings(
        &mut self,
        settings: &Settings,
        attrs: &BTreeMap<String, Value>,
        at: &OptionPath,
    ) -> Value {
        let (mut all, free) = self.options(&settings.options, attrs, at);
        let ty = settings.free_type();
        for (name, value) in free {
            let at = at.join(&name);
            let value = if let Some(ty) = &ty {
                self.value(ty, &value, &at)
            } else {
                self.free(settings.format, &value, &at, 1);
                value
            };
            all.insert(name, value);
        }
        Value::Attrs(all)
    }

    /// A value that no option declares within settings: whatever the format can hold.
    fn free(&mut self, format: Format, value: &Value, at: &OptionPath, depth: usize) {
        let fits = match (format, value) {
            (Format::Toml, Value::Null) => false,
            (Format::Ini, Value::List(_)) => false,
            (Format::Ini, Value::Attrs(_)) => depth == 1,
            (Format::Ini, _) => depth == 2,
            _ => true,
        };
        if !fits {
            let format_name = format.name();
            let wants = match format {
                Format::Ini => "sections that hold strings, numbers, booleans or null",
                _ => "any value but null",
            };
            self.problems.push(
                Problem::error(
                    WRONG_VALUE,
                    at.to_string(),
                    format!("{} cannot be written as {format_name} here", value.described()),
                )
                .next(format!("{format_name} holds {wants}")),
            );
            return;
        }
        match value {
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.free(format, item, &at.join(format!("[{i}]")), depth + 1);
                }
            }
            Value::Attrs(attrs) => {
                for (name, value) in attrs {
                    self.free(format, value, &at.join(name), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn tagged(
        &mut self,
        ty: &Type,
        variants: &[Variant],
        attrs: &BTreeMap<String, Value>,
        at: &OptionPath,
    ) -> Value {
        let only = attrs.iter().next().filter(|_| attrs.len() == 1);
        let found = only.and_then(|(tag, value)| {
            Some((variants.iter().find(|variant| variant.name == *tag)?, value))
        });
        match found {
            Some((variant, value)) => {
                let value = self.value(&variant.ty, value, &at.join(&variant.name));
                [(variant.name.clone(), value)].into_iter().collect()
            }
            None => {
                let value = Value::Attrs(attrs.clone());
                self.wrong(ty, &value, at);
                value
            }
        }
    }

    fn wrong(&mut self, ty: &Type, value: &Value, at: &OptionPath) {
        let wants = ty.described();
        let has = brief(value);
        self.problems.push(
            Problem::error(WRONG_VALUE, at.to_string(), format!("{has} is not {wants}"))
                .next(format!("set it to {wants}")),
        );
    }

    fn unknown(&mut self, name: &str, options: &[OptionDecl], at: &OptionPath) {
        let names: Vec<_> = options.iter().map(|option| &*option.name).collect();
        self.problems.push(unknown_option(&at.join(name), name, &names));
    }
}

/// The problem of a name that is no option; names the options there are.
pub fn unknown_option(path: &OptionPath, name: &str, names: &[&str]) -> Problem {
    let alike = names
        .iter()
        .map(|other| (strsim::damerau_levenshtein(name, other), *other))
        .filter(|(distance, other)| *distance <= 1 + other.len() / 4)
        .min();
    let next = match alike {
        Some((_, other)) => format!("did you mean `{other}`?"),
        None if names.is_empty() => "there are no options here".to_owned(),
        None => format!("options here are {}", names.join(", ")),
    };
    Problem::error(UNKNOWN_OPTION, path.to_string(), "is not an option").next(next)
}

fn is_scalar_of(ty: &Type, value: &Value, packages: &BTreeMap<String, Package>) -> bool {
    match (ty, value) {
        (Type::Anything, _)
        | (Type::Bool, Value::Bool(_))
        | (Type::Float, Value::Float(_))
        | (Type::Str | Type::Lines | Type::SeparatedStr(_), Value::Str(_)) => true,
        (Type::Int(range), Value::Int(n)) => range.contains(*n),
        (Type::IntEnum(values), Value::Int(n)) => values.contains(n),
        (Type::Port, Value::Int(n)) => (0..=65535).contains(n),
        #[expect(clippy::cast_precision_loss, reason = "Nix compares integers and floats so too")]
        (Type::Number(range), Value::Int(n)) => range.contains(*n as f64),
        (Type::Number(range), Value::Float(x)) => range.contains(*x),
        (Type::NonEmptyStr, Value::Str(s)) => !s.chars().all(|c| " \t\n".contains(c)),
        (Type::StrMatching(pattern), Value::Str(s)) => {
            pattern::compile(pattern).is_ok_and(|regex| regex.is_match(s.as_bytes()))
        }
        (Type::Enum(names), Value::Str(s)) => names.contains(s),
        (Type::Path(kind), Value::Str(s)) => kind.contains(s),
        (Type::Package, Value::Str(name)) => packages.contains_key(name),
        _ => false,
    }
}

impl IntRange {
    /// Whether the range holds the integer.
    pub fn contains(self, n: i64) -> bool {
        self.min.is_none_or(|min| min <= n) && self.max.is_none_or(|max| n <= max)
    }
}

impl NumberRange {
    /// Whether the range holds the number.
    pub fn contains(self, x: f64) -> bool {
        self.min.is_none_or(|min| min <= x) && self.max.is_none_or(|max| x <= max)
    }
}

impl PathKind {
    /// Whether the path is of this kind.
    pub fn contains(self, path: &str) -> bool {
        path.starts_with('/')
            && match self {
                Self::Any => true,
                Self::InStore => is_in_store(path),
                Self::External => !is_in_store(path),
            }
    }
}

/// Whether an absolute path, once `.` and `..` are gone, leads into the store.
fn is_in_store(path: &str) -> bool {
    let mut components = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                components.pop();
            }
            name => components.push(name.as_bytes()),
        }
    }
    let content_addressed = |name: &[u8]| {
        name.len() == 52 && name.iter().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    };
    match components.as_slice() {
        [b"nix", b"store", name, ..] if name.len() > 33 && name[32..33] == *b"-" => true,
        [first, ..] => content_addressed(first),
        [] => false,
    }
}

impl Format {
    /// Its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Ini => "INI",
            Self::KeyValue => "lines of a key and a value",
        }
    }
}

/// A value for a message: whole where it is short.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    let start: String = text.chars().take(50).collect();
    format!("{} ({start}…)", value.described())
}

#[cfg(test)]
mod tests;

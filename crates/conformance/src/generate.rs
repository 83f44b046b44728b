//! Settings that reach the corners of every option type, and step just outside.

use std::collections::BTreeMap;

use domi_model::{Format, Manifest, OptionDecl, Type, Value, Variant};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::corners::{FLOATS, INTEGERS, NAMES, TEXTS, of_each_kind};
use crate::random::Random;

/// Makes values of a feature's options.
pub(crate) struct Generator<'m> {
    pub(crate) manifest: &'m Manifest,
    pub(crate) random: Random,
    /// Whether values may be illegal here.
    odd: bool,
}

/// How deep lists and sets are within each other.
const DEPTH: usize = 3;

impl<'m> Generator<'m> {
    pub(crate) fn new(manifest: &'m Manifest, random: Random) -> Self {
        Self { manifest, random, odd: false }
    }

    /// A value for an option.
    pub(crate) fn of(&mut self, option: &OptionDecl) -> Value {
        self.value(&option.ty, DEPTH)
    }

    /// Makes one thing likely to be refused.
    pub(crate) fn one_odd(&mut self, settings: &mut BTreeMap<String, Value>) {
        let options = &self.manifest.options;
        if options.is_empty() || self.random.percent(4) {
            let name = if options.is_empty() { "none" } else { &self.random.of(options).name };
            settings.insert(format!("{name}x"), self.any(1));
            return;
        }
        let option = self.random.of(options).clone();
        if self.random.percent(6) {
            settings.remove(&option.name);
            return;
        }
        settings.insert(option.name.clone(), self.odd(&option));
    }

    /// A value for an option that may be none of its type.
    pub(crate) fn odd(&mut self, option: &OptionDecl) -> Value {
        self.odd = true;
        let value = self.value(&option.ty, DEPTH);
        self.odd = false;
        value
    }

    fn value(&mut self, ty: &Type, depth: usize) -> Value {
        if self.odd && self.random.percent(15) {
            return self.random.of(&of_each_kind()).clone();
        }
        match ty {
            Type::Bool => Value::Bool(self.random.percent(50)),
            Type::Int(range) => self.integer(range.min, range.max),
            Type::Port => self.integer(Some(0), Some(65535)),
            Type::Float => Value::Float(*self.random.of(FLOATS)),
            Type::Number(range) => self.number(range.min, range.max),
            Type::Str | Type::Lines | Type::SeparatedStr(_) => Value::Str(self.text()),
            Type::IntEnum(values) => self.one_of(values),
            Type::NonEmptyStr | Type::SingleLineStr | Type::Path(_) => self.fitting(ty),
            Type::StrMatching(pattern) => self.matching(pattern),
            Type::Enum(names) => self.named(names),
            Type::Package => {
                let names: Vec<String> = self.manifest.packages.keys().cloned().collect();
                self.named(&names)
            }
            Type::ListOf(inner) => self.list(inner, 0, depth),
            Type::NonEmptyListOf(inner) => self.list(inner, usize::from(!self.odd), depth),
            Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => self.attrs(inner, depth),
            Type::NullOr(_) if self.random.percent(30) => Value::Null,
            Type::NullOr(inner) => self.value(inner, depth),
            Type::Coerced(it) => {
                let ty = if self.random.percent(50) { &it.from } else { &it.to };
                self.value(ty, depth)
            }
            Type::OneOf(types) => {
                let ty = self.random.of(types).clone();
                self.value(&ty, depth)
            }
            Type::Submodule(submodule) => Value::Attrs(self.options(&submodule.options, depth)),
            Type::AttrTag(variants) => self.tagged(variants, depth),
            Type::Settings(settings) => {
                let mut attrs = self.options(&settings.options, depth);
                let free = match settings.free_type() {
                    Some(ty) => self.lines(&ty, depth),
                    None => self.free(settings.format),
                };
                attrs.extend(free);
                Value::Attrs(attrs)
            }
            Type::Anything => self.any(depth.min(2)),
        }
    }

    /// An integer at a bound, near one, or any.
    fn integer(&mut self, min: Option<i64>, max: Option<i64>) -> Value {
        let (least, most) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
        let near = [least, most, least.saturating_add(1), most.saturating_sub(1)];
        let outside = [least.saturating_sub(1), most.saturating_add(1)];
        let n = match self.random.below(3) {
            0 => *self.random.of(&near),
            1 if self.odd => *self.random.of(&outside),
            _ => *self.random.of(INTEGERS),
        };
        Value::Int(if self.odd { n } else { n.clamp(least, most) })
    }

    /// One of some integers, or one beside them, or a float that is equal to one.
    #[expect(clippy::cast_precision_loss, reason = "a float that is near will do")]
    fn one_of(&mut self, values: &[i64]) -> Value {
        let n = values.get(self.random.below(values.len().max(1))).copied().unwrap_or_default();
        match self.random.below(3) {
            0 if self.odd => Value::Float(n as f64),
            1 if self.odd => Value::Int(n.wrapping_add(1)),
            _ => Value::Int(n),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "only whole numbers below 2^53 are cast")]
    fn number(&mut self, min: Option<f64>, max: Option<f64>) -> Value {
        let mut near = FLOATS.to_vec();
        for bound in [min, max].into_iter().flatten() {
            near.extend([bound, bound.next_up(), bound.next_down(), bound + 1.0, bound - 1.0]);
        }
        let mut x = *self.random.of(&near);
        if !self.odd {
            x = x.clamp(min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX));
        }
        let whole = x.fract() == 0.0 && x.abs() < 9e15;
        if whole && self.random.percent(50) { Value::Int(x as i64) } else { Value::Float(x) }
    }

    fn text(&mut self) -> String {
        match self.random.below(20) {
            0 => self.random.of(TEXTS).repeat(100),
            1..=4 => format!("{}{}", self.random.of(TEXTS), self.random.of(TEXTS)),
            _ => (*self.random.of(TEXTS)).to_owned(),
        }
    }

    /// A text that the type accepts, unless one may be odd.
    fn fitting(&mut self, ty: &Type) -> Value {
        for _ in 0..200 {
            let value = Value::Str(self.text());
            if self.odd || domi_model::accepts(ty, &value, &BTreeMap::new()) {
                return value;
            }
        }
        Value::from("/srv")
    }

    fn matching(&mut self, pattern: &str) -> Value {
        if self.odd && self.random.percent(40) {
            return Value::Str(self.text());
        }
        let seed: Vec<u8> = (0..4).flat_map(|_| self.random.next().to_le_bytes()).collect();
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        let generated = proptest::string::string_regex(pattern)
            .ok()
            .and_then(|strategy| strategy.new_tree(&mut runner).ok());
        let mut text = generated.map_or_else(|| self.text(), |tree| tree.current());
        text.retain(|c| c != '\0');
        if self.odd {
            self.spoil(&mut text);
        }
        Value::Str(text)
    }

    /// Changes a text a little.
    fn spoil(&mut self, text: &mut String) {
        match self.random.below(4) {
            0 => text.push('\n'),
            1 => text.insert(0, ' '),
            2 => drop(text.pop()),
            _ => *text += *self.random.of(TEXTS),
        }
    }

    fn named(&mut self, names: &[String]) -> Value {
        if names.is_empty() || self.odd && self.random.percent(50) {
            let mut name = names.first().cloned().unwrap_or_default();
            self.spoil(&mut name);
            return Value::Str(name);
        }
        Value::Str(self.random.of(names).clone())
    }

    fn list(&mut self, inner: &Type, least: usize, depth: usize) -> Value {
        // Long ones seldom: they make a case slow.
        let most = match depth {
            0 => 1,
            _ if self.random.percent(8) => 12,
            _ => 3,
        };
        let count = least + self.random.below(most);
        (0..count).map(|_| self.value(inner, depth.saturating_sub(1))).collect()
    }

    fn attrs(&mut self, inner: &Type, depth: usize) -> Value {
        let count = self.random.below(if depth == 0 { 2 } else { 4 });
        let odd_name = self.random.percent(30);
        let names = if odd_name { NAMES } else { &NAMES[..6] };
        (0..count)
            .map(|_| {
                let name = (*self.random.of(names)).to_owned();
                (name, self.value(inner, depth.saturating_sub(1)))
            })
            .collect()
    }

    fn options(&mut self, options: &[OptionDecl], depth: usize) -> BTreeMap<String, Value> {
        let mut out = BTreeMap::new();
        for option in options.iter().filter(|option| !option.read_only) {
            let left_out = self.odd && self.random.percent(10);
            if (option.default.is_none() && !left_out) || self.random.percent(40) {
                out.insert(option.name.clone(), self.value(&option.ty, depth.saturating_sub(1)));
            }
        }
        if self.odd && self.random.percent(10) {
            out.insert((*self.random.of(NAMES)).to_owned(), self.any(1));
        }
        out
    }

    fn tagged(&mut self, variants: &[Variant], depth: usize) -> Value {
        let how_many = if self.odd && self.random.percent(30) { self.random.below(3) } else { 1 };
        let mut out = BTreeMap::new();
        for _ in 0..how_many {
            let variant = self.random.of(variants).clone();
            out.insert(variant.name, self.value(&variant.ty, depth.saturating_sub(1)));
        }
        Value::Attrs(out)
    }

    /// Values of a type, by names that begin a line in a file, and seldom others.
    fn lines(&mut self, ty: &Type, depth: usize) -> BTreeMap<String, Value> {
        let names = if self.random.percent(10) { NAMES } else { &NAMES[..8] };
        (0..self.random.below(4))
            .map(|_| ((*self.random.of(names)).to_owned(), self.value(ty, depth)))
            .collect()
    }

    /// What a format can hold beside declared options.
    fn free(&mut self, format: Format) -> BTreeMap<String, Value> {
        let mut out = BTreeMap::new();
        for _ in 0..self.random.below(3) {
            let name = (*self.random.of(NAMES)).to_owned();
            let value = match format {
                Format::Ini if !self.odd => self.section(),
                _ => self.any(2),
            };
            let value =
                if format == Format::Toml && !self.odd { without_null(value) } else { value };
            out.insert(name, value);
        }
        out
    }

    fn section(&mut self) -> Value {
        let count = self.random.below(3);
        (0..count).map(|_| ((*self.random.of(NAMES)).to_owned(), self.any(0))).collect()
    }

    /// Any value at all.
    fn any(&mut self, depth: usize) -> Value {
        match self.random.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(self.random.percent(50)),
            2 => Value::Int(*self.random.of(INTEGERS)),
            3 => Value::Float(*self.random.of(FLOATS)),
            4 => Value::Str(self.text()),
            5 => (0..self.random.below(3)).map(|_| self.any(depth - 1)).collect(),
            _ => (0..self.random.below(3))
                .map(|_| ((*self.random.of(NAMES)).to_owned(), self.any(depth - 1)))
                .collect(),
        }
    }
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Null => Value::from(""),
        Value::List(items) => items.into_iter().map(without_null).collect(),
        Value::Attrs(attrs) => {
            attrs.into_iter().map(|(name, value)| (name, without_null(value))).collect()
        }
        other => other,
    }
}

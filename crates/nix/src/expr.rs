//! Expressions of the manifest as Nix expressions.

use domi_model::{
    Compare, CompareOp, Expr, Fold, Format, Join, MapAttrs, MapList, Match, PackagePath,
    SettingsFile, TextFile, Type, Value,
};

use crate::arriving::written_variable;
use crate::ast::{Binding, Nix, Op, Part};
use crate::infer::{self, TextForm};
use crate::lists::concat;
use crate::scope::Scope;
use crate::value;

impl Scope<'_> {
    /// The Nix expression that has an expression's value.
    pub(crate) fn expr(&self, expr: &Expr) -> Nix {
        match expr {
            Expr::Literal(value) => value::plain(value),
            Expr::Option(path) => self.option(&path.0),
            Expr::Variable(variable) => self.variable(variable),
            Expr::Neighbour(read) => self.neighbour(read),
            Expr::Text(parts) => self.text(parts),
            Expr::If(e) => {
                Nix::if_else(self.expr(&e.condition), self.expr(&e.then), self.expr(&e.otherwise))
            }
            Expr::Compare(e) => self.compare(e),
            Expr::Arithmetic(e) => self.arithmetic(e),
            Expr::Not(inner) => self.expr(inner).negated(),
            Expr::And(all) => self.chain(Op::And, all).unwrap_or_else(|| Nix::ident("true")),
            Expr::Or(any) => self.chain(Op::Or, any).unwrap_or_else(|| Nix::ident("false")),
            Expr::List(items) => Nix::List(items.iter().map(|item| self.expr(item)).collect()),
            Expr::Concat(lists) => concat(lists.iter().map(|list| self.expr(list))),
            Expr::Attrs(attrs) => Nix::attrs(
                attrs
                    .iter()
                    .map(|(name, value)| Binding::new(name.as_str(), self.expr(value)).flattened()),
            ),
            Expr::Merge(sets) => self.merge(sets),
            Expr::WithoutNulls(inner) => self.without_nulls(inner),
            Expr::MapList(e) => self.map_list(e),
            Expr::MapAttrs(e) => self.map_attrs("mapAttrs", e),
            Expr::AttrsToList(e) => self.map_attrs("mapAttrsToList", e),
            Expr::Join(e) => self.join(e),
            Expr::UpTo(most) => Nix::lib_call("range", [Nix::Int(1), self.expr(most)]),
            Expr::ListLength(list) => self.list_length(list),
            Expr::AttrCount(attrs) => self.attr_count(attrs),
            Expr::StringLength(text) => self.of_string("stringLength", text),
            Expr::Filter(e) => self.filter(e),
            Expr::FilterAttrs(e) => self.filter_attrs(e),
            Expr::Contains(e) => self.contains(e),
            Expr::HasAttr(e) => self.has_attr(e),
            Expr::HasPrefix(e) => self.with_part("hasPrefix", e),
            Expr::HasSuffix(e) => self.with_part("hasSuffix", e),
            Expr::HasInfix(e) => self.with_part("hasInfix", e),
            Expr::RemovePrefix(e) => self.with_part("removePrefix", e),
            Expr::RemoveSuffix(e) => self.with_part("removeSuffix", e),
            Expr::Split(e) => self.split(e),
            Expr::Lowercase(text) => self.of_string("toLower", text),
            Expr::Replace(e) => self.replace(e),
            Expr::Fold(e) => self.fold(e),
            Expr::Match(e) => self.union(e, &|scope, body| scope.expr(body)),
            Expr::Package(name) => value::package(self.manifest, name),
            Expr::PackagePath(e) => self.package_path(e),
            Expr::SettingsFile(e) => self.settings_file(e),
            Expr::TextFile(e) => self.text_file(e),
            Expr::Script(e) => self.script(e),
            Expr::ToEnvironment(variables) => self.environment(variables),
            Expr::ToJson(inner) => {
                let value = self.written(Format::Json, inner);
                Nix::ident("builtins").dot("toJSON").call(value)
            }
            Expr::Specifier(specifier) => value::string(specifier),
            Expr::CommandVariable(name) => value::string(&written_variable(name)),
        }
    }

    /// A value as a string, where NixOS takes nothing else.
    pub(crate) fn string(&self, expr: &Expr) -> Nix {
        if self.type_of(expr).is_some_and(|ty| infer::is_string(&ty)) {
            return self.expr(expr);
        }
        self.text(std::slice::from_ref(expr))
    }

    fn chain(&self, op: Op, exprs: &[Expr]) -> Option<Nix> {
        exprs.iter().map(|e| self.expr(e)).reduce(|left, right| Nix::binary(op, left, right))
    }

    fn text(&self, parts: &[Expr]) -> Nix {
        let mut out = Vec::new();
        self.text_parts(parts, &mut out);
        match out.as_slice() {
            [Part::Interpolation(only)] if self.is_string(parts) => only.clone(),
            _ => Nix::Str(out),
        }
    }

    /// Whether a single part is a string alone, so that nothing needs to be put together.
    fn is_string(&self, parts: &[Expr]) -> bool {
        match parts {
            [only] => !matches!(
                self.type_of(only),
                None | Some(Type::Package | Type::Path(_) | Type::NullOr(_))
            ),
            _ => false,
        }
    }

    fn text_parts(&self, parts: &[Expr], out: &mut Vec<Part>) {
        for part in parts {
            match part {
                Expr::Text(inner) => self.text_parts(inner, out),
                Expr::Literal(Value::Str(text)) => push_text(out, text),
                Expr::Literal(Value::Int(n)) => push_text(out, &n.to_string()),
                Expr::Literal(Value::Bool(b)) => push_text(out, &b.to_string()),
                _ => out.push(Part::Interpolation(self.text_part(part))),
            }
        }
    }

    fn text_part(&self, part: &Expr) -> Nix {
        let nix = self.expr(part);
        match infer::text_form(self.type_of(part).as_ref()) {
            TextForm::Itself => nix,
            TextForm::Digits => Nix::ident("toString").call(nix),
            TextForm::Bool => Nix::lib_call("boolToString", [nix]),
            TextForm::Any => {
                Nix::lib_call("generators.mkValueStringDefault", [Nix::attrs([]), nix])
            }
        }
    }

    fn compare(&self, e: &Compare) -> Nix {
        let literal = |e: &Expr| match e {
            Expr::Literal(Value::Bool(b)) => Some(*b),
            _ => None,
        };
        let (left, right) = (self.expr(&e.left), self.expr(&e.right));
        let wanted = |value: bool| if e.op == CompareOp::Equal { value } else { !value };
        if matches!(e.op, CompareOp::Equal | CompareOp::NotEqual) {
            match (literal(&e.left), literal(&e.right)) {
                (None, Some(value)) => {
                    return if wanted(value) { left } else { left.negated() };
                }
                (Some(value), None) => {
                    return if wanted(value) { right } else { right.negated() };
                }
                _ => {}
            }
        }
        let op = match e.op {
            CompareOp::Equal => Op::Equal,
            CompareOp::NotEqual => Op::NotEqual,
            CompareOp::Less => Op::Less,
            CompareOp::LessOrEqual => Op::LessOrEqual,
            CompareOp::Greater => Op::Greater,
            CompareOp::GreaterOrEqual => Op::GreaterOrEqual,
        };
        Nix::binary(op, left, right)
    }

    fn merge(&self, sets: &[Expr]) -> Nix {
        let deep = self.deep_merge(sets);
        let mut sets = sets.iter();
        let Some(first) = sets.next() else { return Nix::attrs([]) };
        let merged = |(flat, left): (bool, Nix), set: &Expr| {
            let right = self.expr(set);
            let right_flat = is_flat(set);
            let nix = if flat || right_flat {
                Nix::binary(Op::Update, left, right)
            } else {
                deep.clone().call(left).call(right)
            };
            (flat && right_flat, nix)
        };
        sets.fold((is_flat(first), self.expr(first)), merged).1
    }

    fn map_list(&self, e: &MapList) -> Nix {
        Nix::ident("map").call(self.list_function(e)).call(self.expr(&e.over))
    }

    pub(crate) fn list_function(&self, e: &MapList) -> Nix {
        let (inner, item) = self.bind(&e.item, self.element(&e.over));
        Nix::lambda(&item, inner.expr(&e.body))
    }

    pub(crate) fn map_attrs(&self, function: &str, e: &MapAttrs) -> Nix {
        let (inner, name, value) = self.bind_entry(&e.name, &e.value, &e.over);
        let body = Nix::lambda2(&name, &value, inner.expr(&e.body));
        Nix::lib_call(function, [body, self.expr(&e.over)])
    }

    fn join(&self, e: &Join) -> Nix {
        let separator = value::string(&e.separator);
        match (&e.list, e.separator.is_empty()) {
            (Expr::MapList(map), true) => {
                Nix::lib_call("concatMapStrings", [self.list_function(map), self.expr(&map.over)])
            }
            (Expr::MapList(map), false) => Nix::lib_call(
                "concatMapStringsSep",
                [separator, self.list_function(map), self.expr(&map.over)],
            ),
            (list, true) => Nix::lib_call("concatStrings", [self.expr(list)]),
            (list, false) => Nix::lib_call("concatStringsSep", [separator, self.expr(list)]),
        }
    }

    fn fold(&self, e: &Fold) -> Nix {
        let (inner, item) = self.bind(&e.item, self.element(&e.over));
        let condition = Nix::lambda(&item, inner.expr(&e.condition));
        Nix::lib_call(if e.all { "all" } else { "any" }, [condition, self.expr(&e.over)])
    }

    /// Asks for one tag after the other; the last needs no question.
    pub(crate) fn union(&self, e: &Match, print: &dyn Fn(&Self, &Expr) -> Nix) -> Nix {
        let on = self.expr(&e.on);
        if matches!(on, Nix::Ident(_) | Nix::Select { .. }) {
            return self.arms(e, &on, print);
        }
        let name = self.fresh("union");
        let inner = self.substitute("", Nix::ident(&name), None);
        Nix::let_in(vec![Binding::new(name.as_str(), on)], inner.arms(e, &Nix::ident(&name), print))
    }

    fn arms(&self, e: &Match, union: &Nix, print: &dyn Fn(&Self, &Expr) -> Nix) -> Nix {
        let body = |arm| print(&self.bind_arm(&e.on, union.clone(), arm), &arm.body);
        let mut arms = e.arms.iter().rev();
        let Some(last) = arms.next() else { return Nix::ident("null") };
        arms.fold(body(last), |otherwise, arm| {
            let asked =
                Nix::HasAttr { base: Box::new(union.clone()), path: vec![arm.tag.as_str().into()] };
            Nix::if_else(asked, body(arm), otherwise)
        })
    }

    /// A file of a package, from the output that nixpkgs keeps such files in.
    fn package_path(&self, e: &PackagePath) -> Nix {
        let package = self.expr(&e.package);
        let (folder, name) = e.path.split_once('/').unwrap_or((&e.path, ""));
        let in_output = |function| Nix::lib_call(function, [package.clone()]);
        match folder {
            "bin" if !name.is_empty() && !name.contains('/') => {
                Nix::lib_call("getExe'", [package, value::string(name)])
            }
            "bin" | "sbin" => file_in(in_output("getBin"), &e.path),
            "lib" => file_in(in_output("getLib"), &e.path),
            _ => file_in(package, &e.path),
        }
    }

    fn settings_file(&self, e: &SettingsFile) -> Nix {
        let (generate, value) = self.generate(e.format, &e.value);
        generate.call(file_name(&e.name)).call(value)
    }

    fn text_file(&self, e: &TextFile) -> Nix {
        Nix::ident("pkgs").dot("writeText").call(file_name(&e.name)).call(self.string(&e.text))
    }
}

fn file_in(package: Nix, path: &str) -> Nix {
    Nix::Str(vec![Part::Interpolation(package), Part::Text(format!("/{path}"))])
}

/// The name of a file in the store, which holds fewer characters than others.
pub(crate) fn file_name(name: &str) -> Nix {
    let mut name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '?' | '=') {
                c
            } else {
                '-'
            }
        })
        .collect();
    if name.is_empty() || name.starts_with('.') {
        name.insert(0, '_');
    }
    Nix::str(name)
}

/// Whether no value within a set is a set itself, so that there is nothing to merge more deeply.
fn is_flat(expr: &Expr) -> bool {
    let scalar = |value: &Value| !matches!(value, Value::Attrs(_));
    match expr {
        Expr::Attrs(attrs) => attrs.values().all(is_no_set),
        Expr::Literal(Value::Attrs(attrs)) => attrs.values().all(scalar),
        _ => false,
    }
}

fn is_no_set(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value) => !matches!(value, Value::Attrs(_)),
        Expr::Text(_)
        | Expr::Compare(_)
        | Expr::Arithmetic(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::List(_)
        | Expr::Concat(_)
        | Expr::MapList(_)
        | Expr::AttrsToList(_)
        | Expr::Join(_)
        | Expr::UpTo(_)
        | Expr::ListLength(_)
        | Expr::AttrCount(_)
        | Expr::StringLength(_)
        | Expr::Filter(_)
        | Expr::Contains(_)
        | Expr::HasAttr(_)
        | Expr::HasPrefix(_)
        | Expr::HasSuffix(_)
        | Expr::HasInfix(_)
        | Expr::RemovePrefix(_)
        | Expr::RemoveSuffix(_)
        | Expr::Split(_)
        | Expr::Lowercase(_)
        | Expr::Replace(_)
        | Expr::Fold(_)
        | Expr::PackagePath(_)
        | Expr::Specifier(_)
        | Expr::CommandVariable(_)
        | Expr::ToEnvironment(_)
        | Expr::ToJson(_) => true,
        _ => false,
    }
}

fn push_text(out: &mut Vec<Part>, text: &str) {
    match out.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => out.push(Part::Text(text.to_owned())),
    }
}

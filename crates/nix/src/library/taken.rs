//! Functions for names that settings make: they refuse those that machines have already.

use domi_model::reserved::Kind;

use crate::ast::{Binding, Nix, Op, Part};
use crate::names::{DISJOINT, FREE_ETC_PATH, FREE_GROUP, FREE_TMPFILES_PATH, FREE_UNIT, FREE_USER};
use crate::value::string_list;

const IS_TAKEN: &str = "isTaken";

/// The functions, as the library binds them.
pub(super) fn bindings() -> Vec<Binding> {
    vec![
        Binding::new(DISJOINT, disjoint())
            .comment("Joins sets, and refuses a name that two of them have."),
        Binding::new(IS_TAKEN, is_taken()),
        Binding::new(FREE_ETC_PATH, free_etc_path())
            .comment("Refuses what machines have below `/etc`, and what is around or within it."),
        Binding::new(FREE_GROUP, free("group", Kind::Group))
            .comment("Refuses groups that machines have."),
        Binding::new(FREE_TMPFILES_PATH, free_tmpfiles_path())
            .comment("Refuses paths for which machines have a rule of tmpfiles.d."),
        Binding::new(FREE_UNIT, free_unit()).comment("Refuses units that machines have."),
        Binding::new(FREE_USER, free("user", Kind::User))
            .comment("Refuses users that machines have."),
    ]
}

fn name() -> Nix {
    Nix::ident("name")
}

fn or(left: Nix, right: Nix) -> Nix {
    Nix::binary(Op::Or, left, right)
}

fn interpolated(before: &str, inner: Nix, after: &str) -> Nix {
    let text = |text: &str| Part::Text(text.to_owned());
    let parts = [text(before), Part::Interpolation(inner), text(after)];
    Nix::Str(parts.into_iter().filter(|part| *part != text("")).collect())
}

fn shown(before: &str, after: &str) -> Nix {
    interpolated(before, Nix::ident("builtins").dot("toJSON").call(name()), after)
}

fn refuse(taken: Nix, what: &str) -> Nix {
    let message = shown(&format!("machines have a {what} "), " already");
    Nix::lib_call("throwIf", [taken, message, name()])
}

fn strings(all: &[&str]) -> Nix {
    let mut all: Vec<String> = all.iter().map(|it| (*it).to_owned()).collect();
    all.sort_unstable();
    string_list(&all)
}

fn begins_with_any(prefixes: Nix) -> Nix {
    let begins = Nix::lib_call("hasPrefix", [Nix::ident("prefix"), name()]);
    Nix::lib_call("any", [Nix::lambda("prefix", begins), prefixes])
}

fn disjoint() -> Nix {
    let active = || Nix::ident("active");
    let value = || Nix::ident("value");
    let conditional = Nix::lib_call("isType", [Nix::str("if"), value()]);
    let is_active = Nix::lambda("value", or(conditional.negated(), value().dot("condition")));
    let chosen = Nix::lib_call("filter", [is_active, Nix::ident("values")]);
    let binding = Binding::new("active", chosen).comment("Without those of a false `lib.mkIf`.");
    let what = Part::Interpolation(Nix::ident("what"));
    let shown = Part::Interpolation(Nix::ident("builtins").dot("toJSON").call(name()));
    let message = Nix::Str(vec![
        Part::Text("two parts make the ".to_owned()),
        what,
        Part::Text(" ".to_owned()),
        shown,
    ]);
    let several = Nix::binary(Op::Greater, Nix::lib_call("length", [active()]), Nix::Int(1));
    let one = Nix::lib_call("mkMerge", [active()]);
    let body = Nix::let_in(vec![binding], Nix::lib_call("throwIf", [several, message, one]));
    Nix::lambda("what", Nix::lib_call("zipAttrsWith", [Nix::lambda2("name", "values", body)]))
}

fn is_taken() -> Nix {
    let listed = Nix::lib_call("elem", [name(), Nix::ident("names")]);
    let body = or(listed, begins_with_any(Nix::ident("prefixes")));
    Nix::lambda("prefixes", Nix::lambda2("names", "name", body))
}

fn taken(kind: Kind) -> Nix {
    Nix::ident(IS_TAKEN).call(strings(kind.prefixes())).call(strings(&kind.names()))
}

fn free(what: &str, kind: Kind) -> Nix {
    Nix::lambda("name", refuse(taken(kind).call(name()), what))
}

fn free_unit() -> Nix {
    let template = || Nix::ident("template");
    let found = Nix::ident("builtins").dot("match").call(Nix::str("([^@]*@).*")).call(name());
    let stems = Nix::binary(
        Op::Concat,
        Nix::List(vec![name()]),
        Nix::lib_call(
            "optionals",
            [Nix::binary(Op::NotEqual, template(), Nix::ident("null")), template()],
        ),
    );
    let full = Nix::Str(vec![
        Part::Interpolation(Nix::ident("stem")),
        Part::Text(".".to_owned()),
        Part::Interpolation(Nix::ident("suffix")),
    ]);
    let names = Nix::ident("map").call(Nix::lambda("stem", full)).call(stems);
    let any = Nix::lib_call("any", [taken(Kind::Unit), names]);
    let template =
        Binding::new("template", found).comment("Whoever has a template has its instances.");
    Nix::lambda2("suffix", "name", Nix::let_in(vec![template], refuse(any, "unit")))
}

fn free_tmpfiles_path() -> Nix {
    let slash = Nix::str("/*");
    let ends = Nix::ident("builtins").dot("match").call(slash).call(name());
    let is_root = Nix::binary(Op::NotEqual, ends, Nix::ident("null"));
    let path = Nix::ident("path");
    let within = |path: Nix| {
        let pattern = interpolated("", Nix::lib_call("escapeRegex", [path]), "/*");
        let found = Nix::ident("builtins").dot("match").call(pattern).call(name());
        Nix::binary(Op::NotEqual, found, Nix::ident("null"))
    };
    let listed =
        Nix::lib_call("any", [Nix::lambda("path", within(path)), strings(&Kind::Tmpfiles.names())]);
    Nix::lambda("name", refuse(or(is_root, listed), "rule of tmpfiles.d for"))
}

fn free_etc_path() -> Nix {
    let taken = || Nix::ident("taken");
    let slashed = |path: Nix| interpolated("", path, "/");
    let collides = or(
        Nix::lib_call("hasPrefix", [slashed(taken()), name()]),
        Nix::lib_call("hasPrefix", [slashed(name()), slashed(taken())]),
    );
    let listed =
        Nix::lib_call("any", [Nix::lambda("taken", collides), strings(&Kind::Etc.names())]);
    let generated = Nix::List(
        [("sysctl.d/60-", ".conf"), ("tmpfiles.d/10-", ".conf")]
            .map(|(before, after)| interpolated(before, Nix::ident("feature"), after))
            .into(),
    );
    let wrong = or(
        or(listed, begins_with_any(strings(Kind::Etc.prefixes()))),
        Nix::lib_call("elem", [name(), generated]),
    );
    Nix::lambda2("feature", "name", refuse(wrong, "file of /etc"))
}

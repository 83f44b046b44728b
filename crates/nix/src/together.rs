//! What the features of a machine have to do with each other: a module that all modules import, and
//! what each of them tells it.

use crate::ast::{Binding, Bound, Key, Nix, Op, Param, Part};
use crate::{header, print};

/// Where the module stands from the root of a repository. The underscore keeps those that import
/// whole folders from taking it for the module of a feature.
pub const TOGETHER: &str = "modules/_together.nix";

/// Where the module of a feature finds it.
pub(crate) const FROM_MODULE: &str = "../_together.nix";

/// The text of the module. It refuses what two features claim, and features that another one
/// requires and that are not there, or excludes and that are.
pub fn together() -> String {
    let config = [
        Binding::new("assertions", concat([clashes(), missing(), excluded(), no_circle()])),
        Binding::new("warnings", wanted()).gap(),
    ];
    let module = Nix::Attrs(vec![
        Binding::new("key", Nix::str("domi/together"))
            .comment("That of another repository of features is the same."),
        Binding::new("_class", Nix::str("nixos")),
        Binding::at(vec!["options".into(), "domi".into(), "together".into()], option()).gap(),
        Binding::new("config", Nix::Attrs(config.into())).gap(),
    ]);
    let body = Nix::let_in(bindings(), module);
    let formals = ["config", "lib"].map(str::to_owned).to_vec();
    let function = Nix::Lambda(Param::Formals(formals), Box::new(body));
    print::file(&header::of_together(), &function)
}

fn id(name: &str) -> Nix {
    Nix::ident(name)
}

fn option() -> Nix {
    let list = |ty: Nix, what: &str| mk_option(list_of(ty), Some(Nix::List(Vec::new())), what);
    let text = || Nix::lib("types.str");
    let claim = options([
        ("what", mk_option(text(), None, "What it is, such as `TCP port 80`.")),
        ("options", list(text(), "The options that decide on it.")),
    ]);
    let feature = options([
        ("claims", list(submodule(claim), "What a machine has once, and the feature takes.")),
        ("requires", list(text(), "Features without which it does not work.")),
        ("wants", list(text(), "Features without which it does less.")),
        ("conflicts", list(text(), "Features beside which it does not work.")),
    ]);
    let ty = Nix::lib_call("types.attrsOf", [submodule(feature)]);
    let what = "The features that are enabled, by name, and what each has to do with others.";
    let Nix::Apply(function, argument) = mk_option(ty, Some(Nix::attrs([])), what) else {
        unreachable!("an option is declared by a function")
    };
    let Nix::Attrs(mut lines) = *argument else { unreachable!("it takes a set") };
    lines.insert(2, Binding::new("internal", id("true")));
    function.call(Nix::Attrs(lines))
}

fn mk_option(ty: Nix, default: Option<Nix>, description: &str) -> Nix {
    let mut lines = vec![Binding::new("type", ty)];
    lines.extend(default.map(|default| Binding::new("default", default)));
    lines.push(Binding::new("description", Nix::str(description)));
    Nix::lib_call("mkOption", [Nix::Attrs(lines)])
}

fn list_of(ty: Nix) -> Nix {
    Nix::lib_call("types.listOf", [ty])
}

fn submodule(options: Nix) -> Nix {
    Nix::lib_call("types.submodule", [Nix::attrs([Binding::new("options", options)])])
}

fn options<const N: usize>(all: [(&str, Nix); N]) -> Nix {
    let gapped = |(at, (name, option)): (usize, (&str, Nix))| {
        let binding = Binding::new(name, option);
        if at == 0 { binding } else { binding.gap() }
    };
    Nix::Attrs(all.into_iter().enumerate().map(gapped).collect())
}

fn bindings() -> Vec<Binding> {
    let features = id("config").dot("domi.together");
    vec![
        Binding::new("features", features),
        Binding::new("requires", requires()),
        Binding::new("required", required())
            .comment("What a feature requires, and what that requires."),
        Binding::new("circle", circle()),
        Binding::new("things", things())
            .comment("What is claimed, and who claims it. Port 0 is none: the kernel chooses one."),
        Binding::new("by", by()),
        Binding::new("each", each_other())
            .comment("Something of every feature and every one of the others that it names."),
    ]
}

fn requires() -> Nix {
    let list = Nix::Select {
        base: Box::new(id("features")),
        path: vec![Key::Dynamic(id("feature")), "requires".into()],
        default: Some(Box::new(Nix::List(Vec::new()))),
    };
    Nix::lambda("feature", list)
}

fn required() -> Nix {
    let keys = |feature: Nix| {
        let inherited = Binding {
            comment: None,
            gap: false,
            bound: Bound::Inherit(None, vec!["key".to_owned()]),
        };
        let key = Nix::lambda("key", Nix::Attrs(vec![inherited]));
        id("map").call(key).call(id("requires").call(feature))
    };
    let closure = Nix::lib_call(
        "genericClosure",
        [Nix::attrs([
            Binding::new("startSet", keys(id("feature"))),
            Binding::new("operator", Nix::lambda("each", keys(id("each").dot("key")))),
        ])],
    );
    let key = Nix::lambda("each", id("each").dot("key"));
    Nix::lambda("feature", id("map").call(key).call(closure))
}

fn circle() -> Nix {
    let within = Nix::lib_call("elem", [id("feature"), id("required").call(id("feature"))]);
    let names = Nix::lib_call("attrNames", [id("features")]);
    Nix::lib_call("filter", [Nix::lambda("feature", within), names])
}

fn things() -> Nix {
    let claim = || id("claim");
    let named =
        Nix::binary(Op::Update, claim(), Nix::attrs([Binding::new("feature", id("feature"))]));
    let claims = id("map").call(Nix::lambda("claim", named)).call(id("said").dot("claims"));
    let all = Nix::lib_call(
        "concatLists",
        [Nix::lib_call(
            "mapAttrsToList",
            [Nix::lambda2("feature", "said", claims), id("features")],
        )],
    );
    let none = Nix::List(["TCP port 0", "UDP port 0"].map(Nix::str).into());
    let is_one = Nix::lib_call("elem", [claim().dot("what"), none]).negated();
    let some = Nix::lib_call("filter", [Nix::lambda("claim", is_one), all]);
    Nix::lib_call("groupBy", [Nix::lambda("claim", claim().dot("what")), some])
}

fn by() -> Nix {
    let options = Nix::lambda("claim", id("claim").dot("options"));
    let options = Nix::lib_call("concatMap", [options, id("claims")]);
    let options = Nix::lib_call("sort", [Nix::lib("lessThan"), Nix::lib_call("unique", [options])]);
    let listed = text([" (", "{}", ")"], [joined(", ", id("options"))]);
    let some = Nix::binary(Op::NotEqual, id("options"), Nix::List(Vec::new()));
    let shown = Nix::lib_call("optionalString", [some, listed]);
    let body = text(["by ", "{}", "{}"], [id("feature"), shown]);
    let body = Nix::let_in(vec![Binding::new("options", options)], body);
    Nix::lambda2("feature", "claims", body)
}

/// A string in which `{}` stands for the next expression.
fn text<const N: usize, const M: usize>(parts: [&str; N], inner: [Nix; M]) -> Nix {
    let mut inner = inner.into_iter();
    let part = |part: &str| match part {
        "{}" => inner.next().map(Part::Interpolation),
        text => Some(Part::Text(text.to_owned())),
    };
    Nix::Str(parts.into_iter().filter_map(part).collect())
}

fn joined(separator: &str, list: Nix) -> Nix {
    Nix::lib_call("concatStringsSep", [Nix::str(separator), list])
}

fn concat<const N: usize>(lists: [Nix; N]) -> Nix {
    crate::lists::concat(lists)
}

fn assertion(holds: Nix, message: Nix) -> Nix {
    Nix::attrs([Binding::new("assertion", holds), Binding::new("message", message)])
}

fn clashes() -> Nix {
    let feature = Nix::lambda("claim", id("claim").dot("feature"));
    let owners = Nix::lib_call("groupBy", [feature, id("claims")]);
    let count = Nix::lib_call("length", [Nix::lib_call("attrNames", [id("owners")])]);
    let one = Nix::binary(Op::Equal, count, Nix::Int(1));
    let shown = joined(" and ", Nix::lib_call("mapAttrsToList", [id("by"), id("owners")]));
    let message = text(["{}", ": claimed ", "{}"], [id("what"), shown]);
    let body = Nix::let_in(vec![Binding::new("owners", owners)], assertion(one, message));
    Nix::lib_call("mapAttrsToList", [Nix::lambda2("what", "claims", body), id("things")])
}

fn each_other() -> Nix {
    let others = Nix::Select {
        base: Box::new(id("said")),
        path: vec![Key::Dynamic(id("kind"))],
        default: None,
    };
    let all = id("map").call(id("make").call(id("feature"))).call(others);
    let all = Nix::lambda2("feature", "said", all);
    let all =
        Nix::lib_call("concatLists", [Nix::lib_call("mapAttrsToList", [all, id("features")])]);
    Nix::lambda2("kind", "make", all)
}

fn each(kind: &str, made: Nix) -> Nix {
    id("each").call(Nix::str(kind)).call(Nix::lambda2("feature", "other", made))
}

fn is_there() -> Nix {
    Nix::HasAttr { base: Box::new(id("features")), path: vec![Key::Dynamic(id("other"))] }
}

fn missing() -> Nix {
    let message = text(
        ["{}", ": it requires ", "{}", ", which is not enabled"],
        [id("feature"), id("other")],
    );
    each("requires", assertion(is_there(), message))
}

fn excluded() -> Nix {
    let message = text(
        ["{}", ": it conflicts with ", "{}", ", which is enabled too"],
        [id("feature"), id("other")],
    );
    each("conflicts", assertion(is_there().negated(), message))
}

fn no_circle() -> Nix {
    let none = Nix::binary(Op::Equal, id("circle"), Nix::List(Vec::new()));
    let shown = joined(", ", id("circle"));
    Nix::List(vec![assertion(none, text(["{}", ": they require each other in a circle"], [shown]))])
}

fn wanted() -> Nix {
    let message =
        text(["{}", " wants ", "{}", ", which is not enabled"], [id("feature"), id("other")]);
    let all =
        each("wants", Nix::if_else(is_there(), Nix::List(Vec::new()), Nix::List(vec![message])));
    Nix::lib_call("concatLists", [all])
}

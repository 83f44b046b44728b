//! Whatever tree is printed, another parser reads the same tree from it, before and after
//! nixfmt.

mod read;

use proptest::prelude::*;

use super::{Level, Printer, file, format};
use crate::ast::{Binding, Bound, Key, Nix, Op, Param, Part};

/// Prints a tree and reads it back.
fn check(tree: &Nix) {
    let mut printer = Printer::default();
    printer.expr(tree, Level::Lowest);
    let printed = printer.out;
    let expected = read::merged(tree.clone());
    assert_eq!(read::tree(&printed), expected, "printed as:\n{printed}");
    let formatted = format(printed.clone());
    assert_eq!(read::tree(&formatted), expected, "{printed}\nformatted as:\n{formatted}");
    let again = nixfmt_rs::format(&formatted).expect("nixfmt reads what it wrote");
    assert_eq!(again, formatted, "nixfmt wants another pass");
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,6}",
        6 => prop::sample::select(vec![
            "$", "${", "$$", "}", "{", "'", "''", "'''", "\"", "\\", "\\n", "\n", "\n\n", " ", "  ",
            "\n  ", "\n    x", "\t", "\r", "\r\n", "''$", "''\\", "''${x}", "\\${x}", "#", "/*",
            "*/", "\u{0}", "\u{1}", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}", "\u{fffc}", "é", "🦀",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Texts that most often can be written with indentation.
fn lines() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b c", "x\n", "y\n\n", "z\n  w", "$", "${", "$$", "''", "'", "{", "}", "\\", "\"",
        "\n", "#", "é",
    ]);
    prop::collection::vec(piece, 1..10).prop_map(|pieces| pieces.concat())
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![text(), lines()]
}

fn identifier() -> impl Strategy<Value = String> {
    "(a|cfg|lib|x-y|_|x'|config|or1|inn)".prop_map(|name| name)
}

fn key(inner: impl Strategy<Value = Nix>) -> impl Strategy<Value = Key> {
    prop_oneof![
        identifier().prop_map(Key::Name),
        text().prop_map(Key::Name),
        prop::sample::select(vec!["if", "or", "inherit", "", "a b", "1", "a.b", "${x}"])
            .prop_map(Key::from),
        inner.prop_map(Key::Dynamic),
    ]
}

fn leaf() -> impl Strategy<Value = Nix> {
    prop_oneof![
        identifier().prop_map(Nix::Ident),
        prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -3..3_i64].prop_map(Nix::Int),
        prop_oneof![any::<f64>(), Just(5e-324), Just(-5e-324), Just(0.1), Just(-1e300), Just(-0.0)]
            .prop_filter("finite", |x| x.is_finite())
            .prop_map(Nix::Float),
        string().prop_map(Nix::str),
        prop::sample::select(vec!["./a.nix", "../../x-y/b_c+.nix", "./a b/${c}.nix", "./é"])
            .prop_map(|path| Nix::Path(path.to_owned())),
    ]
}

fn tree() -> impl Strategy<Value = Nix> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let path = || prop::collection::vec(key(inner.clone()), 1..3);
        let part =
            prop_oneof![text().prop_map(Part::Text), inner.clone().prop_map(Part::Interpolation)];
        let op = prop::sample::select(vec![
            Op::Or,
            Op::And,
            Op::Equal,
            Op::NotEqual,
            Op::Less,
            Op::LessOrEqual,
            Op::Greater,
            Op::GreaterOrEqual,
            Op::Update,
            Op::Add,
            Op::Subtract,
            Op::Multiply,
            Op::Divide,
            Op::Concat,
        ]);
        let binding = || {
            let bound = prop_oneof![
                3 => (path(), inner.clone()).prop_map(|(path, value)| Bound::Value(path, value)),
                1 => (
                    prop::option::of(inner.clone()),
                    prop::collection::vec(identifier(), 1..3)
                ).prop_map(|(from, names)| Bound::Inherit(from, names)),
            ];
            (bound, any::<bool>(), prop::option::of(text()))
                .prop_map(|(bound, gap, comment)| Binding { comment, gap, bound })
        };
        let bindings = move || prop::collection::vec(binding(), 0..3);
        prop_oneof![
            prop::collection::vec(part, 0..4).prop_map(Nix::Str),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Nix::List),
            bindings().prop_map(Nix::Attrs),
            (boxed(), path(), prop::option::of(boxed()))
                .prop_map(|(base, path, default)| Nix::Select { base, path, default }),
            (boxed(), path()).prop_map(|(base, path)| Nix::HasAttr { base, path }),
            (boxed(), boxed()).prop_map(|(f, x)| Nix::Apply(f, x)),
            (identifier(), boxed()).prop_map(|(name, body)| Nix::Lambda(Param::Ident(name), body)),
            (prop::collection::btree_set(identifier(), 1..3), boxed()).prop_map(|(names, body)| {
                Nix::Lambda(Param::Formals(names.into_iter().collect()), body)
            }),
            (bindings(), boxed()).prop_map(|(bindings, body)| Nix::Let(bindings, body)),
            [inner.clone(), inner.clone(), inner.clone()]
                .prop_map(|parts| Nix::If(Box::new(parts))),
            [inner.clone(), inner.clone()].prop_map(|parts| Nix::Assert(Box::new(parts))),
            boxed().prop_map(Nix::Not),
            (op, [inner.clone(), inner.clone()])
                .prop_map(|(op, sides)| Nix::Binary(op, Box::new(sides))),
        ]
    })
}

#[test]
fn a_line_that_nixfmt_would_join_the_next_time_is_joined() {
    let select = Nix::Select {
        base: Box::new(Nix::Int(i64::MIN)),
        path: vec![
            Key::Dynamic(Nix::Float(5e-324)),
            Key::Dynamic(Nix::Path("../../x-y/b_c+.nix".to_owned())),
        ],
        default: None,
    };
    let list = Nix::List(vec![Nix::Ident("a".to_owned())]);
    let function = Nix::Lambda(Param::Formals(vec!["x'".to_owned()]), Box::new(list));
    let path = vec![Key::from(""), Key::Dynamic(select)];
    let bound = Bound::Value(path, function);
    check(&Nix::Attrs(vec![Binding { comment: None, gap: false, bound }]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn every_tree_is_read_as_itself(tree in tree()) {
        check(&tree);
    }

    #[test]
    fn every_string_is_read_as_itself(parts in prop::collection::vec(
        prop_oneof![
            3 => string().prop_map(Part::Text),
            1 => Just(Part::Interpolation(Nix::Ident("x".to_owned()))),
        ],
        0..4,
    )) {
        check(&Nix::Str(parts));
    }

    #[test]
    fn no_header_leaves_its_comment(header in text()) {
        let printed = file(&header, &Nix::Ident("x".to_owned()));
        assert_eq!(read::tree(&printed), Nix::Ident("x".to_owned()), "{printed}");
    }
}

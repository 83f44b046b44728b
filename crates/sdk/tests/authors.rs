//! What authors may write in a struct of options, and what it means.

use domi::IntoAny as _;
use domi::model::{Expr as Untyped, OptionPath, Value};
use domi::prelude::*;

const PORT: u16 = 8080;

fn cfg<T>() -> Expr<T> {
    Expr::from_model(Untyped::Option(OptionPath::default()))
}

fn declared<T: Options>(name: &str) -> domi::model::OptionDecl {
    let options = T::options(&cfg());
    options.into_iter().find(|option| option.name == name).unwrap_or_else(|| panic!("{name}"))
}

/// Literals, of the type of their option.
#[derive(Options)]
struct Literals {
    /// Beyond `i32`.
    #[option(default = 3_000_000_000, example = 0xFFFF_FFFF, range = 0..=4_294_967_295)]
    a: u32,
    /// The least there is.
    #[option(default = -9_223_372_036_854_775_808, range = -9_223_372_036_854_775_808..)]
    b: i64,
    /// With a suffix of another type.
    #[option(default = 4_294_967_295_i64, example = 1u8)]
    c: u32,
    /// A constant.
    #[option(default = PORT, example = 0b11)]
    d: Port,
    /// Within lists.
    #[option(default = [1, 3_000_000_000], example = [])]
    e: Vec<u32>,
    /// Within an option.
    #[option(default = Some(3_000_000_000))]
    f: Option<u32>,
    /// By name.
    #[option(default = [("a", 3_000_000_000)])]
    g: BTreeMap<String, u32>,
    /// An integer for a number.
    #[option(default = 9_000_000_000, example = -(5))]
    h: f64,
    /// Small and negative.
    #[option(default = -128)]
    i: i8,
    /// Chosen.
    #[option(default = when(cfg.d().gt(80), 3_000_000_000, 1))]
    j: u32,
    /// Anything.
    #[option(default = 5)]
    k: Anything,
    /// Null.
    #[option(default = None)]
    l: Option<String>,
    /// Empty.
    #[option(default = vec![])]
    m: Vec<String>,
    /// Empty too.
    #[option(default = BTreeMap::new())]
    n: BTreeMap<String, String>,
}

#[test]
fn a_literal_has_the_type_of_its_option() {
    let check = |name: &str, expected: Value| {
        let default = declared::<Literals>(name).default;
        assert_eq!(default, Some(Untyped::Literal(expected)), "{name}");
    };
    let large = || Value::Int(3_000_000_000);
    check("a", large());
    check("b", Value::Int(i64::MIN));
    check("c", Value::Int(u32::MAX.into()));
    check("d", Value::Int(8080));
    check("e", Value::List(vec![Value::Int(1), large()]));
    check("f", large());
    check("g", Value::Attrs([("a".to_owned(), large())].into()));
    check("h", Value::Int(9_000_000_000));
    check("i", Value::Int(-128));
    check("k", Value::Int(5));
    check("l", Value::Null);
    check("m", Value::List(Vec::new()));
    check("n", Value::empty_attrs());
    assert_eq!(declared::<Literals>("a").example, Some(Value::Int(u32::MAX.into())));
    assert_eq!(declared::<Literals>("h").example, Some(Value::Int(-5)));
    let Some(Untyped::If(choice)) = declared::<Literals>("j").default else { panic!("a choice") };
    assert_eq!(choice.then, Untyped::Literal(large()));
}

#[test]
fn a_large_literal_needs_no_suffix_anywhere() {
    let cfg = cfg::<Literals>();
    let mut tests = Tests::default();
    let ((), problems) = domi::private::noted(|| {
        tests.it("takes").set(cfg.a(), 3_000_000_000).set(cfg.l(), None::<String>);
        tests.it_refuses("more").set(cfg.a(), 4_294_967_296).set(cfg.d(), 65_536);
        tests.it_refuses("less").set(cfg.a(), -1).set(cfg.e(), [1, 4_294_967_296]);
        tests.it_refuses("others").set(cfg.a(), "x").set(cfg.d(), 1.5).set(cfg.m(), attrs! {});
        tests
            .it_refuses("typed")
            .set(cfg.d(), Port(80))
            .set(cfg.a(), Level::Low)
            .set(cfg.l(), None::<i64>);
    });
    assert_eq!(problems, []);
    let large = Untyped::Literal(Value::Int(5_000_000_000));
    assert_eq!(*cfg.b().eq(5_000_000_000).as_model(), *cfg.b().eq(large_i64()).as_model());
    let text = text!("{}", 5_000_000_000).into_model();
    assert_eq!(text, Untyped::Text(vec![large.clone()]));
    let level =
        attrs! { "level": Level::Low, "port": Port(80), "words": ["a"], "no": None::<&str> };
    assert!(matches!(level.into_any(), Untyped::Literal(_)));
    let Untyped::Attrs(attrs) = attrs! { "a": 5_000_000_000, "b": null, "c": cfg.a() }.into_any()
    else {
        panic!("attrs")
    };
    assert_eq!((&attrs["a"], &attrs["b"]), (&large, &null()));
}

fn large_i64() -> i64 {
    5_000_000_000
}

fn null() -> Untyped {
    Untyped::Literal(Value::Null)
}

/// Names that Rust and Nix keep to themselves, and names of methods.
#[derive(Options)]
struct Names {
    /// A keyword of both.
    #[option(default = 1)]
    r#in: u32,
    /// A keyword of both, used within a text.
    #[option(default = text!("{}", cfg.r#in()))]
    r#let: String,
    /// A keyword of Nix.
    #[option(default = 1)]
    with: u32,
    /// A keyword of Nix.
    #[option(default = 1)]
    or: u32,
    /// A method of some expressions.
    #[option(default = 1)]
    map: u32,
    /// A method of others.
    #[option(default = 1)]
    value: u32,
    /// A trait's method that expressions have not.
    #[option(default = 1)]
    max: u32,
    /// Another.
    #[option(default = 1)]
    to_string: u32,
    /// Another.
    #[option(default = 1)]
    not: u32,
    /// Another.
    #[option(default = 1)]
    cmp: u32,
    /// Another.
    #[option(default = 1)]
    as_ref: u32,
    /// Another.
    #[option(default = 1)]
    into_iter: u32,
    /// Another.
    #[option(default = 1)]
    drop: u32,
    /// Another.
    #[option(default = 1)]
    fmt: u32,
    /// Another.
    #[option(default = 1)]
    is_set: u32,
    /// Another.
    #[option(default = 1)]
    and: u32,
    /// Another.
    #[option(default = 1)]
    default: u32,
    /// Another.
    #[option(default = 1)]
    within: u32,
    /// Another.
    #[option(default = 1)]
    option_path: u32,
    /// Another.
    #[option(default = 1)]
    from_model: u32,
    /// The option's name may be a method's.
    #[option(default = 1, name = "clone")]
    clone_it: u32,
}

#[test]
fn an_option_is_reached_by_its_name_whatever_that_is() {
    let cfg = &cfg::<Names>();
    let check = |option: Expr<u32>, name: &str| {
        assert_eq!(*option.as_model(), Untyped::Option(OptionPath::new(name)));
    };
    check(cfg.r#in(), "in");
    check(cfg.with(), "with");
    check(cfg.or(), "or");
    check(cfg.map(), "map");
    check(cfg.value(), "value");
    check(cfg.max(), "max");
    check(cfg.to_string(), "toString");
    check(cfg.not(), "not");
    check(cfg.cmp(), "cmp");
    check(cfg.as_ref(), "asRef");
    check(cfg.into_iter(), "intoIter");
    check(cfg.drop(), "drop");
    check(cfg.fmt(), "fmt");
    check(cfg.is_set(), "isSet");
    check(cfg.and(), "and");
    check(cfg.default(), "default");
    check(cfg.within(), "within");
    check(cfg.option_path(), "optionPath");
    check(cfg.from_model(), "fromModel");
    check(cfg.clone_it(), "clone");
    assert_eq!(*cfg.r#let().as_model(), Untyped::Option(OptionPath::new("let")));
}

/**
 * What a block says,
 * with stars.
 */
#[derive(Options)]
struct Documented {
    /** One line. */
    #[option(default = 1)]
    a: u32,
    /**
     * Two lines,
     *
     * - and a list
     *   of one
     */
    #[option(default = 1)]
    b: u32,
    /**
       Without stars.
         Indented.
    */
    #[option(default = 1)]
    c: u32,
    #[doc = include_str!("page.md")]
    #[option(default = 1)]
    d: u32,
    /// Before:
    #[doc = concat!("one ", "text")]
    /// after.
    #[option(default = 1)]
    e: u32,
    /// What it is.
    #[option(default = Level::Low)]
    f: Level,
    /// Several.
    #[option(default = [])]
    g: Vec<Level>,
    /// One or the other.
    #[option(default = Choice::Number(1))]
    h: Choice,
    /// Without a word.
    #[option(default = Plain::A)]
    i: Plain,
}

/// A level.
#[derive(Clone, Options)]
enum Level {
    /// Hardly any,
    /// or none.
    Low,
    /// All there is.
    #[option(name = "full")]
    High,
    Medium,
}

#[derive(Options)]
#[options(untagged)]
enum Choice {
    /// So many.
    Number(u32),
    /// By name.
    Name(String),
}

#[derive(Options)]
enum Plain {
    A,
}

#[test]
fn what_is_documented_is_in_the_description() {
    let check = |name: &str, expected: &str| {
        assert_eq!(declared::<Documented>(name).description, expected, "{name}");
    };
    assert_eq!(Documented::description(), "What a block says,\nwith stars.");
    check("a", "One line.");
    check("b", "Two lines,\n\n- and a list\n  of one");
    check("c", "Without stars.\n  Indented.");
    check("d", "It says *this*.");
    check("e", "Before:\none text\nafter.");
    let levels = "- `low`: Hardly any,\n  or none.\n- `full`: All there is.\n- `medium`";
    check("f", &format!("What it is.\n\n{levels}"));
    check("g", &format!("Several.\n\n{levels}"));
    check("h", "One or the other.\n\n- So many.\n- By name.");
    check("i", "Without a word.");
}

macro_rules! made {
    ($name:ident, $field:ident: $ty:ty, $default:expr, $range:expr, $text:literal, $doc:expr) => {
        /// Made by a macro.
        #[derive(Options)]
        struct $name {
            #[doc = $doc]
            #[option(default = $default, range = $range, default_text = $text, name = $text)]
            $field: $ty,
            /// Its neighbour.
            #[option(default = cfg.$field(), example = 3_000_000_000)]
            neighbour: $ty,
            /// Written in the macro.
            #[option(default = when(cfg.$field().gt(2), 1, 2), range = 1..=4_000_000_000)]
            other: $ty,
        }
    };
}

made!(Made, here: u32, cfg.other(), 1..=9, "there", "Said by a macro.");

#[test]
fn attributes_may_come_from_a_macro() {
    let check = |name: &str, path: &str| {
        let default = declared::<Made>(name).default;
        assert_eq!(default, Some(Untyped::Option(OptionPath::new(path))), "{name}");
    };
    check("there", "other");
    check("neighbour", "there");
    let there = declared::<Made>("there");
    assert_eq!(
        (&*there.description, there.default_text.as_deref()),
        ("Said by a macro.", Some("there"))
    );
    assert_eq!(
        serde_json::to_value(there.ty).ok(),
        Some(serde_json::json!({ "int": { "min": 1, "max": 9 } }))
    );
    assert!(matches!(declared::<Made>("other").default, Some(Untyped::If(_))));
}

#[test]
fn macros_look_at_what_they_are_given_and_leave_it() {
    let cfg = cfg::<Literals>();
    let (port, name) = (cfg.d(), String::from("x"));
    let more = attrs! { "port": port };
    let word: &str = &name;
    for _ in 0..2 {
        let _ = text!("{}{}{}{port}", port, name, word);
        let _ = attrs! { "a": port, "b": [name, more], "c": word };
        let _ = argv![name, port, word];
    }
    let command = argv![name];
    let mut system = System::default();
    system.service("a").start(&command).start_pre(&command).when(cfg.d().gt(1));
    assert_eq!(PORT, 8080);
    assert_eq!(format!("{}{}", Port(80), NonEmptyStr("x".to_owned())), "80x");
}

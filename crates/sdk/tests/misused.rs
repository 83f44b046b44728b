//! What can be written but not meant is a problem, and no panic.

mod everything;

use domi::prelude::*;
use everything::{Everything, EverythingOptions, InnerOptions};

fn check_test(write: impl FnOnce(&Expr<Everything>, &mut Tests), expected: &str) {
    let cfg = neighbours();
    let mut tests = Tests::default();
    let ((), problems) = domi::private::noted(|| write(&cfg, &mut tests));
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains(expected), "{}", problems[0]);
    assert!(problems[0].contains("tests/misused.rs"), "{}", problems[0]);
}

#[test]
fn an_expression_as_a_tests_value() {
    check_test(
        |cfg, tests| drop(tests.it("x").set(cfg.port(), cfg.fallback_port())),
        "`port` is set to an expression, not to a value",
    );
}

#[test]
fn something_else_than_an_option_set() {
    check_test(
        |cfg, tests| drop(tests.it_refuses("x").set(cfg.boolean().and(true), true)),
        "only an option can be set",
    );
}

#[test]
fn a_step_on_an_unknown_machine() {
    check_test(|_, tests| drop(tests.it("x").machine("a").on("b")), "there is no machine `b` yet");
}

#[test]
fn a_switch_to_something_that_cannot_be_set() {
    check_test(
        |cfg, tests| {
            drop(tests.it("x").switch(|to| to.set(cfg.port(), cfg.fallback_port())));
        },
        "`port` is set to an expression, not to a value",
    );
    check_test(
        |cfg, tests| {
            drop(tests.it("x").switch(|to| to.set(cfg.port(), 1).set(cfg.port(), 2)));
        },
        "`port` is said twice",
    );
    check_test(
        |cfg, tests| drop(tests.it("x").switch(|to| to).set(cfg.port(), 1)),
        "before it is switched",
    );
    check_test(
        |_, tests| drop(tests.it("x").switch(|to| to).from_previous_release()),
        "before it is switched",
    );
    check_test(
        |_, tests| drop(tests.it("x").from_previous_release().from_previous_release()),
        "that it begins with the previous release is said twice",
    );
}

#[test]
fn a_machine_named_too_late() {
    check_test(|_, tests| drop(tests.it("x").crash().machine("a")), "name the first machine too");
}

#[test]
fn a_delay_that_is_no_number_of_milliseconds() {
    check_test(
        |_, tests| drop(tests.it("x").delay_network(Duration::from_micros(1500))),
        "a delay is in whole milliseconds, not 1.5ms",
    );
}

#[test]
fn a_limit_of_no_step_or_of_no_whole_seconds() {
    let seconds = Duration::from_secs;
    check_test(
        |_, tests| drop(tests.it("x").with_limit(seconds(1))),
        "no step is before this limit",
    );
    check_test(
        |_, tests| drop(tests.it("x").wait_for_port(80).with_limit(Duration::from_millis(1500))),
        "a limit is in whole seconds, not 1.5s",
    );
    check_test(
        |_, tests| drop(tests.it("x").wait_for_port(80).with_limit(seconds(0))),
        "a limit is in whole seconds, not 0ns",
    );
    check_test(
        |_, tests| {
            let once = tests.it("x").wait_for_port(80).with_limit(seconds(1));
            drop(once.with_limit(seconds(2)));
        },
        "the limit of step 1",
    );
}

#[test]
fn what_the_manifest_cannot_express_is_a_problem_and_no_panic() {
    let check = |say: fn(&Expr<Everything>), code: &str, expected: &str| {
        let cfg = neighbours();
        let ((), problems) = domi::private::noted(|| say(&cfg));
        let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.iter().map(|p| p.code.0).collect::<Vec<_>>(), [code], "{said:?}");
        assert!(said[0].contains(expected) && said[0].contains("next: "), "{said:?}");
    };
    check(
        |cfg| {
            System::default().each(cfg.instances(), |system, _, _| {
                system.each(cfg.instances(), |system, name, _| drop(system.service(name)));
            });
        },
        "D0113",
        "`each` stands within the `each` at ",
    );
    check(
        |cfg| {
            System::default().each(cfg.instances(), |system, _, _| {
                system.when(cfg.boolean(), |system| system.each(cfg.instances(), |_, _, _| {}));
            });
        },
        "D0113",
        "tests/misused.rs",
    );
    check(
        |cfg| {
            let inner: Expr<everything::Inner> = attrs! {}.merge(cfg.inner()).into_expr();
            drop(inner.path());
        },
        "D0113",
        "`path` cannot be taken from an expression that is put together",
    );
    check(
        |_| drop(argv!["/bin/a"].and(argv!["b"].prefix("-"))),
        "D0113",
        "the prefix `-` is given to arguments",
    );
    check(
        |_| drop(<Endless as domi::OptionType>::ty()),
        "D0113",
        "submodules hold each other without end",
    );
    check(|_| drop(Wrong::options(&neighbours())), "D0113", "the example is an expression");
    check(|_| drop(<Old as domi::OptionType>::ty()), "D0113", "renamed or removed");
}

/// The options of the struct, as an option's default sees them.
fn neighbours<T>() -> Expr<T> {
    Expr::from_model(domi::model::Expr::Option(domi::model::OptionPath::default()))
}

#[derive(Options)]
struct Endless {
    /// Others.
    others: Vec<EndlessToo>,
    /// More of them.
    more: BTreeMap<String, EndlessToo>,
}

#[derive(Options)]
struct EndlessToo {
    /// Others.
    others: Option<Vec<Endless>>,
    /// More of them.
    more: BTreeMap<String, Endless>,
}

#[derive(Options)]
struct Wrong {
    /// A word.
    word: String,
    /// Another.
    #[option(example = cfg.word())]
    other: String,
}

#[derive(Options)]
struct Old {
    /// A word.
    #[option(renamed_from = "before")]
    word: String,
}

#[test]
fn software_of_a_crate_with_names_of_elsewhere() {
    let check = |write: fn() -> Software, expected: &str| {
        let (_, problems) = domi::private::noted(write);
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(expected), "{}", problems[0]);
        assert!(problems[0].contains("tests/misused.rs"), "{}", problems[0]);
    };
    let of_crate = || Software::of_crate("wait", ["wait"]);
    check(|| Software::of_crate("wait", ["wait"]).nixpkgs("wait"), "no path in nixpkgs");
    check(|| Software::of_crate("wait", ["wait"]).debian(["wait"]), "no packages in Debian");
    check(
        || Software::of_crate("wait", ["wait"]).debian_path("bin/wait", "/usr/sbin/wait"),
        "no files in Debian",
    );
    assert!(domi::private::noted(of_crate).1.is_empty());
}

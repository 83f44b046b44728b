//! The tool, the features and all tests ask the same of each crate that they share. Where one asks for more,
//! cargo compiles the crate again, and with it all that uses it, which is most of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::repository;

/// For each crate, in which shapes it is compiled. What only macros are made of is left out: cargo does not
/// show all of that.
type Asked = BTreeMap<String, BTreeSet<String>>;

/// What is asked of crates, by what cargo compiles with these words.
fn asked(words: &[&str]) -> Asked {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(repository::root()).args(["tree", "--offline", "--locked"]);
    tree.args(["--prefix", "none", "--format", "{p}\t{f}"]).args(words);
    let output = tree.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    of(&String::from_utf8(output.stdout).unwrap())
}

fn of(tree: &str) -> Asked {
    let mut asked = Asked::new();
    for (name, features) in tree.lines().filter_map(|line| line.split_once('\t')) {
        let features = features.trim_end_matches(" (*)").trim();
        asked.entry(name.to_owned()).or_default().insert(features.to_owned());
    }
    asked
}

/// What of this is compiled beside what is there, though the crate is there.
fn again(there: &Asked, more: &Asked) -> Vec<String> {
    let mut found = Vec::new();
    for (name, shapes) in more {
        let Some(known) = there.get(name) else { continue };
        found.extend(shapes.difference(known).map(|shape| {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!("{name}\n  is asked for {shape}\n  the tool asks for {}", known.join(" and "))
        }));
    }
    found
}

#[test]
fn what_the_tool_has_is_compiled_again_for_no_test_and_no_feature() {
    let tool = asked(&["--package", "xtask", "--edges", "normal,build,no-proc-macro"]);
    let tests = asked(&[
        "--workspace",
        "--exclude",
        "domi-derive",
        "--edges",
        "normal,build,dev,no-proc-macro",
    ]);
    let features = std::fs::read_dir(repository::root().join("crates/features")).unwrap();
    let features: Vec<String> =
        features.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    let mut words = vec!["--edges", "normal,build,no-proc-macro"];
    words.extend(features.iter().flat_map(|name| ["--package", name]));
    for (whose, more) in [("tests", tests), ("features", asked(&words))] {
        let again = again(&tool, &more).join("\n");
        assert!(
            again.is_empty(),
            "compiled again for {whose}:\n{again}\nLet xtask/Cargo.toml, or the SDK, ask for it, too."
        );
    }
}

#[test]
fn another_shape_of_a_crate_is_seen() {
    let tool = of("a v1.0.0\tdefault\nb v1.0.0\tfull\na v1.0.0\t (*)\n");
    assert_eq!(again(&tool, &of("a v1.0.0\tdefault (*)\na v1.0.0\t\nc v1.0.0\tall\n")), [""; 0]);
    let more = of("a v1.0.0\tdefault,std\nb v1.0.0\tfull\n");
    let expected =
        "a v1.0.0\n  is asked for default,std\n  the tool asks for  and default".to_owned();
    assert_eq!(again(&tool, &more), [expected]);
}

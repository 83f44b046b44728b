//! The recipe "Add a command" of CONTRIBUTING.md, followed step by step: `count.rs` here is the
//! file that the recipe has one write, and the lines below are those it has one add.

use clap::CommandFactory;

use super::*;

mod count;

commands! {
    list::List,
    count::Count,
}

const CONTRIBUTING: &str = include_str!("../../../../../CONTRIBUTING.md");
/// What the recipe changes.
const COMMANDS: &str = include_str!("../../command.rs");

/// The code of the recipe, block by block. A block is as far to the right as its step.
fn blocks() -> Vec<String> {
    let (_, recipe) = CONTRIBUTING.split_once("## Add a command\n").expect("there is a recipe");
    let recipe = recipe.split("\n## ").next().unwrap_or_default();
    let fenced = recipe.split("   ```rust\n").skip(1);
    let code = fenced.map(|text| text.split("   ```\n").next().unwrap_or_default());
    let line = |line: &str| format!("{}\n", line.strip_prefix("   ").unwrap_or(line));
    code.map(|code| code.lines().map(line).collect()).collect()
}

#[test]
fn each_step_of_the_recipe_is_taken_here() {
    let blocks = blocks();
    let [file, module, row] = &blocks[..] else { panic!("{blocks:#?}") };
    assert_eq!(file, include_str!("recipe/count.rs"));
    for (step, like) in [(module, "mod list;\n"), (row, "    list::List,\n")] {
        assert!(include_str!("recipe.rs").contains(&**step), "{step}");
        // There are such lines, and this one is like them.
        assert!(COMMANDS.contains(like), "{like}");
        assert_eq!(step.replace("count", "list").replace("Count", "List").trim(), like.trim());
    }
}

#[test]
fn a_command_that_was_added_by_the_recipe_is_listed_completed_and_run() {
    let mut usage = CommandLine::command();
    let help = usage.render_help().to_string();
    assert!(help.contains("  count  Count the features\n"), "{help}");
    let mut script = Vec::new();
    clap_complete::generate(clap_complete::Shell::Bash, &mut usage, "xtask", &mut script);
    let script = String::from_utf8(script).expect("UTF-8");
    assert!(script.contains("--name --color --verbose"), "{script}");
    let run = |words: &[&str]| CommandLine::run_words(words.iter().map(OsString::from));
    assert_eq!(run(&["xtask", "count", "--name="]), Exit::Usage);
    assert_eq!(run(&["xtask", "count", "--name", "feature-x"]), Exit::Pass);
}

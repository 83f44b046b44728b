//! How all commands are used.

use super::*;

mod recipe;

#[test]
fn the_command_line_is_sound() {
    CommandLine::command().debug_assert();
}

#[test]
fn no_option_takes_an_empty_value() {
    let mut command = CommandLine::command();
    command.build();
    let mut found = 0;
    check_empty(&command, &mut vec!["xtask".to_owned()], &mut found);
    assert!(found > 50, "{found} options were tried");
}

fn check_empty(command: &clap::Command, words: &mut Vec<String>, found: &mut usize) {
    use clap::error::ErrorKind;
    // An empty list of builders has a meaning for Nix; words after `--` are passed on as they are.
    let said = |it: &&clap::Arg| it.get_id() != "builders" && !it.is_last_set();
    for argument in command.get_arguments().filter(said) {
        if !argument.get_action().takes_values() {
            continue;
        }
        let word = match argument.get_long() {
            Some("help") => continue,
            Some(long) => format!("--{long}="),
            None => String::new(),
        };
        let given = words.iter().cloned().chain([word]).collect::<Vec<_>>();
        let kind = CommandLine::try_parse_from(&given).map_err(|error| error.kind());
        let refused = matches!(kind, Err(ErrorKind::InvalidValue | ErrorKind::ValueValidation));
        assert!(refused, "{given:?}: {kind:?}");
        *found += 1;
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        words.push(below.get_name().to_owned());
        check_empty(below, words, found);
        words.pop();
    }
}

#[test]
fn every_command_says_how_it_is_used() {
    let mut text = String::new();
    help(CommandLine::command().term_width(100), &mut text);
    insta::assert_snapshot!(text);
}

/// The help of a command and of those below it.
fn help(mut command: clap::Command, text: &mut String) {
    command.build();
    *text += &format!("{}\n\n", command.render_help());
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        help(below.clone().term_width(100), text);
    }
}

#[test]
fn help_is_one_line_for_each_option_and_command() {
    let mut text = String::new();
    help(CommandLine::command().term_width(100), &mut text);
    let is_folded = |line: &&str| line.starts_with("          ");
    let folded: Vec<&str> = text.lines().filter(is_folded).collect();
    assert_eq!(folded, [""; 0]);
    assert_eq!(text.matches("see more with").count(), 0, "there is no longer help");
}

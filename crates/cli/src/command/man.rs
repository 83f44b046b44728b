use clap::Args;
use clap::error::ErrorKind;

use crate::Exit;
use crate::failure::Result;
use crate::spelling::closest;
use crate::start::{Run, Start};
use crate::values::given;

/// Print the manual page of a command
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command, such as `cache push` [default: the page that names all of them]
    #[arg(value_parser = given)]
    command: Vec<String>,
}

impl Run for Man {
    fn run(self, start: &Start) -> Result<Exit> {
        let mut usage = (start.usage)();
        // Options that all commands have are said of each.
        usage.build();
        let command = match below(&usage, &self.command) {
            Ok(command) => command,
            Err(error) => {
                // If the terminal is gone, there is nobody to tell.
                let _ = error.print();
                return Ok(Exit::Usage);
            }
        };
        crate::out::data(format_args!("{}", page(command)?))?;
        Ok(Exit::Pass)
    }
}

/// The page of a command, as `man` reads it.
fn page(command: &clap::Command) -> anyhow::Result<String> {
    // A page is named by one word: `cargo-xtask-cache-push`.
    let title = name(command).replace(' ', "-");
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(title.clone()))
        .title(title)
        .render(&mut page)?;
    Ok(String::from_utf8(page)?)
}

/// The command that these words name, or the error of who misspells a command.
fn below<'a>(usage: &'a clap::Command, words: &[String]) -> Result<&'a clap::Command, clap::Error> {
    let mut command = usage;
    for word in words {
        let Some(found) = command.find_subcommand(word) else {
            let known = command.get_subcommands().map(clap::Command::get_name);
            let hint = closest(word, known).map(|known| format!("; did you mean `{known}`?"));
            let hint = hint.unwrap_or_default();
            let message = format!("`{}` has no command `{word}`{hint}", name(command));
            return Err(command.clone().error(ErrorKind::InvalidSubcommand, message));
        };
        command = found;
    }
    Ok(command)
}

/// What a person types: `cargo xtask cache push`.
fn name(command: &clap::Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use clap::CommandFactory;

    use super::*;
    use crate::command::CommandLine;

    #[test]
    #[expect(clippy::print_stderr, reason = "what is not run is said")]
    fn every_command_has_a_page_that_groff_reads_without_a_warning() {
        let mut usage = CommandLine::command();
        usage.build();
        let (mut pages, mut text) = (0, String::new());
        let mut left = vec![&usage];
        while let Some(command) = left.pop() {
            left.extend(command.get_subcommands().filter(|it| it.get_name() != "help"));
            let page = page(command).expect("it is text");
            assert!(page.contains(&name(command).replace(' ', "\\-")), "{page}");
            text += &page;
            pages += 1;
        }
        assert!(pages > 50, "{pages} pages");
        let groff = Command::new("groff")
            .args(["-Kutf8", "-man", "-Tutf8", "-ww", "-z"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut groff) = groff else {
            eprintln!("not run: there is no groff here");
            return;
        };
        groff.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it is read");
        let output = groff.wait_with_output().expect("it ends");
        assert_eq!(
            (output.status.success(), &*String::from_utf8_lossy(&output.stderr)),
            (true, "")
        );
    }

    #[test]
    fn a_command_is_found_below_another_one_and_a_misspelt_one_is_known() {
        let mut usage = CommandLine::command();
        usage.build();
        let check = |words: &str, expected: Result<&str, &str>| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            match (below(&usage, &words).map(name), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(error), Err(expected)) => {
                    let said = error.to_string();
                    assert!(said.starts_with(&format!("error: {expected}\n")), "{said}");
                }
                (found, _) => panic!("{words:?}: {found:?}"),
            }
        };
        check("", Ok("cargo xtask"));
        check("test", Ok("cargo xtask test"));
        check("cache push", Ok("cargo xtask cache push"));
        check("tets", Err("`cargo xtask` has no command `tets`; did you mean `test`?"));
        check("cache pull-all-of-it", Err("`cargo xtask cache` has no command `pull-all-of-it`"));
        check("test feature-x", Err("`cargo xtask test` has no command `feature-x`"));
    }
}

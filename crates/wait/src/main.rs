//! `domi-wait`: waits until units are active, ports answer and files are there.
//!
//! It has no dependency: it is built for machines by whatever Rust they come with.

mod arguments;
mod condition;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use arguments::{Asked, HELP, Wanted, read};
use condition::{Condition, State};

/// Not all is there in time.
const NOT_THERE: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// Something cannot be asked, so that waiting is of no use.
const CANNOT_ASK: u8 = 3;

/// How long it looks away.
const PAUSE: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    match read(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Asked::Version) => {
            println!("domi-wait {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Asked::Wait(wanted)) => wait(&wanted),
        Err(wrong) => {
            eprintln!("domi-wait: {wrong}\nTry `domi-wait --help`.");
            ExitCode::from(USAGE)
        }
    }
}

/// Looks until all is there at one time, or the time is over. It looks at least once.
fn wait(wanted: &Wanted) -> ExitCode {
    let begun = Instant::now();
    loop {
        let left = wanted.limit.saturating_sub(begun.elapsed());
        let mut missing: Vec<(&Condition, String)> = Vec::new();
        for condition in &wanted.conditions {
            match condition.look(left) {
                State::There => {}
                State::Missing(why) => missing.push((condition, why)),
                State::Unknown(why) => {
                    eprintln!("domi-wait: {condition} cannot be asked for: {why}");
                    return ExitCode::from(CANNOT_ASK);
                }
            }
        }
        if missing.is_empty() {
            if wanted.verbose {
                println!("all is there after {:.1} s", begun.elapsed().as_secs_f64());
            }
            return ExitCode::SUCCESS;
        }
        if begun.elapsed() >= wanted.limit {
            eprintln!("domi-wait: after {} s, not all is there:", wanted.limit.as_secs());
            for (condition, why) in missing {
                eprintln!("  {condition}: {why}");
            }
            return ExitCode::from(NOT_THERE);
        }
        std::thread::sleep(PAUSE.min(wanted.limit.saturating_sub(begun.elapsed())));
    }
}

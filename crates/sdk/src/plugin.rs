use std::io::Write;
use std::process::ExitCode;

use domi_model::{Code, Severity};

use crate::fault::{BAD_EXPRESSION, SAID_TWICE};
use crate::metadata::BAD_CARGO_METADATA;
use crate::test::BAD_BUILDER;
use crate::{Crate, Feature, manifest};

/// The problems that this crate finds, with what they mean and how to fix them.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        BAD_CARGO_METADATA,
        "The feature's Cargo.toml does not say what it is",
        "A feature's crate says in `[package.metadata.domi]` what cargo has no key for: `kind` \
         (services, security, packages, ui or features), and where they differ from the usual, \
         `maturity` (dev, test or prod), `platforms`, `maintainers` and the names that it had \
         (`formerly`). Write the table, or correct the key that the message names.",
    ),
    (
        BAD_BUILDER,
        "A test is written in a way that has no meaning",
        "A test sets options (`cfg.port()`) to plain values, and takes steps on machines that it \
         has named before. The message says which of these does not hold.",
    ),
    (
        SAID_TWICE,
        "Something is said twice",
        "A key of a unit, an environment variable, a setting of a test or the like is given two \
         values, of which only one could count. The message says where the first is. Keep one of \
         them; where the value depends on settings, choose it with `when(…)`. Keys that systemd \
         reads as a list, such as `ReadWritePaths`, may be given again: they get longer.",
    ),
    (
        BAD_EXPRESSION,
        "A feature is written in a way that the manifest cannot express",
        "The compiler takes it, but no manifest can say it: an example that is an expression, \
         `each` within `each`, submodules that hold each other without end. The message says \
         which it is.",
    ),
];

/// Makes the program of a feature's crate: it prints the feature's manifest. Also makes a test
/// that the manifest has no problems.
#[macro_export]
macro_rules! main {
    ($feature:ty) => {
        const CRATE: $crate::Crate = $crate::Crate {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            description: ::core::env!("CARGO_PKG_DESCRIPTION"),
            authors: ::core::env!("CARGO_PKG_AUTHORS"),
            folder: ::core::env!("CARGO_MANIFEST_DIR"),
            cargo_toml: ::core::include_str!(::core::concat!(
                ::core::env!("CARGO_MANIFEST_DIR"),
                "/Cargo.toml"
            )),
        };

        fn main() -> ::std::process::ExitCode {
            $crate::run::<$feature>(&CRATE)
        }

        #[test]
        fn the_manifest_has_no_problems() {
            let (_, problems) = $crate::manifest::<$feature>(&CRATE);
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert!(problems.is_empty(), "{}", problems.join("\n"));
        }
    };
}

/// Prints the manifest of a feature, by the protocol of plugins: one JSON document on standard
/// output and exit code 0; or what is wrong with it on standard error, and exit code 1.
pub fn run<F: Feature>(of: &Crate) -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let answer = respond::<F>(of, &arguments);
    // Nobody is left to tell when standard error is gone.
    let _ = std::io::stderr().write_all(answer.stderr.as_bytes());
    let mut out = std::io::stdout().lock();
    match out.write_all(answer.stdout.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => answer.code.into(),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: cannot print the manifest: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a plugin's program says.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Answer {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code: 0 a manifest, 1 problems, 2 usage.
    pub code: u8,
}

/// What a feature's program says when it is called with these arguments.
#[doc(hidden)]
pub fn respond<F: Feature>(of: &Crate, arguments: &[&str]) -> Answer {
    let pretty = match arguments {
        [] => false,
        ["--pretty"] => true,
        _ => {
            let name = of.name;
            let stderr =
                format!("usage: {name} [--pretty]\nPrints the feature's manifest as JSON.\n");
            return Answer { stderr, code: 2, ..Answer::default() };
        }
    };
    let (manifest, problems) = manifest::<F>(of);
    let stderr: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Answer { stderr, code: 1, ..Answer::default() };
    }
    let json = if pretty {
        serde_json::to_string_pretty(&manifest)
    } else {
        serde_json::to_string(&manifest)
    };
    match json {
        Ok(json) => Answer { stdout: format!("{json}\n"), stderr, code: 0 },
        Err(error) => {
            Answer { stderr: format!("{stderr}error: {error}\n"), code: 1, ..Answer::default() }
        }
    }
}

use std::io::Write;
use std::process::ExitCode;

use domi_model::{Manifest, Problem, Severity};

use crate::{Crate, Feature, manifest};

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

/// The exit code of a program that was called in a way it does not know.
const USAGE: u8 = 2;

/// Prints the manifest of a feature, by the protocol of plugins: one JSON document on standard
/// output and exit code 0; or what is wrong with it on standard error, and exit code 1.
pub fn run<F: Feature>(of: &Crate) -> ExitCode {
    let pretty = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--pretty" => true,
        _ => {
            eprintln!("usage: {} [--pretty]\nPrints the feature's manifest as JSON.", of.name);
            return ExitCode::from(USAGE);
        }
    };
    let (manifest, problems) = manifest::<F>(of);
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.iter().any(|problem: &Problem| problem.severity == Severity::Error) {
        return ExitCode::FAILURE;
    }
    match print(&manifest, pretty) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot print the manifest: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(manifest: &Manifest, pretty: bool) -> std::io::Result<()> {
    let mut json = if pretty {
        serde_json::to_string_pretty(manifest)?
    } else {
        serde_json::to_string(manifest)?
    };
    json.push('\n');
    let mut out = std::io::stdout().lock();
    out.write_all(json.as_bytes())?;
    out.flush()
}

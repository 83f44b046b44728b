use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::Program;
use serde::Deserialize;

use crate::log::{Log, Said};
use crate::{Nix, NixFailed};

/// How long `nix` may take to stop its builds once it is asked to.
const STOPPING: Duration = Duration::from_secs(20);

/// What was built of an installable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Built {
    /// The derivation's path in the store.
    #[serde(default)]
    pub drv_path: Option<String>,
    /// Its outputs by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, PathBuf>,
}

/// How a build ended, and its output.
#[derive(Debug)]
pub struct Build {
    /// What was built, or why not.
    pub built: Result<Vec<Built>, NixFailed>,
    /// Messages of Nix, and the logs of builds.
    pub log: Log,
    /// A folder for files that builds on this computer leave, even of a killed nix; removed when
    /// this is dropped.
    _left: Option<tempfile::TempDir>,
}

impl Nix {
    /// Builds what the words name (installables and flags), without a link to the result, and shows
    /// messages meanwhile. At a time limit or an interrupt nothing is thrown away: Nix is asked to
    /// stop, and stops its builds.
    pub fn build<W: AsRef<str>>(
        &self,
        words: impl IntoIterator<Item = W>,
        limit: Duration,
        interrupt: &Interrupt,
        mut see: impl FnMut(Said) + Send,
    ) -> Build {
        let words: Vec<String> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let remote = words.iter().any(|word| word == "--builders");
        let mut program = self
            .program(["build", "--no-link", "--json", "--log-format", "internal-json"])
            .args(words)
            .time_limit(limit)
            .grace(STOPPING);
        if remote {
            program = program.env("NIX_SSHOPTS", ssh_options());
        }
        // Build users, if there are any, must be able to enter it.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        let left = tempfile::Builder::new().prefix("domi-").permissions(open).tempdir().ok();
        let program = match &left {
            Some(left) => program.env("TMPDIR", left.path()),
            None => program,
        };
        let mut log = Log::default();
        let outcome = program.run_watched(interrupt, |line| {
            if let Some(said) = log.take(line) {
                see(said);
            }
        });
        let built = match outcome {
            Err(error) => Err(NixFailed::not_run(error)),
            Ok(outcome) if !outcome.success() => Err(NixFailed::Ended {
                command: program.to_string(),
                end: outcome.end,
                message: log.error(),
                said: log.said(),
            }),
            Ok(outcome) => parse(&program, &outcome.stdout),
        };
        Build { built, log, _left: left }
    }

    /// Runs a call that prints JSON.
    ///
    /// # Errors
    /// See [`NixFailed`].
    pub fn read_json<T: for<'de> Deserialize<'de>>(
        &self,
        program: &Program,
        interrupt: &Interrupt,
    ) -> Result<T, NixFailed> {
        parse(program, &self.read(program, interrupt)?)
    }

    /// Runs a call to its end and gives what it printed.
    ///
    /// # Errors
    /// See [`NixFailed`].
    pub fn read(&self, program: &Program, interrupt: &Interrupt) -> Result<Vec<u8>, NixFailed> {
        let outcome = program.run(interrupt).map_err(NixFailed::not_run)?;
        if !outcome.success() {
            return Err(NixFailed::ended(program, &outcome));
        }
        Ok(outcome.stdout)
    }
}

/// Options for `ssh` besides the user's own: nobody can answer its questions, and a builder that
/// does not answer must not use up the time of a build.
fn ssh_options() -> String {
    let given = std::env::var("NIX_SSHOPTS").unwrap_or_default();
    format!("{given} -o BatchMode=yes -o ConnectTimeout=20").trim_start().to_owned()
}

fn parse<T: for<'de> Deserialize<'de>>(program: &Program, text: &[u8]) -> Result<T, NixFailed> {
    serde_json::from_slice(text).map_err(|error| NixFailed::Unreadable {
        command: program.to_string(),
        reason: error.to_string(),
    })
}

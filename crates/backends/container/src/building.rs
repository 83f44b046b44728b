//! What Nix should have built, and has not.

use domi_event::Diagnostics;
use domi_nix_command::Build;
use domi_portable_system::without_nix;
use domi_runner::{Artifacts, Done, Unable};

/// Why a Nix whose store is elsewhere is of no use here.
pub const NO_STORE: &str = "the store of this nix is not on this computer";
/// How much of the log of a failed build a report shows.
const LINES: usize = 100;

/// What a job comes to that needs it, with what the builds have said. `what` was not built.
pub(crate) fn not_built(what: &str, build: &Build, folder: &Artifacts) -> Done {
    folder.keep("nix.log", &build.log.said());
    let (mut said, mut names) = (Vec::new(), Vec::new());
    for drv in build.log.failed() {
        let lines = build.log.of(&drv);
        let name = drv.rsplit('/').next().unwrap_or(&drv).trim_end_matches(".drv");
        folder.keep(&format!("{name}.log"), &(lines.join("\n") + "\n"));
        said.extend(lines[lines.len().saturating_sub(LINES)..].iter().cloned());
        // The name in the store begins with a hash.
        names.push(name.split_once('-').map_or(name, |(_, name)| name).to_owned());
    }
    let mut done: Done = match &build.built {
        Err(failed) => without_nix(failed).into(),
        Ok(_) => Unable::Failed("nix has built nothing".to_owned()).into(),
    };
    if !names.is_empty() {
        let message = format!("{what} cannot be built: nix fails at {}", names.join(", "));
        let said = said.join("\n");
        done.diagnostics = Some(Box::new(Diagnostics { message, said, ..Diagnostics::default() }));
    }
    done
}

use domi_nix_command::NixFailed;
use domi_runner::Unable;

/// Why nothing can be said of a job, where Nix did not say it of the job itself.
pub(crate) fn unable(failed: &NixFailed) -> Unable {
    if matches!(failed, NixFailed::Interrupted) {
        return Unable::Interrupted;
    }
    match failed.problem() {
        Some(problem) => Unable::lacking(&problem),
        None => Unable::from_error(failed, failed.to_string()),
    }
}

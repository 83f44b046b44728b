//! A container, as a test drives it, and what went wrong with one.

use domi_container::{Containers, Error, Image, Machine, StoreError};
use domi_portable_system::Fault;
use domi_runner::Unable;

/// A container, as a test drives it.
pub type Guest = domi_portable_system::Guest<Machine>;

/// Has a test drive a container.
pub fn driven(machine: Machine) -> Guest {
    Guest::new(machine, fault)
}

/// What went wrong with a container. One that is silent does that itself. Who has killed one that
/// has died is not known.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
pub(crate) fn fault(error: Error) -> Fault {
    let console = match &error {
        Error::Hung { log, .. } | Error::Died { log, .. } => log.clone(),
        _ => String::new(),
    };
    let its_own = matches!(error, Error::Hung { .. });
    Fault { message: error.to_string(), console, its_own, unable: unable(&error) }
}

/// Removes what of images is damaged; says what is wrong with the first that is.
pub(crate) fn discard_damaged<'a>(
    containers: &Containers,
    images: impl IntoIterator<Item = &'a Image>,
) -> Result<Option<String>, Unable> {
    let damage = containers.discard_damaged(images).map_err(|error| unable(&error))?;
    Ok(damage.map(|damage| damage.to_string()))
}

/// Why an error of containers leaves a job undecided.
pub(crate) fn unable(error: &Error) -> Unable {
    match error {
        Error::Interrupted => Unable::Interrupted,
        Error::Missing(_) | Error::Packages(_) | Error::Store(StoreError::NoSpace { .. }) => {
            Unable::Missing(error.to_string())
        }
        other => Unable::from_error(other, other.to_string()),
    }
}

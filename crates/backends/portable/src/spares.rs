//! Machines that wait between runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domi_guest::{Error, Machine, Options, Snapshot, Spares};
use domi_portable_system::MachineKind;

/// How many machines of a kind wait.
const WAITING: usize = 2;
/// Of how many kinds machines wait.
const KINDS: usize = 4;

/// Machines that wait between runs, by what they start from.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    by_kind: Mutex<BTreeMap<MachineKind, Waits>>,
}

#[derive(Debug)]
struct Waits {
    /// The key and the digest of what they start from.
    of: (String, String),
    spares: Arc<Spares>,
}

impl Waiting {
    /// One that waits; nothing where none does that is of this very snapshot.
    pub(crate) fn take(
        &self,
        kind: &MachineKind,
        snapshot: &Snapshot,
        options: &Options,
    ) -> Option<Result<Machine, Error>> {
        let spares = {
            let by_kind = self.lock();
            let waits = by_kind.get(kind).filter(|waits| waits.of == of(snapshot))?;
            Arc::clone(&waits.spares)
        };
        if options.network.is_some() || options.store.is_some() || spares.to_come() == 0 {
            return None;
        }
        match spares.take(options) {
            Err(Error::Interrupted) => Some(Err(Error::Interrupted)),
            Ok(machine) => Some(Ok(machine)),
            // One that is restored now says what is wrong.
            Err(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<MachineKind, Waits>> {
        self.by_kind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nothing be used that waits.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// Has as many wait as the last run wanted of each kind, and none of other kinds if these are
    /// many. Consoles of what waits are written below a folder.
    pub(crate) fn restore(&self, wanted: Vec<(MachineKind, Snapshot, usize)>, folder: &Path) {
        let mut by_kind = self.lock();
        let last = |kind: &MachineKind| wanted.iter().any(|(of, ..)| of == kind);
        if by_kind.len() + wanted.len() > KINDS {
            by_kind.retain(|kind, _| last(kind));
        }
        for (kind, snapshot, count) in wanted.into_iter().take(KINDS) {
            if by_kind.get(&kind).is_none_or(|waits| waits.of != of(&snapshot)) {
                // Where that fails, the next run restores its own.
                let Ok(spares) = Spares::none(&snapshot, folder, WAITING) else { continue };
                let waits = Waits { of: of(&snapshot), spares: Arc::new(spares) };
                by_kind.insert(kind.clone(), waits);
            }
            if let Some(Waits { spares, .. }) = by_kind.get(&kind) {
                spares.restore_more(count.min(WAITING).saturating_sub(spares.to_come()));
            }
        }
    }
}

fn of(snapshot: &Snapshot) -> (String, String) {
    (snapshot.key().to_owned(), snapshot.digest().to_owned())
}

//! What may run tests: one line for each backend.

use std::path::PathBuf;

use domi_backend_container::Container;
use domi_backend_nixos::{Here, Nixos};
use domi_backend_portable::Portable;
use domi_runner::Backends;

/// All backends, given what there is here for those on NixOS.
pub(crate) fn all(nixos: Here) -> Backends {
    let backends = ours();
    Nixos::all(nixos).into_iter().fold(backends, Backends::with)
}

/// Those that need nothing which has to be looked for first.
pub(crate) fn ours() -> Backends {
    Backends::default().with(Portable::default())
}

/// These and containers, where someone allows them.
pub(crate) fn with_containers(backends: Backends, cache: PathBuf) -> Backends {
    backends.with(Container::planned(cache))
}

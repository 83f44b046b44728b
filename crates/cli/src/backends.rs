//! What runs the jobs of a plan: one line for each backend.

use domi_backend_nixos::Nixos;
use domi_backend_portable::{Portable, PortableOptions};
use domi_event::Event;
use domi_runner::{Backend, BackendKind, Backends, Plan, RunOptions, Summary};

/// Runs a plan on the backends that there are.
pub(crate) fn run(
    plan: &Plan,
    options: &RunOptions,
    portable: &PortableOptions,
    see: &mut dyn FnMut(&Event),
) -> anyhow::Result<Summary> {
    let portable = Portable::new(options, portable);
    let nixos = plan.here.nix.iter().flat_map(|with| {
        [BackendKind::Eval, BackendKind::NixosContainer, BackendKind::NixosVm]
            .map(|kind| (kind, Nixos::new(kind, with, plan, options)))
    });
    let nixos: Vec<_> = nixos.collect();
    let mut backends: Backends = [(BackendKind::Portable, &portable as &dyn Backend)].into();
    backends.extend(nixos.iter().map(|(kind, backend)| (*kind, backend as &dyn Backend)));
    domi_runner::run(&backends, plan, options, see)
}

//! Nix, as it is asked for and as this computer has it.

use std::time::Duration;

use domi_backend_container::Native;
use domi_backend_nixos::{Here, WithNix};
use domi_backend_portable::{NixosOptions, NixosSnapshot};
use domi_guest::Accel;
use domi_model::Problem;
use domi_nix_command::{Builds, Flake, NIXPKGS, NO_FLAKE, Nix};
use domi_portable_system::nixos::OwnNix;
use domi_runner::{BackendKind, Backends};

use crate::context::Context;
use crate::failure::Result;
use crate::request::{GuestRequest, NixRequest, RunRequest};
use crate::setup::{self, Wanted};
use crate::{backends, guests};

/// How long it may take to build what a test or a system needs, which may be a whole NixOS.
pub(crate) const BUILD_LIMIT: Duration = Duration::from_secs(6 * 60 * 60);

/// The flake of the workspace and a nix, of any version, or what is missing of these.
pub(crate) fn of_any_version(
    context: &Context,
    request: &NixRequest,
) -> Result<std::result::Result<(Nix, Flake), Problem>> {
    let Some(flake) = Flake::of(context.root.as_std_path()) else {
        let problem = Problem::error(NO_FLAKE, context.root.as_str(), "no flake.nix here")
            .next("use --backend portable, or write a flake.nix");
        return Ok(Err(problem));
    };
    Ok(Nix::find(&context.interrupt)?.map(|nix| (nix, request.applied_to(flake))))
}

/// The flake of the workspace and a nix that evaluates it, or what is missing of these.
pub(crate) fn find(
    context: &Context,
    request: &NixRequest,
) -> Result<std::result::Result<WithNix, Problem>> {
    let (nix, flake) = match of_any_version(context, request)? {
        Ok(found) => found,
        Err(problem) => return Ok(Err(problem)),
    };
    if let Some(problem) = nix.too_old(NIXPKGS, "nixpkgs") {
        return Ok(Err(problem));
    }
    let capabilities = nix
        .capabilities(request.builders.as_deref(), &context.interrupt)
        .map_err(anyhow::Error::new)?;
    Ok(Ok(WithNix {
        nix,
        capabilities,
        flake,
        builders: request.builders.clone(),
        no_containers: domi_nix::no_containers,
        build_limit: BUILD_LIMIT,
    }))
}

/// What may run tests here: containers only where they are allowed or asked for.
pub(crate) fn backends(context: &Context, request: &RunRequest) -> Result<Backends> {
    match request.backend {
        Some(BackendKind::NIXOS_NATIVE) => return native(context, request),
        Some(BackendKind::NIXOS_SNAPSHOT) => return snapshot(context, request),
        _ => {}
    }
    let backends = machines(context, request)?;
    let allowed = request.containers && request.backend.is_none();
    let asked = request.asks_for_containers();
    if !allowed && !asked {
        return Ok(backends);
    }
    match request.plan {
        true => {}
        false if asked => setup::ensure(context, &Wanted::containers(), request.install)?,
        // A machine does as well.
        false => setup::suggest(context, &Wanted::containers(), request.install)?,
    }
    Ok(backends::with_containers(backends, domi_host::dirs::cache()?))
}

/// NixOS in containers of ours, which nobody gets who does not ask for it. Refusals are evaluated.
fn native(context: &Context, request: &RunRequest) -> Result<Backends> {
    if !request.plan {
        setup::ensure(context, &Wanted::containers(), request.install)?;
    }
    let (backends, nix) = with_own_nix(context, request)?;
    Ok(backends.with(Native::new(domi_host::dirs::cache()?, nix)))
}

/// NixOS in machines of ours, which nobody gets who does not ask for it either.
fn snapshot(context: &Context, request: &RunRequest) -> Result<Backends> {
    if !request.plan {
        let systems = setup::systems(&request.choice.system);
        setup::ensure(context, &Wanted::with_stores(systems), request.install)?;
    }
    let (backends, nix) = with_own_nix(context, request)?;
    let options = NixosOptions { guest: guests::of_nixos(&request.guest)?, cold: request.cold };
    Ok(backends.with(NixosSnapshot::new(nix, options)))
}

/// All backends but those that nobody gets who does not ask for them, and the Nix that builds systems for these.
fn with_own_nix(
    context: &Context,
    request: &RunRequest,
) -> Result<(Backends, std::result::Result<OwnNix, Problem>)> {
    let nix = find(context, &request.nix)?;
    let own = nix.clone().map(|with| OwnNix {
        nix: with.nix,
        flake: with.flake,
        builders: with.builders,
        capabilities: with.capabilities,
        build_limit: with.build_limit,
    });
    let here = Here { nix, kvm_broken: None, allow_tcg: request.allow_tcg };
    Ok((backends::all(here), own))
}

/// The other backends. KVM is tried only where it might be used.
fn machines(context: &Context, request: &RunRequest) -> Result<Backends> {
    let backend = request.backend;
    let ours = [BackendKind::PORTABLE, BackendKind::PORTABLE_CONTAINER];
    if request.both_lanes || backend.is_some_and(|backend| ours.contains(&backend)) {
        return Ok(backends::ours());
    }
    let nix = find(context, &request.nix)?;
    let may_use_kvm = backend.is_none_or(|backend| backend == BackendKind::NIXOS_VM)
        && nix.as_ref().is_ok_and(builds_here_with_kvm);
    let kvm_broken = if may_use_kvm { kvm_broken(context, &request.guest) } else { None };
    Ok(backends::all(Here { nix, kvm_broken, allow_tcg: request.allow_tcg }))
}

fn builds_here_with_kvm(with: &WithNix) -> bool {
    let system = domi_runner::host_system().map_or("", |system| system.as_str());
    with.capabilities.builds(system, &["kvm", "nixos-test"]) == Some(Builds::Here)
}

/// Why KVM does not work although Nix believes it does; nothing where it works, or where a
/// computer has not what it takes to try.
fn kvm_broken(context: &Context, guest: &GuestRequest) -> Option<String> {
    let settings = guests::settings(context, guest).ok()?;
    if !domi_guest::missing_tools(settings.architecture).is_empty() {
        return None;
    }
    let acceleration = guests::open(context, guest).ok()?.acceleration(&|_| ()).ok()?;
    let why = acceleration.reason.trim_end_matches(", emulating").to_owned();
    (acceleration.accel == Accel::Tcg).then_some(why)
}

//! Guests, as they are asked for and as this computer can have them.

mod release;

use domi_debian::{Architecture, Distribution};
use domi_guest::{Guests, Settings};
use domi_model::Platform;

use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;

/// The settings of guests like this computer.
pub(crate) fn settings(context: &Context, request: &GuestRequest) -> Result<Settings> {
    let architecture = architecture()?;
    let distribution = release::of(context, request, architecture)?;
    Ok(with_size(Settings::new(architecture, distribution), request))
}

/// The settings of machines that run NixOS. Nothing of Debian is in them; KVM is tried with a kernel of this release.
pub(crate) fn of_nixos(request: &GuestRequest) -> Result<Settings> {
    let debian = Distribution::named("debian", "trixie")?;
    Ok(with_size(Settings::new(architecture()?, debian), request))
}

fn with_size(settings: Settings, request: &GuestRequest) -> Settings {
    Settings {
        memory_mib: request.memory_mib.unwrap_or(settings.memory_mib),
        cpus: request.cpus.unwrap_or(settings.cpus),
        ..settings
    }
}

/// The store of images and layers, for what is in it already.
pub(crate) fn stored(context: &Context) -> Result<Guests> {
    // Nothing is made, so nobody need know what from.
    let distribution = Distribution::named("debian", "stable")?;
    open_with(context, Settings::new(architecture()?, distribution))
}

/// The store of images and layers, for guests like this computer.
pub(crate) fn open(context: &Context, request: &GuestRequest) -> Result<Guests> {
    open_with(context, settings(context, request)?)
}

/// The settings of guests of a system.
pub(crate) fn settings_for(
    context: &Context,
    request: &GuestRequest,
    system: Platform,
) -> Result<Settings> {
    let architecture = match system {
        Platform::X86_64Linux => Architecture::X86_64,
        Platform::Aarch64Linux => Architecture::Aarch64,
    };
    Ok(Settings { architecture, ..settings(context, request)? })
}

/// The store of images and layers, for guests of a system.
pub(crate) fn open_for(
    context: &Context,
    request: &GuestRequest,
    system: Platform,
) -> Result<Guests> {
    open_with(context, settings_for(context, request, system)?)
}

/// The store of images and layers, for guests with these settings.
pub(crate) fn open_with(context: &Context, settings: Settings) -> Result<Guests> {
    Ok(Guests::open(&domi_host::dirs::cache()?, settings, context.interrupt.clone())?)
}

fn architecture() -> Result<Architecture> {
    match std::env::consts::ARCH {
        "x86_64" => Ok(Architecture::X86_64),
        "aarch64" => Ok(Architecture::Aarch64),
        other => Err(anyhow::anyhow!("there are no guests for {other} computers").into()),
    }
}

/// A feature, as the runner wants it.
pub(crate) fn loaded(feature: domi_plugin::Feature) -> domi_runner::Loaded {
    let crate_dir = feature.folder.into_std_path_buf();
    domi_runner::Loaded { manifest: feature.manifest, crate_dir }
}

//! Which tests can run on NixOS here, and why others cannot.

use domi_model::{Manifest, Platform, Problem, Run, Test};
use domi_nix_command::{Builds, NO_BUILDER, TOO_OLD};
use domi_runner::{BackendKind, Beside, NO_PREVIOUS_ON_NIXOS, Offer, Refused, Wanted};

use crate::here::{CONTAINER, Here, WithNix};

/// Whether a test can be evaluated.
pub(crate) fn eval(here: &Here, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
    usable_nix(here, BackendKind::EVAL, wanted).map(|_| Offer::default())
}

/// Whether a test can run in virtual machines.
pub(crate) fn vm(here: &Here, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
    let with = usable_nix(here, BackendKind::NIXOS_VM, wanted)?;
    let version = format!("nix {}", with.nix.version());
    let no_vm = match here.vm_builder(wanted.system) {
        Ok(builds) => {
            let at = at(&builds);
            return Ok(Offer {
                why: format!("{version} and KVM{at}"),
                brief: format!("KVM{at}"),
                how: format!(", with KVM{at}"),
                slow: false,
            });
        }
        Err(problem) => problem,
    };
    if here.allow_tcg {
        let builds = with.capabilities.builds(wanted.system.as_str(), &[]);
        let builds = builds.ok_or_else(|| no_builder(wanted.system, "or without KVM"))?;
        let at = at(&builds);
        return Ok(Offer {
            why: format!("{version}, emulating{at}; {}", no_vm.message),
            brief: format!("emulating{at}"),
            how: format!(", emulating{at}"),
            slow: true,
        });
    }
    let why = format!("{version}, but {}", no_vm.message);
    let brief = if here.kvm_broken.is_some() { "KVM does not work" } else { "Nix without KVM" };
    Err(Refused { problem: no_vm, why, brief: brief.to_owned(), none_here: false })
}

/// Whether a test can run in containers.
pub(crate) fn container(here: &Here, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
    let with = usable_nix(here, BackendKind::NIXOS_CONTAINER, wanted)?;
    let Some(builds) = with.capabilities.builds(wanted.system.as_str(), &CONTAINER) else {
        return Err(no_builder(wanted.system, "the system feature uid-range"));
    };
    let at = at(&builds);
    if let Some(why) = no_container(with, wanted.manifest, wanted.test, wanted.beside) {
        // Who asked for it is told that it is skipped, with the reason.
        return match wanted.asked {
            Some(BackendKind::NIXOS_CONTAINER) => Ok(Offer::default()),
            _ => Err(Problem::error(NO_BUILDER, &wanted.test.name, why)
                .next("run it in machines: `--backend nixos-vm` or `--backend portable`")
                .into()),
        };
    }
    let no_vm = here.vm_builder(wanted.system).err().map(|problem| problem.message);
    let no_vm = no_vm.map(|why| format!("; {why}")).unwrap_or_default();
    Ok(Offer {
        why: format!("nix {} with uid-range{at}{no_vm}", with.nix.version()),
        brief: format!("uid-range{at}"),
        how: at,
        slow: false,
    })
}

/// Why a test is run nowhere on NixOS, where it is not.
pub(crate) fn no_test(test: &Test) -> Option<String> {
    let begins = test.run().is_some_and(Run::is_update);
    begins.then(|| NO_PREVIOUS_ON_NIXOS.to_owned())
}

/// Why the test has no variant with containers for machines, where it has none.
pub(crate) fn no_container(
    with: &WithNix,
    manifest: &Manifest,
    test: &Test,
    beside: &[Beside],
) -> Option<String> {
    if let Some(why) = (with.no_containers)(manifest, test) {
        return Some(why);
    }
    // The index of the flake has no variant of such a test either.
    let other = beside.iter().find(|it| it.manifest.may_need_kernel())?;
    let other = &other.manifest.feature.name;
    Some(format!("{other}, beside it, may need a kernel of its own"))
}

/// Nix, for a test that asks for nothing that only our own machines can do.
fn usable_nix<'a>(
    here: &'a Here,
    kind: BackendKind,
    wanted: &Wanted<'_>,
) -> Result<&'a WithNix, Refused> {
    let with = here.nix.as_ref().map_err(|problem| {
        let refused = Refused::from(problem.clone());
        if problem.code == TOO_OLD {
            return Refused { brief: "Nix is too old".to_owned(), ..refused };
        }
        refused
    })?;
    wanted.nothing_for_portable_alone(kind)?;
    Ok(with)
}

fn no_builder(system: Platform, what: &str) -> Refused {
    let message = format!("no builder for {} with {what}", system.as_str());
    let problem = Problem::error(NO_BUILDER, system.as_str(), message);
    problem.next("name one with --builders").into()
}

/// Where that is not here.
fn at(builds: &Builds) -> String {
    match builds {
        Builds::Here => String::new(),
        Builds::At(uri) => format!(" at {uri}"),
    }
}

#[cfg(test)]
mod tests;

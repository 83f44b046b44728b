//! What is checked of this computer.

use anyhow::Result;
use domi_container::Probes;
use domi_guest::{Accel, Acceleration};
use domi_host::dirs;

use super::check::{CACHE, CONTAINERS, Check, DISK, KVM, Kind, TOOLS};
use crate::arguments::Install;
use crate::config::Config;
use crate::context::Context;
use crate::request::GuestRequest;
use crate::setup::{Host, Plan, Wanted, plan, problem, systems};
use crate::{guests, setup};

/// What an image, the layers of a few features and a build take. With less a test run may stop.
const ROOM: u64 = 4 << 30;
/// What tries KVM and containers.
const PROBE: &str = "cargo xtask guest probe";

/// The checks that ask nobody else.
pub(super) fn checks(context: &Context, config: &Config) -> Vec<Check> {
    vec![
        tools(&Host::this()),
        kvm(context, config),
        decided(CONTAINERS, PROBE, containers),
        decided(DISK, "", || disk(context)),
        cache(config),
    ]
}

/// A check, or that it could not be done.
pub(super) fn decided(kind: Kind, fix: &str, check: impl FnOnce() -> Result<Check>) -> Check {
    check().unwrap_or_else(|error| Check::not_run(kind, format!("{error:#}"), fix))
}

fn tools(host: &Host) -> Check {
    let wanted = Wanted { containers: true, ..Wanted::machines(systems(&[])) };
    match plan(host, &wanted, Install::default()) {
        Plan::Ready => Check::green(TOOLS, "nothing is lacking"),
        Plan::Install { lacking, commands, .. } => {
            let reason = format!("this computer lacks {}", setup::list(&lacking));
            Check::red(TOOLS, reason, &setup::shell(&commands))
        }
        plan @ Plan::Impossible { .. } => {
            let problem = problem(&plan);
            Check::red(TOOLS, problem.message, &problem.next)
        }
    }
}

/// By the trial that is kept. None is made: that takes a kernel, which may have to be fetched.
fn kvm(context: &Context, config: &Config) -> Check {
    let found =
        guests::open(context, &GuestRequest::new(config)).map(|guests| guests.acceleration_known());
    match found {
        Ok(Ok(found)) => judged(found),
        Ok(Err(error)) => Check::not_run(KVM, error.to_string(), PROBE),
        Err(failure) => Check::not_run(KVM, failure.said(), PROBE),
    }
}

fn judged(found: Option<Acceleration>) -> Check {
    match found {
        Some(found) if found.accel == Accel::Kvm => {
            Check::green(KVM, "a test kernel ran and ended")
        }
        Some(found) => {
            let fix = "let this computer have KVM: virtualisation on in its firmware or, where it is a \
                       machine itself, nested; and this user in the group of /dev/kvm";
            Check::red(KVM, found.reason, fix)
        }
        None => Check::not_run(KVM, "nobody has tried it since this computer started", PROBE),
    }
}

fn containers() -> Result<Check> {
    let fix = format!("see what `{PROBE}` says of each part");
    Ok(match Probes::known(&dirs::cache()?)?.missing() {
        None => Check::green(CONTAINERS, "all that they need is there"),
        Some(missing) => Check::red(CONTAINERS, missing, &fix),
    })
}

fn disk(context: &Context) -> Result<Check> {
    let folders = [dirs::cache()?, context.target().into_std_path_buf()];
    let mut free = Vec::new();
    for folder in folders {
        let there = folder.ancestors().find(|path| path.is_dir()).unwrap_or(&folder);
        free.push((folder.display().to_string(), domi_host::sparse::free_space(there)?));
    }
    Ok(room(&free))
}

fn room(free: &[(String, u64)]) -> Check {
    let gib = |bytes: u64| format!("{}.{} GiB", bytes >> 30, ((bytes % (1 << 30)) * 10) >> 30);
    let of = |(folder, bytes): &(String, u64)| format!("{} for {folder}", gib(*bytes));
    let narrow: Vec<_> = free.iter().filter(|(_, bytes)| *bytes < ROOM).map(of).collect();
    let all: Vec<_> = free.iter().map(of).collect();
    let fix = "make room (`cargo xtask guest prune`, `cargo clean`), or move a folder: DOMI_CACHE, \
               CARGO_TARGET_DIR";
    Check::of(DISK, &narrow, &all.join("; "), fix)
}

/// Whether the folder of a cache is there. One elsewhere is not asked.
fn cache(config: &Config) -> Check {
    let ask = "cargo xtask cache";
    let Some(cache) = &config.cache else {
        return Check::not_run(CACHE, "domi.toml names no cache", "name one: docs/binary-cache.md");
    };
    match cache.missing_folder() {
        Some(problem) => Check::red(CACHE, problem.message, &problem.next),
        None if cache.folder().is_some() => Check::green(CACHE, "its folder is there"),
        None => Check::not_run(CACHE, "it is on another computer, which is not asked here", ask),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[track_caller]
    fn check(found: &Check, state: State, says: &str) {
        assert!(found.state == state && found.reason.contains(says), "{found:?}");
        assert_eq!(found.fix.is_some(), state != State::Green, "{found:?}");
    }

    #[test]
    fn what_a_computer_lacks_is_red_with_the_command_that_brings_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let host = Host {
            path: vec![folder.path().to_owned()],
            os_release: "ID=debian\n".to_owned(),
            is_root: true,
            has_terminal: false,
        };
        check(&tools(&host), State::Red, "is not a Debian");
        use std::os::unix::fs::PermissionsExt;
        let has = |name: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, "").expect("written");
            std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).expect("permitted");
        };
        has("apt-get");
        check(&tools(&host), State::Red, "lacks qemu-system-");
        assert!(tools(&host).fix.is_some_and(|fix| fix.contains("apt-get install")));
        ["qemu-system-x86_64", "qemu-system-aarch64", "mke2fs"].into_iter().for_each(has);
        check(&tools(&host), State::Green, "");
    }

    #[test]
    fn kvm_is_green_only_where_a_kernel_has_run_with_it() {
        let found = |accel| Some(Acceleration { accel, reason: "KVM is odd".to_owned() });
        check(&judged(found(Accel::Kvm)), State::Green, "a test kernel ran");
        check(&judged(found(Accel::Tcg)), State::Red, "KVM is odd");
        check(&judged(None), State::NotRun, "nobody has tried it");
    }

    #[test]
    fn too_little_room_is_red() {
        let free = |target| [("cache".to_owned(), ROOM), ("target".to_owned(), target)];
        check(&room(&free(ROOM)), State::Green, "4.0 GiB for target");
        check(&room(&free(ROOM - (1 << 29))), State::Red, "3.5 GiB for target");
    }

    #[test]
    fn a_cache_whose_folder_is_gone_is_red() {
        let folder = tempfile::tempdir().expect("a folder");
        let named =
            |url: &str| Config { cache: Some(url.parse().expect("a cache")), ..Config::default() };
        let there = format!("file://{}", folder.path().display());
        check(&cache(&named(&there)), State::Green, "");
        check(&cache(&named(&format!("{there}/gone"))), State::Red, "");
        check(&cache(&named("https://cache.example.org")), State::NotRun, "another computer");
        check(&cache(&Config::default()), State::NotRun, "no cache");
    }
}

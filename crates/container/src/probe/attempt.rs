//! One attempt for each thing that a container needs.

use std::path::Path;
use std::time::Duration;

use domi_host::Interrupt;
use rustix::mount::MountFlags;
use rustix::thread::UnshareFlags;

use crate::card;
use crate::cgroup::Cgroup;
use crate::disk::Upper;
use crate::ids::Mapping;
use crate::inside;
use crate::job::Job;
use crate::plan::{Exec, OWN, Plan, folder, mount, text_of};
use crate::step::Step;
use crate::{Error, Result};

/// What an attempt comes to: what was found, or what is missing.
type Outcome<T = String> = Result<T, String>;

const PATH: &str = "PATH=/usr/bin:/bin";
/// How long an attempt may take.
const LIMIT: Duration = Duration::from_secs(20);

pub(super) fn ids(mapping: &Mapping) -> Outcome {
    let allow = "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), \
                 sudo sysctl kernel.unprivileged_userns_clone=1 (Debian), or \
                 sudo sysctl user.max_user_namespaces=15000";
    let script = "chown 65534:65534 . && chown 0:0 .";
    run(mapping, vec![], vec![], 0, script)
        .map_err(|error| format!("a user namespace with users of its own: {error}: {allow}"))?;
    let (root, _) = mapping.root();
    Ok(format!("its root is user {root} here"))
}

pub(super) fn file_systems(mapping: &Mapping) -> Outcome {
    let mut steps: Vec<Step> = ["proc", "sys", "dev", "run"].map(folder).into();
    steps.extend(inside::file_systems());
    run(mapping, vec![], steps, OWN, "test -e proc/self && : >dev/null && test -e dev/pts/ptmx")
        .map_err(|error| {
            format!(
                "{error}: in a container of docker, start that with \
                 --security-opt systempaths=unconfined --security-opt seccomp=unconfined"
            )
        })?;
    Ok("they can be mounted".to_owned())
}

/// The settings that can be written in a container, by their paths.
pub(super) fn settings(mapping: &Mapping) -> Outcome<Vec<String>> {
    let mut steps: Vec<Step> = ["proc", "sys", "dev", "run"].map(folder).into();
    steps.extend(inside::file_systems());
    steps.push(Step::Enter(text_of("proc/sys")));
    // What the kernel lets root do it says to who asks; nothing is opened.
    let script = "find . -type f -writable -printf '%P\\n' 2>/dev/null";
    let said = said(mapping, plan(vec![], steps, OWN, script)).map_err(|e| e.to_string())?;
    let shown = |name: &&str| *name != "kernel/random/boot_id";
    Ok(said.lines().filter(shown).map(str::to_owned).collect())
}

pub(super) fn cgroup(mapping: &Mapping) -> Outcome {
    let how = "start the tool by systemd-run --user --scope -p Delegate=yes -- COMMAND; \
               as root, sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup";
    let attempt = || -> Result<()> {
        let cgroup = Cgroup::make(mapping)?;
        let mut plan = plan(vec![], vec![], OWN, "mkdir c/a && echo 0 >c/a/cgroup.procs");
        let procs = plan.keep(cgroup.procs()?);
        let own = Step::Unshare(UnshareFlags::NEWCGROUP, "a cgroup namespace");
        plan.program.splice(
            0..0,
            [
                Step::JoinCgroup(procs),
                own,
                folder("c"),
                mount("cgroup2", "c", MountFlags::empty(), ""),
            ],
        );
        finish(mapping, plan)
    };
    attempt().map_err(|error| format!("{error}: {how}"))?;
    Ok("it can be made and divided".to_owned())
}

/// Tries a disk in memory, and where that fails one in a folder.
pub(super) fn disk(mapping: &Mapping, cache: &Path) -> Outcome<(Upper, String)> {
    // A folder that goes and comes again must not show what is below it.
    let script = "set -e; cd root; rm -r d; test ! -e d; mkdir d; test -z \"$(ls d)\"; mv d e";
    let lower = || {
        vec![
            folder("lower"),
            folder("lower/d"),
            Step::File { at: text_of("lower/d/f"), mode: 0o644, text: b"below".into() },
        ]
    };
    let over = |upper: &str| {
        let options =
            format!("lowerdir=lower,upperdir={upper}/upper,workdir={upper}/work,userxattr");
        vec![folder("root"), mount("overlay", "root", MountFlags::empty(), &options)]
    };
    let mut steps = lower();
    steps.extend(["m", "m/upper", "m/work"].map(folder));
    steps.extend(over("m"));
    let in_memory = match run(mapping, steps, vec![], OWN, script) {
        Ok(()) => return Ok((Upper::Memory, "in memory".to_owned())),
        Err(error) => error,
    };
    let in_folder = || -> Result<()> {
        let place = tempfile::tempdir_in(cache).map_err(Error::from)?;
        for name in ["upper", "work"] {
            mapping.make_folder(&place.path().join(name))?;
        }
        let mut plan = Plan::default();
        let place = plan.begin(cache, &[place.path()], "mode=755,size=4m")?;
        plan.keeper.extend(lower());
        plan.keeper.extend(place.iter().flat_map(|n| over(&format!("/proc/self/fd/{n}"))));
        plan.own = OWN;
        plan.exec = Exec::new(&["/bin/sh", "-c", script], &[PATH]);
        finish(mapping, plan)
    };
    match in_folder() {
        Ok(()) => Ok((Upper::Folder, format!("in a folder, as in memory {in_memory}"))),
        Err(error) => Err(format!(
            "in memory {in_memory}; in {} {error}: keep the cache on ext4, by DOMI_CACHE",
            cache.display()
        )),
    }
}

pub(super) fn card(mapping: &Mapping) -> Outcome {
    card::attempt(mapping)
        .map_err(|error| format!("{error}: sudo modprobe tun && sudo chmod 666 /dev/net/tun"))?;
    Ok("it can be made".to_owned())
}

pub(super) fn controllers(mapping: &Mapping) -> Outcome<Vec<String>> {
    let names = Cgroup::make(mapping).and_then(|cgroup| cgroup.controllers());
    let names = names.map_err(|error| error.to_string())?;
    if names.is_empty() {
        return Err(
            "none: limits of memory and tasks are not kept. With systemd and version 2 of \
                    cgroups alone: systemd-run --user --scope -p Delegate=yes -- COMMAND"
                .to_owned(),
        );
    }
    Ok(names)
}

/// A plan in an empty file system in memory: `made` is done by its keeper, `steps` by what becomes
/// a shell with this script.
fn plan(made: Vec<Step>, steps: Vec<Step>, own: libc::c_int, script: &str) -> Plan {
    let mut plan = Plan::default();
    plan.own = own;
    plan.keeper = vec![
        Step::Unshare(UnshareFlags::NEWNS, "a mount namespace"),
        Step::KeepMounts,
        Step::BecomeRoot,
        mount("tmpfs", "/tmp", MountFlags::NOSUID, "mode=755,size=4m"),
        Step::Enter(text_of("/tmp")),
    ];
    plan.keeper.extend(made);
    plan.program = steps;
    plan.exec = Exec::new(&["/bin/sh", "-c", script], &[PATH]);
    plan
}

fn run(
    mapping: &Mapping,
    made: Vec<Step>,
    steps: Vec<Step>,
    own: libc::c_int,
    script: &str,
) -> Result<()> {
    finish(mapping, plan(made, steps, own, script))
}

fn finish(mapping: &Mapping, plan: Plan) -> Result<()> {
    said(mapping, plan).map(drop)
}

/// What the program of a plan prints.
fn said(mapping: &Mapping, mut plan: Plan) -> Result<String> {
    let log = tempfile::NamedTempFile::new()?;
    let nobody = Interrupt::default();
    let job = Job { mapping, log: log.path(), limit: LIMIT, interrupt: &nobody };
    let output = plan.keep(log.reopen()?);
    plan.program.push(Step::Streams { input: None, output });
    job.run(plan, "the attempt")?;
    Ok(fs_err::read_to_string(log.path())?)
}

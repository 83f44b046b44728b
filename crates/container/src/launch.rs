//! What is done to boot a container, and what it hands over on the way.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use anyhow::Context;
use rustix::fs::FileType;
use rustix::mount::MountFlags;
use rustix::thread::UnshareFlags;

use crate::Result;
use crate::card::Card;
use crate::cgroup::Cgroup;
use crate::inside;
use crate::plan::{Exec, OWN, Plan, folder, mount, text_of};
use crate::step::Step;

/// The first process. systemd takes five changes of mounts a second and then waits; a container
/// that starts many services with mounts of their own would mostly wait.
const INIT: &str = "/usr/lib/systemd/systemd";
const ENVIRONMENT: [&str; 4] = [
    "container=domi",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    "TERM=dumb",
    "SYSTEMD_DEFAULT_MOUNT_RATE_LIMIT_BURST=1000",
];
/// The terminals, in the order in which they are handed over.
const TERMINALS: [&str; 4] = ["dev/console", "dev/hvc0", "dev/hvc1", "dev/vport0p3"];
/// The pipes, likewise.
const PIPES: [&str; 3] = ["dev/vport0p2", "dev/vport0p4", "dev/vport0p5"];

/// What a container is made of.
pub(crate) struct Body<'a> {
    /// The folders of its system, the upper first.
    pub(crate) roots: Vec<PathBuf>,
    /// The folder that all of these are below.
    pub(crate) base: &'a Path,
    /// The folder in which its disk keeps what it writes, or memory.
    pub(crate) disk: Option<&'a Path>,
    /// How much its disk may hold where that is in memory.
    pub(crate) disk_bytes: u64,
    pub(crate) cgroup: &'a Cgroup,
    pub(crate) card: Card,
    /// Files that its disk begins with, by their paths below the root.
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) name: &'a str,
    /// Its first process, where that is not Debian's systemd.
    pub(crate) init: Option<&'a str>,
    /// Whether it has a part of Nix's store, which nobody may change.
    pub(crate) has_store: bool,
}

/// The host's ends of a container's channels.
pub(crate) struct Handed {
    pub(crate) card: Option<OwnedFd>,
    pub(crate) console: OwnedFd,
    pub(crate) shell: OwnedFd,
    pub(crate) terminal: OwnedFd,
    pub(crate) helper: OwnedFd,
    pub(crate) push: OwnedFd,
    pub(crate) out: OwnedFd,
    pub(crate) err: OwnedFd,
    /// The terminals' other ends: one that nobody has open hangs up.
    pub(crate) kept: Vec<OwnedFd>,
}

impl Body<'_> {
    /// The plan: its keeper holds the disk, and each boot is in new namespaces over it.
    pub(crate) fn plan(&self) -> Result<Plan> {
        let mut plan = Plan::default();
        plan.own = OWN;
        let options = self.begin(&mut plan)?;
        plan.keeper.extend(["upper", "work", "root"].map(folder));
        plan.keeper.push(mount("overlay", "root", MountFlags::empty(), &options));
        plan.keeper.extend(self.files.iter().map(|(at, text)| Step::File {
            at: text_of(&format!("root/{at}")),
            mode: 0o644,
            text: text.clone().into(),
        }));
        let procs = plan.keep(self.cgroup.procs()?);
        plan.program = vec![
            Step::JoinCgroup(procs),
            Step::Unshare(UnshareFlags::NEWCGROUP, "a cgroup namespace"),
        ];
        plan.program.extend(self.card.step());
        plan.program.push(Step::Enter(text_of("root")));
        if self.has_store {
            plan.program.push(Step::ReadOnly { at: text_of("nix/store") });
        }
        plan.program.extend(inside::file_systems());
        plan.program.extend(inside::of_a_system());
        plan.program.extend(
            (0..).zip(TERMINALS).map(|(number, at)| Step::Terminal { number, at: text_of(at) }),
        );
        plan.program.extend(PIPES.map(|at| Step::Pipe { at: text_of(at) }));
        plan.program.extend([
            // The kernel's own does not change when a container boots again.
            Step::BootId { at: text_of("../boot-id") },
            Step::Bind {
                from: text_of("../boot-id"),
                at: text_of("proc/sys/kernel/random/boot_id"),
                kind: FileType::RegularFile,
            },
            Step::HostName(self.name.into()),
            Step::Offer,
            Step::ChangeRoot,
            Step::ShareMounts,
            Step::NewSession,
            Step::Console(text_of("/dev/console")),
        ]);
        plan.exec = Exec::new(&[self.init.unwrap_or(INIT)], &ENVIRONMENT);
        Ok(plan)
    }

    /// Begins a plan with the folders of the disk; what to mount it with.
    fn begin(&self, plan: &mut Plan) -> Result<String> {
        let roots = self.roots.iter().map(PathBuf::as_path);
        let folders: Vec<&Path> = roots.chain(self.disk).collect();
        let size = format!("mode=755,size={}", self.disk_bytes);
        let numbers = plan.begin(self.base, &folders, &size)?;
        let named: Vec<String> = numbers.iter().map(|n| format!("/proc/self/fd/{n}")).collect();
        let (lower, disk) = named.split_at(self.roots.len());
        let place = disk.first().map_or_else(String::new, |disk| format!("{disk}/"));
        let lower = lower.join(":");
        Ok(format!("lowerdir={lower},upperdir={place}upper,workdir={place}work,userxattr"))
    }
}

impl Handed {
    /// Sorts what a container has handed over.
    pub(crate) fn sort(card: Card, handed: Vec<OwnedFd>) -> Result<Self> {
        let mut handed = handed.into_iter();
        let card = match card.step() {
            Some(_) => Some(card.opened(next(&mut handed)?)?),
            None => None,
        };
        let mut kept = Vec::new();
        let mut terminal = || {
            let ours = next(&mut handed)?;
            kept.push(next(&mut handed)?);
            Ok::<_, crate::Error>(ours)
        };
        let (console, shell) = (terminal()?, terminal()?);
        let (person, helper) = (terminal()?, terminal()?);
        let (push, out, err) = (next(&mut handed)?, next(&mut handed)?, next(&mut handed)?);
        Ok(Self { card, console, shell, terminal: person, helper, push, out, err, kept })
    }
}

fn next(handed: &mut IntoIter<OwnedFd>) -> Result<OwnedFd> {
    Ok(handed.next().context("a container has handed over too little")?)
}

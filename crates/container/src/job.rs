//! A program that runs in a container to its end: what unpacks, configures and removes.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use domi_host::{Interrupt, tool};
use rustix::fs::FileType;
use rustix::mount::MountFlags;

use crate::ids::Mapping;
use crate::inside;
use crate::keeper::{End, Keeper};
use crate::plan::{Exec, OWN, Plan, folder, mount, open_folder, text_of};
use crate::step::{BOOT_ID, Step};
use crate::{Error, Result};

/// How long a program may go on before the interrupt is looked at again.
const SLICE: Duration = Duration::from_millis(50);
/// How much of a log an error shows.
const LINES: usize = 40;
/// The PATH in a root.
const PATH: &str = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/// Where a program runs, and how long it may.
pub(crate) struct Job<'a> {
    pub(crate) mapping: &'a Mapping,
    /// What the program prints is appended to this file.
    pub(crate) log: &'a Path,
    pub(crate) limit: Duration,
    pub(crate) interrupt: &'a Interrupt,
}

/// The root that a script runs in: folders over each other, the upper of which changes.
pub(crate) struct Root<'a> {
    /// Those below, the upper first.
    pub(crate) below: &'a [&'a Path],
    pub(crate) above: &'a Path,
    /// An empty folder beside the upper one.
    pub(crate) work: &'a Path,
    /// The folder that all are below, and the script's files, too.
    pub(crate) base: &'a Path,
}

impl Job<'_> {
    /// Unpacks an archive into a folder.
    pub(crate) fn unpack(&self, archive: &Path, folder: &Path) -> Result<()> {
        let archive = File::open(archive).context("cannot open the root's archive")?;
        let program = &["tar", "--numeric-owner", "-xpf", "-"];
        self.host_program(program, folder, Some(archive), "unpacking the root")
    }

    /// Removes what is in a folder, whoever it belongs to.
    pub(crate) fn empty(&self, folder: &Path) -> Result<()> {
        let program = &["find", ".", "-mindepth", "1", "-delete"];
        self.host_program(program, folder, None, "removing what was made")
    }

    /// Runs a program of this computer's in a folder, as the container's root.
    fn host_program(
        &self,
        words: &[&str],
        place: &Path,
        input: Option<File>,
        what: &str,
    ) -> Result<()> {
        let program = found(words[0])?;
        let mut plan = Plan::default();
        plan.keeper.push(Step::BecomeRoot);
        let place = plan.keep(open_folder(place)?);
        let input = input.map(|input| plan.keep(input));
        let output = plan.keep(self.output()?);
        plan.program = vec![Step::EnterOpen(place), Step::Streams { input, output }];
        let mut words = words.to_vec();
        let program = program.to_string_lossy();
        words[0] = &program;
        plan.exec = Exec::new(&words, &[PATH]);
        self.run(plan, what)
    }

    /// Runs a script of `/bin/sh` in a root; `files` are in `/run/files` there.
    pub(crate) fn script(&self, root: &Root, script: &str, files: &Path) -> Result<()> {
        let mut plan = Plan::default();
        plan.own = OWN;
        let mut folders = vec![files, root.above, root.work];
        folders.extend(root.below);
        let numbers = plan.begin(root.base, &folders, "mode=755,size=4m")?;
        let named: Vec<String> = numbers.iter().map(|n| format!("/proc/self/fd/{n}")).collect();
        let (above, work, below) = (&named[1], &named[2], named[3..].join(":"));
        let options = format!("lowerdir={below},upperdir={above},workdir={work},userxattr");
        plan.keeper.extend([
            shown(&named[0], "files"),
            folder("root"),
            mount("overlay", "root", MountFlags::empty(), &options),
        ]);
        let output = plan.keep(self.output()?);
        plan.program = vec![Step::Enter(text_of("root"))];
        plan.program.extend(inside::file_systems());
        plan.program.extend([
            Step::File { at: text_of("run/script"), mode: 0o755, text: script.into() },
            shown("../files", "run/files"),
            Step::ChangeRoot,
            Step::Streams { input: None, output },
        ]);
        plan.exec = Exec::new(&["/bin/sh", "/run/script"], &[PATH, "HOME=/root", "LC_ALL=C"]);
        self.run(plan, "configuring the root")
    }

    /// Runs the program of a plan.
    pub(crate) fn run(&self, plan: Plan, what: &str) -> Result<()> {
        let keeper = Keeper::start(self.mapping, plan)?;
        keeper.start_program([0; BOOT_ID])?;
        let begun = Instant::now();
        while !keeper.has_said(SLICE) {
            self.interrupt.check()?;
            if begun.elapsed() > self.limit {
                let log = domi_console::tail(self.log, 0, LINES);
                return Err(Error::Hung { waited: self.limit, log });
            }
        }
        let how = match keeper.end()? {
            End::Exit(0) => return Ok(()),
            End::Exit(code) => format!("exit code {code}"),
            End::Signal(signal) => format!("killed by signal {signal}"),
            End::Lost => "its keeper was killed".to_owned(),
        };
        let log = domi_console::tail(self.log, 0, LINES);
        Err(anyhow::anyhow!("{what} failed ({how}):\n{log}").into())
    }

    fn output(&self) -> Result<OwnedFd> {
        let log = File::options().create(true).append(true).open(self.log);
        Ok(log.with_context(|| format!("cannot write {}", self.log.display()))?.into())
    }
}

fn shown(from: &str, at: &str) -> Step {
    Step::Bind { from: text_of(from), at: text_of(at), kind: FileType::Directory }
}

fn found(name: &str) -> Result<PathBuf> {
    tool::find(name).ok_or_else(|| Error::Missing(format!("{name} is not installed")))
}

//! All that is done to start a program in a container, made before anything of it is done.

use std::ffi::{CString, c_char};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;

use anyhow::Context;
use rustix::fs::{Mode, OFlags};
use rustix::mount::MountFlags;
use rustix::thread::UnshareFlags;

use crate::Result;
use crate::step::Step;

/// What a keeper does, and what the program's process does before it becomes the program.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Done once, by the process that keeps the container.
    pub(crate) keeper: Vec<Step>,
    /// Namespaces that the program's process has of its own from its first moment.
    pub(crate) own: libc::c_int,
    /// Done at each start, by the process that becomes the program.
    pub(crate) program: Vec<Step>,
    pub(crate) exec: Exec,
    kept: Vec<OwnedFd>,
}

/// The namespaces of a system's own, beside that of its users.
pub(crate) const OWN: libc::c_int = libc::CLONE_NEWPID
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNET;

/// A program with what it is told.
#[derive(Debug, Default)]
pub(crate) struct Exec {
    pub(crate) program: CString,
    pub(crate) arguments: Vec<CString>,
    pub(crate) environment: Vec<CString>,
}

impl Plan {
    /// Keeps a file open for the steps; its number there.
    pub(crate) fn keep(&mut self, fd: impl Into<OwnedFd>) -> RawFd {
        let fd = fd.into();
        let raw = fd.as_raw_fd();
        self.kept.push(fd);
        raw
    }

    /// Begins with mounts of its keeper's own, where these folders, which are all below `base`, can
    /// be mounted: their numbers. What follows is in an empty file system in memory, as root.
    pub(crate) fn begin(
        &mut self,
        base: &Path,
        folders: &[&Path],
        options: &str,
    ) -> Result<Vec<RawFd>> {
        // Only the folder it is in comes along into the new namespace. Who is root in there may
        // not walk to it, so that we go there before.
        let place = self.keep(open_folder(base)?);
        self.keeper.push(Step::EnterOpen(place));
        self.keeper.push(Step::Unshare(UnshareFlags::NEWNS, "a mount namespace"));
        self.keeper.push(Step::KeepMounts);
        let mut numbers = Vec::new();
        for folder in folders {
            let number = self.keep(open_folder(folder)?);
            let path = folder
                .strip_prefix(base)
                .with_context(|| format!("{} is not below {}", folder.display(), base.display()))?;
            let path = text_of(&path.to_string_lossy());
            self.keeper.push(Step::Reopen { path, over: number });
            numbers.push(number);
        }
        self.keeper.extend([
            Step::BecomeRoot,
            mount("tmpfs", "/tmp", MountFlags::NOSUID, options),
            Step::Enter(text_of("/tmp")),
        ]);
        Ok(numbers)
    }

    /// The numbers of all files that are kept, and of `control`, in order.
    pub(crate) fn kept(&self, control: RawFd) -> Vec<RawFd> {
        let mut kept: Vec<RawFd> = self.kept.iter().map(AsRawFd::as_raw_fd).collect();
        kept.push(control);
        kept.sort_unstable();
        kept
    }
}

impl Exec {
    /// A program with its arguments, as they are written, and its environment.
    pub(crate) fn new(arguments: &[&str], environment: &[&str]) -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| text_of(text)).collect::<Vec<_>>();
        let arguments = texts(arguments);
        let program = arguments.first().cloned().unwrap_or_default();
        Self { program, arguments, environment: texts(environment) }
    }
}

/// A folder, to be reached by who could not walk to it.
pub(crate) fn open_folder(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(std::io::Error::from);
    Ok(opened.with_context(|| format!("cannot open {}", path.display()))?)
}

/// The step that mounts a file system of this kind.
pub(crate) fn mount(kind: &'static str, at: &str, flags: MountFlags, options: &str) -> Step {
    Step::Mount { kind, at: text_of(at), flags, options: text_of(options) }
}

/// The step that makes a folder.
pub(crate) fn folder(at: &str) -> Step {
    Step::Folder { at: text_of(at), mode: 0o755 }
}

/// Lists of strings as the kernel wants them, valid as long as the strings.
pub(crate) fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}

/// A text for the kernel. One with a NUL character in it ends there.
pub(crate) fn text_of(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

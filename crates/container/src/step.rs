//! What is done on the way into a container, as data: made where memory may be allocated, done
//! where it may not, and told by its number to who can say it in words.

use std::ffi::CString;
use std::fmt;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::thread::{Gid, Uid, UnshareFlags};

use crate::sys::{self, Tap};

/// One thing to do. Paths are below the folder in which it is done.
#[derive(Debug)]
pub(crate) enum Step {
    /// Becomes root of the user namespace, with no other group.
    BecomeRoot,
    /// Leaves namespaces for new ones.
    Unshare(UnshareFlags, &'static str),
    /// Enters the cgroup whose list of processes this is.
    JoinCgroup(RawFd),
    /// What is mounted here stays here, and what is mounted elsewhere stays there.
    KeepMounts,
    /// What is mounted in the container is seen by its units with mounts of their own. systemd
    /// leaves this to who makes a container; without it credentials never arrive.
    ShareMounts,
    Mount {
        kind: &'static str,
        at: CString,
        flags: MountFlags,
        options: CString,
    },
    /// Shows what is at a place at another one, which is made if it is not there.
    Bind {
        from: CString,
        at: CString,
        kind: FileType,
    },
    /// Lets nobody write below a folder.
    ReadOnly {
        at: CString,
    },
    Folder {
        at: CString,
        mode: u32,
    },
    /// A file with this text in place of what it had.
    File {
        at: CString,
        mode: u32,
        text: Vec<u8>,
    },
    /// A file with the name of this boot.
    BootId {
        at: CString,
    },
    Link {
        at: CString,
        to: CString,
    },
    /// A pipe with a name, whose other end is handed over.
    Pipe {
        at: CString,
    },
    /// A terminal, raw, both ends of which are handed over. They are `dev/pts/0` and on.
    Terminal {
        number: u32,
        at: CString,
    },
    Enter(CString),
    EnterOpen(RawFd),
    /// Opens a folder again, as the file of this number: what was opened before this process had
    /// mounts of its own is of others, and can be neither mounted nor shown.
    Reopen {
        path: CString,
        over: RawFd,
    },
    /// Makes the folder it is in the root of everything, and leaves what was.
    ChangeRoot,
    HostName(Vec<u8>),
    /// A network card, handed over.
    Tap(Tap),
    /// The network namespace, handed over.
    Network,
    /// Gives what is handed over away, and waits until it has arrived.
    Offer,
    NewSession,
    /// This file is standard input, output and error from now on.
    Console(CString),
    /// As the step before, with files that are open; without one to read, there is nothing to read.
    Streams {
        input: Option<RawFd>,
        output: RawFd,
    },
}

/// What steps need and change.
pub(crate) struct Doer {
    control: RawFd,
    boot_id: [u8; BOOT_ID],
    handed: [RawFd; MOST_HANDED],
    count: usize,
}

/// The length of the name of a boot, with its line break.
pub(crate) const BOOT_ID: usize = 37;
/// The most files that are handed over at once.
pub(crate) const MOST_HANDED: usize = 24;
/// What is said when what was handed over has arrived.
pub(crate) const ARRIVED: u8 = b'a';
/// What is said with what is handed over.
pub(crate) const OFFERED: u8 = b'o';

impl Doer {
    pub(crate) fn new(control: RawFd, boot_id: [u8; BOOT_ID]) -> Self {
        Self { control, boot_id, handed: [-1; MOST_HANDED], count: 0 }
    }

    fn hand(&mut self, fd: OwnedFd) -> Result<(), Errno> {
        let place = self.handed.get_mut(self.count).ok_or(Errno::NOBUFS)?;
        *place = fd.into_raw_fd();
        self.count += 1;
        Ok(())
    }

    /// Does one step. Allocates nothing.
    pub(crate) fn step(&mut self, step: &Step) -> Result<(), Errno> {
        match step {
            Step::BecomeRoot => become_root(),
            Step::Unshare(flags, _) => unshare(*flags),
            Step::JoinCgroup(procs) => write_all(*procs, b"0"),
            Step::KeepMounts => propagate(MountPropagationFlags::PRIVATE),
            Step::ShareMounts => propagate(MountPropagationFlags::SHARED),
            Step::Mount { kind, at, flags, options } => {
                rustix::mount::mount(*kind, at.as_c_str(), *kind, *flags, options.as_c_str())
            }
            Step::Bind { from, at, kind } => bind(from, at, *kind),
            Step::ReadOnly { at } => read_only(at),
            Step::Folder { at, mode } => {
                existing(rustix::fs::mkdir(at.as_c_str(), Mode::from_raw_mode(*mode)))
            }
            Step::File { at, mode, text } => write_file(at, *mode, text),
            Step::BootId { at } => write_file(at, 0o444, &self.boot_id),
            Step::Link { at, to } => rustix::fs::symlink(to.as_c_str(), at.as_c_str()),
            Step::Pipe { at } => self.pipe(at),
            Step::Terminal { number, at } => self.terminal(*number, at),
            Step::Enter(path) => rustix::process::chdir(path.as_c_str()),
            // SAFETY: it is open: it is one of those that the plan keeps.
            Step::EnterOpen(fd) => rustix::process::fchdir(unsafe { BorrowedFd::borrow_raw(*fd) }),
            Step::Reopen { path, over } => reopen(path, *over),
            Step::ChangeRoot => change_root(),
            Step::HostName(name) => rustix::system::sethostname(name),
            Step::Tap(tap) => self.tap(*tap),
            Step::Network => {
                let fd = open("/proc/self/ns/net", OFlags::RDONLY)?;
                self.hand(fd)
            }
            Step::Offer => self.offer(),
            Step::NewSession => rustix::process::setsid().map(drop),
            Step::Console(at) => {
                let fd = open(at.as_c_str(), OFlags::RDWR | OFlags::NOCTTY)?;
                rustix::stdio::dup2_stdin(&fd)?;
                rustix::stdio::dup2_stdout(&fd)?;
                rustix::stdio::dup2_stderr(&fd)
            }
            Step::Streams { input, output } => streams(*input, *output),
        }
    }

    fn pipe(&mut self, at: &CString) -> Result<(), Errno> {
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, at.as_c_str(), FileType::Fifo, mode, 0)?;
        // For both directions, so that it never ends when who has the other end does.
        let fd = open(at.as_c_str(), OFlags::RDWR | OFlags::NONBLOCK)?;
        self.hand(fd)
    }

    fn terminal(&mut self, number: u32, at: &CString) -> Result<(), Errno> {
        let ours = open("dev/pts/ptmx", OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK)?;
        rustix::pty::unlockpt(&ours)?;
        // A terminal whose last user closes it hangs up; this one never has its last user.
        let flags = rustix::pty::OpenptFlags::RDWR
            | rustix::pty::OpenptFlags::NOCTTY
            | rustix::pty::OpenptFlags::CLOEXEC;
        let theirs = rustix::pty::ioctl_tiocgptpeer(&ours, flags)?;
        let mut terms = rustix::termios::tcgetattr(&theirs)?;
        terms.make_raw();
        let now = rustix::termios::OptionalActions::Now;
        rustix::termios::tcsetattr(&theirs, now, &terms)?;
        let mut name = *b"dev/pts/0\0";
        name[8] += u8::try_from(number).map_err(|_| Errno::INVAL)?;
        let name = std::ffi::CStr::from_bytes_with_nul(&name).map_err(|_| Errno::INVAL)?;
        bind(name, at, FileType::RegularFile)?;
        self.hand(ours)?;
        self.hand(theirs)
    }

    fn tap(&mut self, tap: Tap) -> Result<(), Errno> {
        let tun = open("/dev/net/tun", OFlags::RDWR | OFlags::NONBLOCK)?;
        sys::make_tap(tun.as_raw_fd(), tap).map_err(|error| errno(&error))?;
        self.hand(tun)
    }

    fn offer(&mut self) -> Result<(), Errno> {
        use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
        // SAFETY: it is open: who made the copy of the process keeps it.
        let control = unsafe { BorrowedFd::borrow_raw(self.control) };
        let mut borrowed = [control; MOST_HANDED];
        for (to, from) in borrowed.iter_mut().zip(&self.handed[..self.count]) {
            // SAFETY: each is open until the end of this function.
            *to = unsafe { BorrowedFd::borrow_raw(*from) };
        }
        let mut space =
            [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_HANDED))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let rights = SendAncillaryMessage::ScmRights(&borrowed[..self.count]);
        if self.count > 0 && !ancillary.push(rights) {
            return Err(Errno::NOBUFS);
        }
        let text = [std::io::IoSlice::new(&[OFFERED])];
        sendmsg(control, &text, &mut ancillary, SendFlags::NOSIGNAL)?;
        for fd in &mut self.handed[..self.count] {
            // SAFETY: it was taken from its owner by `hand`, and is closed once.
            drop(unsafe { OwnedFd::from_raw_fd(*fd) });
            *fd = -1;
        }
        self.count = 0;
        let mut answer = [0; 1];
        loop {
            match rustix::io::read(control, &mut answer) {
                Err(Errno::INTR) => {}
                Ok(1) if answer[0] == ARRIVED => return Ok(()),
                Ok(_) => return Err(Errno::CANCELED),
                Err(error) => return Err(error),
            }
        }
    }
}

fn streams(input: Option<RawFd>, output: RawFd) -> Result<(), Errno> {
    // SAFETY: both are open: they are of those that the plan keeps.
    let borrow = |fd| unsafe { BorrowedFd::borrow_raw(fd) };
    match input {
        Some(input) => rustix::stdio::dup2_stdin(borrow(input))?,
        None => rustix::stdio::dup2_stdin(open("/dev/null", OFlags::RDONLY)?)?,
    }
    rustix::stdio::dup2_stdout(borrow(output))?;
    rustix::stdio::dup2_stderr(borrow(output))
}

/// The error of a call that came through the standard library.
pub(crate) fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error)
}

fn open(path: impl rustix::path::Arg, flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty())
}

fn reopen(path: &std::ffi::CStr, over: RawFd) -> Result<(), Errno> {
    let opened = open(path, OFlags::PATH | OFlags::DIRECTORY)?;
    // SAFETY: it is open: it is one of those that the plan keeps, and is not closed here.
    let over = std::mem::ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(over) });
    sys::replace(&over, &opened).map_err(|error| errno(&error))
}

fn become_root() -> Result<(), Errno> {
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT)?;
    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)
}

fn unshare(flags: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: the process that does this has one thread and shares no table of files.
    unsafe { rustix::thread::unshare_unsafe(flags) }
}

fn propagate(how: MountPropagationFlags) -> Result<(), Errno> {
    rustix::mount::mount_change("/", how | MountPropagationFlags::REC)
}

fn existing(made: Result<(), Errno>) -> Result<(), Errno> {
    match made {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}

fn bind(from: &std::ffi::CStr, at: &std::ffi::CStr, kind: FileType) -> Result<(), Errno> {
    if kind == FileType::Directory {
        existing(rustix::fs::mkdir(at, Mode::from_raw_mode(0o755)))?;
        return rustix::mount::mount_bind_recursive(from, at);
    }
    match rustix::fs::open(
        at,
        OFlags::CREATE | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::from_raw_mode(0o666),
    ) {
        // What is there is only covered, and need not be writable.
        Ok(_) | Err(Errno::ACCESS) => {}
        Err(error) => return Err(error),
    }
    rustix::mount::mount_bind(from, at)
}

fn read_only(at: &std::ffi::CStr) -> Result<(), Errno> {
    rustix::mount::mount_bind(at, at)?;
    rustix::mount::mount_remount(at, MountFlags::BIND | MountFlags::RDONLY, c"")
}

fn write_file(at: &std::ffi::CStr, mode: u32, text: &[u8]) -> Result<(), Errno> {
    let flags = OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::open(at, flags, Mode::from_raw_mode(mode))?;
    write_all(file.as_raw_fd(), text)
}

fn write_all(fd: RawFd, mut text: &[u8]) -> Result<(), Errno> {
    // SAFETY: it is open: its owner is alive in who calls this, or the plan keeps it.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    while !text.is_empty() {
        let written = rustix::io::write(fd, text)?;
        text = &text[written..];
    }
    Ok(())
}

fn change_root() -> Result<(), Errno> {
    rustix::process::pivot_root(".", ".")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH)?;
    rustix::process::chdir("/")
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |path: &CString| path.to_string_lossy().into_owned();
        match self {
            Self::BecomeRoot => f.write_str("become root of the user namespace"),
            Self::Unshare(_, what) => write!(f, "make {what}"),
            Self::JoinCgroup(_) => f.write_str("enter its cgroup"),
            Self::KeepMounts => f.write_str("keep its mounts to itself"),
            Self::ShareMounts => f.write_str("share its mounts with its units"),
            Self::Mount { kind, at, options, .. } if options.is_empty() => {
                write!(f, "mount {kind} at {}", path(at))
            }
            Self::Mount { kind, at, options, .. } => {
                write!(f, "mount {kind} at {} with {}", path(at), path(options))
            }
            Self::Bind { from, at, .. } => write!(f, "show {} at {}", path(from), path(at)),
            Self::ReadOnly { at } => write!(f, "make {} read-only", path(at)),
            Self::Folder { at, .. } => write!(f, "make the folder {}", path(at)),
            Self::File { at, .. } | Self::BootId { at } => write!(f, "write {}", path(at)),
            Self::Link { at, to } => write!(f, "link {} to {}", path(at), path(to)),
            Self::Pipe { at } => write!(f, "make the pipe {}", path(at)),
            Self::Terminal { at, .. } => write!(f, "make the terminal {}", path(at)),
            Self::Enter(at) => write!(f, "enter {}", path(at)),
            Self::EnterOpen(_) => f.write_str("enter its folder"),
            Self::Reopen { path: at, .. } => write!(f, "open {}", path(at)),
            Self::ChangeRoot => f.write_str("change its root"),
            Self::HostName(_) => f.write_str("set its host name"),
            Self::Tap(_) => f.write_str("make a network card of /dev/net/tun"),
            Self::Network => f.write_str("open its network namespace"),
            Self::Offer => f.write_str("hand its channels over"),
            Self::NewSession => f.write_str("begin a session"),
            Self::Console(at) => write!(f, "open {}", path(at)),
            Self::Streams { .. } => f.write_str("write to its log"),
        }
    }
}

//! The process that keeps a container: the first of a process namespace in which the container's
//! own is nested, and outside of everything that the container's root can reach.
//!
//! It holds the container's disk, starts its first process as often as it is told to, and ends
//! with us: its only line to us closes, whatever has killed us, and with the first process of a
//! namespace the kernel kills all others.
//!
//! It is a copy of this process that never becomes another program. So it makes system calls, and
//! nothing else: what it does was written down before (see `plan`).

use std::ffi::c_char;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use anyhow::{Context, anyhow};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, SocketFlags,
    SocketType, recvmsg, send, socketpair,
};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions};

use crate::Result;
use crate::ids::Mapping;
use crate::plan::{Plan, pointers};
use crate::step::{ARRIVED, BOOT_ID, Doer, MOST_HANDED, OFFERED, Step};
use crate::sys;

/// Told to a keeper, with the name of the boot: start the program.
const START: u8 = b's';
/// Told to a keeper: kill the program.
const KILL: u8 = b'k';
/// Told to a keeper: its ids are mapped.
const MAPPED: u8 = b'm';
/// Said by a keeper: its steps are done.
const READY: u8 = b'r';
/// Said by either process, with the number of the step and the error: a step has failed.
const FAILED: u8 = b'f';
/// Said by a keeper, with how: the program has ended.
const ENDED: u8 = b'e';

/// The step of a program's process after the last: to become the program.
const BECOME: u32 = u32::MAX;

/// Our hold on a keeper. What it keeps ends with this.
#[derive(Debug)]
pub(crate) struct Keeper {
    pid: Pid,
    control: OwnedFd,
    plan: Plan,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exit(i32),
    Signal(i32),
    /// Its keeper is gone, and the program with it.
    Lost,
}

impl Keeper {
    /// Makes the process, gives it its ids, and waits until its steps are done.
    pub(crate) fn start(mapping: &Mapping, plan: Plan) -> Result<Self> {
        let (control, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(std::io::Error::from)
                .context("cannot make a socket pair")?;
        let kept = plan.kept(theirs.as_raw_fd());
        let arguments = pointers(&plan.exec.arguments);
        let environment = pointers(&plan.exec.environment);
        let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWPID;
        // SAFETY: the child goes into `keep`, which makes system calls only and never returns.
        let pid = match unsafe { sys::fork_into(flags) } {
            Ok(None) => {
                let program =
                    Program { plan: &plan, arguments: &arguments, environment: &environment };
                keep(&program, theirs.as_raw_fd(), &kept)
            }
            Ok(Some(pid)) => pid,
            Err(error) => {
                return Err(anyhow::Error::new(error)
                    .context("cannot make a user namespace")
                    .into());
            }
        };
        drop(theirs);
        let keeper = Self { pid, control, plan };
        mapping.apply(pid)?;
        keeper.tell(&[MAPPED])?;
        match keeper.hear()?.0 {
            Said::Ready => Ok(keeper),
            said => Err(keeper.unexpected(&said)),
        }
    }

    /// Has the program started, up to where it hands things over: those.
    pub(crate) fn begin(&self, boot_id: [u8; BOOT_ID]) -> Result<Vec<OwnedFd>> {
        self.start_program(boot_id)?;
        match self.hear()? {
            (Said::Offered, handed) => Ok(handed),
            (said, _) => Err(self.unexpected(&said)),
        }
    }

    /// Says that what was handed over has arrived.
    pub(crate) fn go_on(&self) -> Result<()> {
        self.tell(&[ARRIVED])
    }

    /// Has a program started that hands nothing over.
    pub(crate) fn start_program(&self, boot_id: [u8; BOOT_ID]) -> Result<()> {
        let mut message = [0; 1 + BOOT_ID];
        message[0] = START;
        message[1..].copy_from_slice(&boot_id);
        self.tell(&message)
    }

    /// Kills the program, if it runs. That it has ended is heard as always.
    pub(crate) fn kill(&self) -> Result<()> {
        self.tell(&[KILL])
    }

    /// The line to it, to wait on.
    pub(crate) fn line(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd;
        self.control.as_fd()
    }

    /// Waits for the program's end.
    pub(crate) fn end(&self) -> Result<End> {
        match self.hear()?.0 {
            Said::Ended(end) => Ok(end),
            Said::Closed => Ok(End::Lost),
            said => Err(self.unexpected(&said)),
        }
    }

    /// Ends it, and all that it keeps. That is waited for when this is dropped.
    pub(crate) fn close(&self) {
        let _ = rustix::net::shutdown(&self.control, rustix::net::Shutdown::Both);
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    fn tell(&self, message: &[u8]) -> Result<()> {
        send(&self.control, message, SendFlags::NOSIGNAL)
            .map_err(std::io::Error::from)
            .context("the process that keeps a container is gone")?;
        Ok(())
    }

    fn hear(&self) -> Result<(Said, Vec<OwnedFd>)> {
        let mut text = [0; 16];
        let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_HANDED))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let mut into = [IoSliceMut::new(&mut text)];
            match recvmsg(&self.control, &mut into, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
                Err(Errno::INTR) => {}
                other => break other.map_err(std::io::Error::from)?,
            }
        };
        let mut handed = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = message {
                handed.extend(fds);
            }
        }
        Ok((Said::of(&text[..received.bytes]), handed))
    }

    fn unexpected(&self, said: &Said) -> crate::Error {
        let Said::Failed { by_program, step, errno } = said else {
            return anyhow!(
                "the process that keeps a container says what makes no sense: {said:?}"
            )
            .into();
        };
        let steps = if *by_program { &self.plan.program } else { &self.plan.keeper };
        let step = usize::try_from(*step).ok().and_then(|step| steps.get(step));
        let doing = step.map_or_else(
            || format!("start {}", self.plan.exec.program.to_string_lossy()),
            Step::to_string,
        );
        crate::Error::Step { doing, cause: std::io::Error::from_raw_os_error(*errno) }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
        // It is waited for by the kernel until every process in its namespace is gone.
        while let Err(Errno::INTR) = rustix::process::waitpid(Some(self.pid), WaitOptions::empty())
        {
        }
    }
}

/// What is heard from a keeper.
#[derive(Debug)]
enum Said {
    Ready,
    Offered,
    Failed { by_program: bool, step: u32, errno: i32 },
    Ended(End),
    Closed,
    Nonsense,
}

impl Said {
    fn of(text: &[u8]) -> Self {
        let number = |at: usize| {
            text.get(at..at + 4).and_then(|n| n.try_into().ok()).map(i32::from_ne_bytes)
        };
        match (text.first(), text.get(1), number(2), number(6)) {
            (None, ..) => Self::Closed,
            (Some(&READY), ..) => Self::Ready,
            (Some(&OFFERED), ..) => Self::Offered,
            (Some(&FAILED), Some(by), Some(step), Some(errno)) => {
                Self::Failed { by_program: *by == 1, step: step.cast_unsigned(), errno }
            }
            (Some(&ENDED), Some(0), Some(code), _) => Self::Ended(End::Exit(code)),
            (Some(&ENDED), Some(_), Some(signal), _) => Self::Ended(End::Signal(signal)),
            _ => Self::Nonsense,
        }
    }
}

// What follows runs in a copy of this process, where nothing may be allocated.

struct Program<'a> {
    plan: &'a Plan,
    arguments: &'a [*const c_char],
    environment: &'a [*const c_char],
}

/// Ends the process should anything unwind it: it must never run what our caller does next.
struct NeverReturns;

impl Drop for NeverReturns {
    fn drop(&mut self) {
        sys::exit(101);
    }
}

fn report(control: RawFd, kind: u8, detail: u8, one: i32, two: i32) {
    let mut message = [0; 10];
    message[0] = kind;
    message[1] = detail;
    message[2..6].copy_from_slice(&one.to_ne_bytes());
    message[6..].copy_from_slice(&two.to_ne_bytes());
    let _ = send(borrow(control), &message, SendFlags::NOSIGNAL);
}

fn borrow<'a>(fd: RawFd) -> BorrowedFd<'a> {
    // SAFETY: only ever the line to us, which is open as long as the process is.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Reads one message; nothing when there is no one left to send any.
fn read(control: RawFd, into: &mut [u8; 1 + BOOT_ID]) -> Option<usize> {
    loop {
        match rustix::io::read(borrow(control), &mut into[..]) {
            Ok(0) => return None,
            Ok(length) => return Some(length),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

fn keep(program: &Program, control: RawFd, kept: &[RawFd]) -> ! {
    let _never = NeverReturns;
    sys::close_others(kept);
    sys::block_signals(true);
    let _ = rustix::process::setsid();
    rustix::process::umask(rustix::fs::Mode::empty());
    let mut message = [0; 1 + BOOT_ID];
    if read(control, &mut message) != Some(1) || message[0] != MAPPED {
        sys::exit(1);
    }
    let mut doer = Doer::new(control, [0; BOOT_ID]);
    for (at, step) in program.plan.keeper.iter().enumerate() {
        if let Err(error) = doer.step(step) {
            report(control, FAILED, 0, at as i32, error.raw_os_error());
            sys::exit(1);
        }
    }
    report(control, READY, 0, 0, 0);
    let mut running: Option<(Pid, OwnedFd)> = None;
    loop {
        let lines = [
            PollFd::from_borrowed_fd(borrow(control), PollFlags::IN),
            match &running {
                Some((_, process)) => PollFd::new(process, PollFlags::IN),
                None => PollFd::from_borrowed_fd(borrow(control), PollFlags::empty()),
            },
        ];
        let mut lines = lines;
        if poll(&mut lines, None).is_err() {
            continue;
        }
        let [told, ended] = lines.map(|line| !line.revents().is_empty());
        if ended && let Some((pid, process)) = running.take() {
            reap(control, pid, &process);
        }
        if told {
            match read(control, &mut message) {
                None => sys::exit(0),
                Some(_) if message[0] == KILL => {
                    if let Some((_, process)) = &running {
                        let _ = rustix::process::pidfd_send_signal(process, Signal::KILL);
                    }
                }
                Some(length) if length == message.len() && running.is_none() => {
                    let mut boot_id = [0; BOOT_ID];
                    boot_id.copy_from_slice(&message[1..]);
                    running = start(program, control, boot_id);
                }
                Some(_) => {}
            }
        }
    }
}

fn reap(control: RawFd, pid: Pid, _process: &OwnedFd) {
    let end = rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
    let status = end.ok().flatten();
    let exit = status.as_ref().and_then(rustix::process::WaitIdStatus::exit_status);
    match exit {
        Some(code) => report(control, ENDED, 0, code, 0),
        None => {
            let signal =
                status.as_ref().and_then(rustix::process::WaitIdStatus::terminating_signal);
            report(control, ENDED, 1, signal.unwrap_or(0), 0);
        }
    }
}

fn start(program: &Program, control: RawFd, boot_id: [u8; BOOT_ID]) -> Option<(Pid, OwnedFd)> {
    let failed = |error: Errno| {
        report(control, FAILED, 1, BECOME.cast_signed(), error.raw_os_error());
        None
    };
    // It closes when the process has become the program, or has ended: until then the process
    // has the line to us.
    let (become_read, become_write) =
        match rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC) {
            Ok(pipe) => pipe,
            Err(error) => return failed(error),
        };
    // SAFETY: the child goes into `become_program`, which makes system calls only and never
    // returns.
    let pid = match unsafe { sys::fork_into(program.plan.own) } {
        Ok(None) => become_program(program, control, boot_id),
        Ok(Some(pid)) => pid,
        Err(error) => return failed(crate::step::errno(error)),
    };
    drop(become_write);
    let process = match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
        Ok(process) => process,
        Err(error) => return failed(error),
    };
    while let Err(Errno::INTR) = rustix::io::read(&become_read, &mut [0; 1]) {}
    Some((pid, process))
}

fn become_program(program: &Program, control: RawFd, boot_id: [u8; BOOT_ID]) -> ! {
    let _never = NeverReturns;
    let mut doer = Doer::new(control, boot_id);
    for (at, step) in program.plan.program.iter().enumerate() {
        if let Err(error) = doer.step(step) {
            report(control, FAILED, 1, at as i32, error.raw_os_error());
            sys::exit(1);
        }
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    sys::restore_pipe_signal();
    sys::block_signals(false);
    let exec = &program.plan.exec;
    let error = sys::exec(&exec.program, program.arguments, program.environment);
    report(control, FAILED, 1, BECOME.cast_signed(), error.raw_os_error().unwrap_or(0));
    sys::exit(1);
}

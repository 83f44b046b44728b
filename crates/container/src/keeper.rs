//! The process that keeps a container: the first of a process namespace in which the container's
//! own is nested, and outside of everything that the container's root can reach.
//!
//! It holds the container's disk, starts its first process as often as it is told to, and ends
//! with us: its only line to us closes, whatever has killed us, and with the first process of a
//! namespace the kernel kills all others.
//!
//! It is a copy of this process that never becomes another program. So it makes system calls, and
//! nothing else: what it does was written down before (see `plan`).

mod process;
mod words;

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, SocketFlags,
    SocketType, recvmsg, send, socketpair,
};
use rustix::process::{Pid, Signal, WaitOptions};

use self::process::{Program, keep};
pub(crate) use self::words::End;
use self::words::{KILL, MAPPED, START, Said};
use crate::Result;
use crate::ids::Mapping;
use crate::plan::{Plan, pointers};
use crate::step::{ARRIVED, BOOT_ID, MOST_HANDED, Step};
use crate::sys;

/// How long it may take to say anything: what it does are system calls.
const PATIENCE: Duration = Duration::from_secs(60);
const SLICE: Duration = Duration::from_secs(1);

/// Our hold on a keeper. What it keeps ends with this.
#[derive(Debug)]
pub(crate) struct Keeper {
    pid: Pid,
    control: OwnedFd,
    plan: Plan,
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
        keeper.send(&[MAPPED])?;
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
        self.send(&[ARRIVED])
    }

    /// Has a program started that hands nothing over.
    pub(crate) fn start_program(&self, boot_id: [u8; BOOT_ID]) -> Result<()> {
        let mut message = [0; 1 + BOOT_ID];
        message[0] = START;
        message[1..].copy_from_slice(&boot_id);
        self.send(&message)
    }

    /// Kills the program, if it runs. That it has ended is heard as always.
    pub(crate) fn kill(&self) -> Result<()> {
        self.send(&[KILL])
    }

    /// Waits until it has said something; whether it has.
    pub(crate) fn has_said(&self, patience: Duration) -> bool {
        let mut polled = [PollFd::new(&self.control, PollFlags::IN)];
        let patience = Timespec::try_from(patience).expect("a slice of a second fits");
        // A signal counts as nothing having been said.
        let _ = poll(&mut polled, Some(&patience));
        !polled[0].revents().is_empty()
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
        // It would end without this, unless something is wrong with it.
        let _ = rustix::process::kill_process(self.pid, Signal::KILL);
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    fn send(&self, message: &[u8]) -> Result<()> {
        send(&self.control, message, SendFlags::NOSIGNAL)
            .map_err(std::io::Error::from)
            .context("the process that keeps a container is gone")?;
        Ok(())
    }

    fn hear(&self) -> Result<(Said, Vec<OwnedFd>)> {
        let mut text = [0; 16];
        let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_HANDED))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let begun = Instant::now();
        while !self.has_said(SLICE) {
            if begun.elapsed() > PATIENCE {
                return Err(anyhow!("the process that keeps a container says nothing").into());
            }
        }
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

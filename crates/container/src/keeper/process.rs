//! What runs in a copy of this process, where nothing may be allocated.

use std::ffi::c_char;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};

use super::words::{BECOME, ENDED, FAILED, KILL, MAPPED, READY};
use crate::plan::Plan;
use crate::step::{BOOT_ID, Doer};
use crate::sys;

/// What it is to do, with the program's words as the kernel wants them.
pub(super) struct Program<'a> {
    pub(super) plan: &'a Plan,
    pub(super) arguments: &'a [*const c_char],
    pub(super) environment: &'a [*const c_char],
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

/// Is the keeper, until there is no one left to keep anything for.
pub(super) fn keep(program: &Program, control: RawFd, kept: &[RawFd]) -> ! {
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
            drop(process);
            reap(control, pid);
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

fn reap(control: RawFd, pid: Pid) {
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
        Err(error) => return failed(crate::step::errno(&error)),
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

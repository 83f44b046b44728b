//! System calls that no library offers in the form that is needed here: between a fork and an
//! exec in a process with threads, where nothing may be allocated and no lock taken.

use std::ffi::{CStr, c_char};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use rustix::process::Pid;

/// A copy of this process with the namespaces that `flags` name, as fork(2) makes one: the
/// child's process id here, and nothing in the child.
///
/// # Safety
/// Another thread may have held any lock, that of the allocator too, when the copy was made. The
/// child may only make system calls, and must end by [`exit`] or [`exec`].
pub(crate) unsafe fn fork_into(flags: libc::c_int) -> io::Result<Option<Pid>> {
    let flags = libc::c_long::from(flags | libc::SIGCHLD);
    let zero: libc::c_long = 0;
    // SAFETY: without a stack of its own and without shared memory, the child continues on a copy
    // of everything, as after fork(2); the caller keeps to what may be done there.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, zero, zero, zero, zero) };
    match i32::try_from(pid) {
        Ok(0) => Ok(None),
        Ok(pid) if pid > 0 => Ok(Pid::from_raw(pid)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends this process without running anything that was to run at its end.
pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: it takes a number and does not return.
    unsafe { libc::_exit(code) }
}

/// Closes every file but these, which are in order.
pub(crate) fn close_others(kept: &[RawFd]) {
    let close = |first: RawFd, last: u32| {
        if first.cast_unsigned() <= last {
            // SAFETY: who calls this owns nothing but what is kept.
            unsafe { libc::syscall(libc::SYS_close_range, first.cast_unsigned(), last, 0) };
        }
    };
    let mut next = 0;
    for &fd in kept {
        if fd > next {
            close(next, fd.cast_unsigned() - 1);
        }
        next = fd + 1;
    }
    close(next, u32::MAX);
}

/// Blocks every signal, or none.
pub(crate) fn block_signals(all: bool) {
    // SAFETY: the set is made by the first call, and the second only reads it.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        if all {
            libc::sigfillset(&raw mut set);
        } else {
            libc::sigemptyset(&raw mut set);
        }
        libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut());
    }
}

/// What Rust has had ignored is as in any other program again.
pub(crate) fn restore_pipe_signal() {
    // SAFETY: the default action needs no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Replaces this process; returns only when that fails.
pub(crate) fn exec(
    program: &CStr,
    arguments: &[*const c_char],
    environment: &[*const c_char],
) -> io::Error {
    debug_assert!(
        [arguments, environment].iter().all(|list| list.last().is_some_and(|p| p.is_null()))
    );
    // SAFETY: both lists end with a null pointer and point to strings that the caller holds.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

/// Makes of one open file another, for everyone who has it by its number.
pub(crate) fn replace(file: &OwnedFd, by: &OwnedFd) -> io::Result<()> {
    // SAFETY: it is open, and stays so: the number changes what it stands for at once.
    let mut file = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(file.as_raw_fd()) });
    Ok(rustix::io::dup3(by, &mut file, rustix::io::DupFlags::CLOEXEC)?)
}

/// A network card that the kernel is to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tap {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Its hardware address; by chance where there is none.
    pub(crate) address: Option<[u8; 6]>,
}

/// Makes an open `/dev/net/tun` a network card of the namespace it was opened in: whole frames, nothing
/// before them.
pub(crate) fn make_tap(tun: RawFd, tap: Tap) -> io::Result<()> {
    // SAFETY: all zero is a valid request.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(tap.name.bytes()) {
        *to = from.cast_signed() as c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the kernel reads and writes no more than the request.
    if unsafe { libc::ioctl(tun, libc::TUNSETIFF as _, &raw mut request) } < 0 {
        return Err(io::Error::last_os_error());
    }
    let Some(address) = tap.address else { return Ok(()) };
    let mut hardware = libc::sockaddr { sa_family: libc::ARPHRD_ETHER, sa_data: [0; 14] };
    for (to, from) in hardware.sa_data.iter_mut().zip(address) {
        *to = from.cast_signed() as c_char;
    }
    request.ifr_ifru.ifru_hwaddr = hardware;
    // SAFETY: as before.
    let done = unsafe { libc::ioctl(tun, libc::SIOCSIFHWADDR as _, &raw mut request) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

//! What the keeper does: only system calls, and nothing that allocates or waits for a lock.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags, RawDir, open, openat};
use rustix::io::{Errno, read, write};
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, getppid, kill_process, kill_process_group,
    set_child_subreaper, set_parent_process_death_signal, setpgid, wait,
};

/// Tells it to ask the program's group to end.
pub(super) const ASK_TO_END: u8 = b't';

/// Tells it to end the program's group, and to leave what is in other groups alone.
pub(super) const LET_GO: u8 = b'l';

/// How often what is left is looked for, a millisecond apart.
const LOOKS: usize = 5_000;

/// Called in the child that is about to become a program. The child becomes the keeper and does
/// not come back; what comes back is a child of it. `line` leads to us.
pub(super) fn keep(line: RawFd) -> io::Result<()> {
    let keeper = getpid();
    // What has lost its parent becomes the keeper's child.
    set_child_subreaper(Some(keeper))?;
    let before = block_all_signals()?;
    // SAFETY: the child goes on to exec, and the parent, which has one thread, only makes system
    // calls from here on.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            setpgid(None, None)?;
            set_parent_process_death_signal(Some(Signal::KILL))?;
            if getppid() != Some(keeper) {
                return Err(Errno::SRCH.into());
            }
            set_signals(&before)
        }
        program => {
            close_all_but(line);
            // SAFETY: nobody else has this number: all of the tool's others are closed.
            let line = unsafe { OwnedFd::from_raw_fd(line) };
            if let Some(program) = Pid::from_raw(program) {
                watch(line.as_fd(), program);
            }
            // SAFETY: ends this process, and runs nothing of the tool's on the way.
            unsafe { libc::_exit(0) }
        }
    }
}

/// Waits until the program and all below it have ended, or are to end.
fn watch(line: BorrowedFd<'_>, program: Pid) {
    // In its old folder it would keep that from being unmounted.
    let _ = rustix::process::chdir(c"/");
    let Ok(ends) = ends_of_children() else { return end_all(program) };
    loop {
        let mut both = [PollFd::new(&line, PollFlags::IN), PollFd::new(&ends, PollFlags::IN)];
        if poll(&mut both, None).is_err() {
            continue;
        }
        let told = !both[0].revents().is_empty();
        if !both[1].revents().is_empty() {
            let _ = read(&ends, &mut [0; 128]);
            if !reap(|child, status| {
                if child == program {
                    let _ = write(line, &status.to_ne_bytes());
                }
            }) {
                return;
            }
        }
        if !told {
            continue;
        }
        let mut word = [0];
        match read(line, &mut word) {
            Ok(1..) if word[0] == ASK_TO_END => {
                let _ = kill_process_group(program, Signal::TERM);
            }
            Ok(1..) => {
                let _ = kill_process_group(program, Signal::KILL);
                return;
            }
            Ok(0) | Err(_) => return end_all(program),
        }
    }
}

/// Kills all that is below this process.
fn end_all(program: Pid) {
    let _ = kill_process_group(program, Signal::KILL);
    for _ in 0..LOOKS {
        // Those of a child that has ended are children of this process.
        if !reap(|_, _| ()) || kill_children() == 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// Takes notice of children that have ended; says whether any are left.
fn reap(mut ended: impl FnMut(Pid, i32)) -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((child, status))) => ended(child, status.as_raw()),
            Ok(None) | Err(Errno::INTR) => return true,
            Err(_) => return false,
        }
    }
}

/// Kills this process's children, and says how many. One of another user stays.
fn kill_children() -> usize {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(processes) = open(c"/proc", flags, Mode::empty()) else { return 0 };
    let mut room = [MaybeUninit::uninit(); 8 << 10];
    let mut entries = RawDir::new(&processes, &mut room);
    let mut killed = 0;
    while let Some(Ok(entry)) = entries.next() {
        let Some(process) = number(entry.file_name().to_bytes()) else { continue };
        if parent(processes.as_fd(), entry.file_name()) == Some(getpid()) {
            killed += usize::from(kill_process(process, Signal::KILL).is_ok());
        }
    }
    killed
}

/// The parent of a process, which `/proc/<id>/stat` has after the name and the state.
fn parent(processes: BorrowedFd<'_>, process: &CStr) -> Option<Pid> {
    let mut path = [0; 32];
    let (name, rest) = path.split_at_mut_checked(process.count_bytes())?;
    name.copy_from_slice(process.to_bytes());
    rest.get_mut(..5)?.copy_from_slice(b"/stat");
    let path = CStr::from_bytes_until_nul(&path).ok()?;
    let file = openat(processes, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut facts = [0; 512];
    let length = read(&file, &mut facts).ok()?;
    let facts = facts.get(..length)?;
    // A name may have anything in it.
    let after_name = facts.iter().rposition(|byte| *byte == b')')? + 1;
    let mut words =
        facts.get(after_name..)?.split(|byte| *byte == b' ').filter(|it| !it.is_empty());
    number(words.nth(1)?)
}

fn number(digits: &[u8]) -> Option<Pid> {
    let number = digits.iter().try_fold(0_i32, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| i32::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })?;
    Pid::from_raw(number)
}

fn block_all_signals() -> io::Result<libc::sigset_t> {
    let mut all = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both sets are filled by the calls, and read only where these succeed.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        done(libc::sigprocmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()))?;
        Ok(before.assume_init())
    }
}

fn set_signals(to: &libc::sigset_t) -> io::Result<()> {
    // SAFETY: the set is one that the system has given.
    done(unsafe { libc::sigprocmask(libc::SIG_SETMASK, to, std::ptr::null_mut()) }).map(drop)
}

/// A descriptor that can be read when a child has ended. Signals are blocked.
fn ends_of_children() -> io::Result<OwnedFd> {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the set is filled before it is read, and the descriptor is new and ours.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
        Ok(OwnedFd::from_raw_fd(done(libc::signalfd(-1, set.as_ptr(), flags))?))
    }
}

fn done(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Closes what this process has of the tool's: pipes and locks must end without it.
fn close_all_but(one: RawFd) {
    let one = one.cast_unsigned();
    let close = |from: u32, to: u32| {
        // SAFETY: nothing of the tool runs in this process, so nobody uses what is closed.
        if from <= to && unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) } != 0 {
            // A kernel before 5.9.
            for number in from..=to.min(1 << 16) {
                // SAFETY: as above.
                unsafe { libc::close(number.cast_signed()) };
            }
        }
    };
    if let Some(below) = one.checked_sub(1) {
        close(0, below);
    }
    close(one + 1, u32::MAX);
}

//! What every root has that something runs in, whether it is booted or only configured: the file
//! systems that the kernel makes, and devices that touch nothing of this computer.

use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::FileType;
use rustix::mount::MountFlags;

use crate::plan::{folder, mount, text_of};
use crate::step::Step;

/// The devices that every program may expect, with their numbers.
const DEVICES: [(&str, u32, u32); 6] = [
    ("full", 1, 7),
    ("null", 1, 3),
    ("random", 1, 8),
    ("tty", 5, 0),
    ("urandom", 1, 9),
    ("zero", 1, 5),
];
/// What is shown where this computer has it for everyone, and missed by nobody where not.
const FOR_EVERYONE: [&str; 2] = ["fuse", "net/tun"];
/// Links that every `/dev` has.
const LINKS: [(&str, &str); 5] = [
    ("dev/fd", "/proc/self/fd"),
    ("dev/ptmx", "pts/ptmx"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
];

const QUIET: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);
const NO_DEVICES: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// A device that is missing here, or is something else, with what makes it again.
pub(crate) fn bad_device() -> Option<String> {
    DEVICES.iter().find_map(|(name, major, minor)| {
        let path = format!("/dev/{name}");
        let right = std::fs::metadata(&path).is_ok_and(|facts| {
            facts.file_type().is_char_device()
                && facts.rdev() == rustix::fs::makedev(*major, *minor)
        });
        let again = format!("sudo rm -f {path}; sudo mknod -m 666 {path} c {major} {minor}");
        (!right).then(|| format!("{path} is not the device it should be: {again}"))
    })
}

/// The file systems and devices of the root that is the current folder. What they show is of the
/// namespaces that this is done in.
pub(crate) fn file_systems() -> Vec<Step> {
    let mut steps = vec![
        mount("proc", "proc", QUIET, ""),
        // What can be written there, udev would: to this computer's devices.
        mount("sysfs", "sys", QUIET | MountFlags::RDONLY, ""),
        // Not the mode that all may write to: newer kernels refuse ">/dev/null" in such a folder.
        mount("tmpfs", "dev", MountFlags::NOSUID, "mode=755,size=4m"),
        mount("tmpfs", "run", NO_DEVICES, "mode=755"),
    ];
    steps.extend(DEVICES.iter().map(|(name, ..)| device(name)));
    steps.extend(LINKS.iter().map(|(at, to)| Step::Link { at: text_of(at), to: text_of(to) }));
    steps.push(folder("dev/pts"));
    let terminals = "newinstance,ptmxmode=0666,mode=0620,gid=5";
    steps.push(mount("devpts", "dev/pts", MountFlags::NOSUID | MountFlags::NOEXEC, terminals));
    steps.push(folder("dev/shm"));
    steps.push(mount("tmpfs", "dev/shm", NO_DEVICES, "mode=1777"));
    steps
}

/// What a system has that boots, beside that.
pub(crate) fn of_a_system() -> Vec<Step> {
    let mut steps = vec![
        mount("cgroup2", "sys/fs/cgroup", QUIET, ""),
        folder("dev/mqueue"),
        mount("mqueue", "dev/mqueue", QUIET, ""),
        folder("dev/net"),
        folder("run/host"),
        Step::File {
            at: text_of("run/host/container-manager"),
            mode: 0o444,
            text: b"domi\n".into(),
        },
    ];
    steps.extend(FOR_EVERYONE.iter().filter(|name| is_for_everyone(name)).map(|name| device(name)));
    steps
}

fn device(name: &str) -> Step {
    Step::Bind {
        from: text_of(&format!("/dev/{name}")),
        at: text_of(&format!("dev/{name}")),
        kind: FileType::CharacterDevice,
    }
}

/// Whether a device is there and open to who is nobody to this computer, as root in a container is.
pub(crate) fn is_for_everyone(name: &str) -> bool {
    std::fs::metadata(format!("/dev/{name}"))
        .is_ok_and(|facts| facts.file_type().is_char_device() && facts.mode() & 0o6 == 0o6)
}

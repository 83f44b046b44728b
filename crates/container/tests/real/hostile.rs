//! What root in a container does to this computer, which is nothing: a table of attempts.

use std::io::Write;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Child, Command, Stdio};

use crate::common::{Guest, boot, containers};

/// An attempt: what is tried in the container, and what of this computer must be as before.
struct Attempt {
    what: &'static str,
    /// Says `refused`, or what it did.
    tried: &'static str,
    ours: fn() -> String,
}

fn file(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| error.to_string())
}

fn clock() -> String {
    // The day: an hour more or less is not this test's.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    (now.as_secs() / 86_400).to_string()
}

fn cards() -> String {
    let mut cards: Vec<_> = std::fs::read_dir("/sys/class/net")
        .unwrap()
        .map(|card| card.unwrap().file_name())
        .collect();
    cards.sort();
    format!("{cards:?} {}", file("/sys/class/net/lo/flags"))
}

const ATTEMPTS: [Attempt; 20] = [
    Attempt {
        what: "a pattern for core files, by which the kernel would start a program",
        tried: "echo '|/bin/false' >/proc/sys/kernel/core_pattern",
        ours: || file("/proc/sys/kernel/core_pattern"),
    },
    Attempt {
        what: "a setting of memory",
        tried: "echo 7 >/proc/sys/vm/swappiness",
        ours: || file("/proc/sys/vm/swappiness"),
    },
    Attempt {
        what: "a setting of files",
        tried: "echo 12345 >/proc/sys/fs/file-max",
        ours: || file("/proc/sys/fs/file-max"),
    },
    Attempt {
        what: "the program that loads modules",
        tried: "echo /bin/false >/proc/sys/kernel/modprobe",
        ours: || file("/proc/sys/kernel/modprobe"),
    },
    Attempt {
        what: "a setting of the network, which is its own",
        tried: "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.tcp_fin_timeout=7 && echo refused >&2; false",
        ours: || {
            file("/proc/sys/net/ipv4/ip_forward") + &file("/proc/sys/net/ipv4/tcp_fin_timeout")
        },
    },
    Attempt {
        what: "the host name, which is its own",
        tried: "hostname hostile && false",
        ours: || file("/proc/sys/kernel/hostname"),
    },
    Attempt { what: "the clock", tried: "date -s '2001-01-01'", ours: clock },
    Attempt {
        what: "the clock, by the call",
        tried: "perl -e 'exit !(syscall($ENV{CLOCK}, 0, pack(\"qq\", 1000000000, 0)) == 0)'",
        ours: clock,
    },
    Attempt {
        what: "the highest process id, which is its own where it may be set",
        tried: "echo 4000 >/proc/sys/kernel/pid_max; false",
        ours: || file("/proc/sys/kernel/pid_max"),
    },
    Attempt {
        what: "the magic keys",
        tried: "echo h >/proc/sysrq-trigger",
        ours: || file("/proc/sys/kernel/sysrq"),
    },
    Attempt {
        what: "a module",
        tried: "perl -e 'my $m = \"x\" x 64; exit !(syscall($ENV{MODULE}, $m, 64, \"\") == 0 || $! != 1)'",
        ours: || file("/proc/modules"),
    },
    Attempt {
        what: "a device of its own making",
        tried: "for n in '8 0' '253 0' '254 0' '7 0'; do mknod /root/disk b $n && exit 0; done; exit 1",
        ours: || file("/proc/partitions"),
    },
    Attempt {
        what: "memory, and the kernel's log",
        tried: "(: </dev/mem) || test -c /dev/kmsg || dmesg -C",
        ours: String::new,
    },
    Attempt {
        what: "a disk",
        tried: "for disk in $(awk 'NR > 2 { print $4 }' /proc/partitions); do \
                mount -t ext4 /dev/$disk /srv && exit 0; done; exit 1",
        ours: || file("/proc/mounts"),
    },
    Attempt {
        what: "version 1 of cgroups, by which the kernel would start a program",
        tried: "mkdir -p /tmp/c; for c in memory cpu rdma pids devices; do \
                mount -t cgroup -o $c c /tmp/c || continue; cd /tmp/c; mkdir x || echo /bin/true >release_agent || \
                echo 1 >notify_on_release || echo $$ >tasks && exit 0; cd /; umount /tmp/c; done; exit 1",
        ours: || file("/proc/mounts"),
    },
    Attempt {
        what: "what the kernel shows of devices",
        tried: "mount -o remount,rw /sys || true; perl -MFile::Find -e 'my $n = 0; \
                find({ no_chdir => 1, wanted => sub { return if m{^/sys/(fs/cgroup|devices/virtual/net)} && ($File::Find::prune = 1); \
                return unless -f; if (open my $f, q(>>), $_) { print \"$_\\n\"; $n++ } } }, \"/sys\"); exit !$n'",
        ours: String::new,
    },
    Attempt {
        what: "priorities and limits above ours",
        tried: "renice -n -20 $$ || echo -900 >/proc/self/oom_score_adj || ulimit -Hn 999999999",
        ours: String::new,
    },
    Attempt {
        what: "our network cards",
        tried: "ip link set lo down; ip link del eth0; false",
        ours: cards,
    },
    Attempt {
        what: "our firewall",
        tried: "nft 'add table inet hostile' && false",
        ours: || {
            let rules = Command::new("nft").args(["list", "tables"]).output();
            rules.map_or_else(
                |_| String::new(),
                |rules| String::from_utf8_lossy(&rules.stdout).into_owned(),
            )
        },
    },
    Attempt {
        what: "a way out of its root",
        tried: "perl -e 'mkdir \"/tmp/j\"; open my $here, \"<\", \"/\"; chroot \"/tmp/j\"; \
                chdir \"..\" for 1 .. 99; chroot \".\"; exit !(-e $ENV{MARK})'",
        ours: String::new,
    },
];

#[test]
fn root_in_a_container_changes_nothing_out_here() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "hostile", None);
    let mut mark = tempfile::Builder::new().prefix("domi-mark-").tempfile_in("/var/tmp").unwrap();
    mark.write_all(b"ours").unwrap();
    // The numbers of the calls that set the clock and load a module.
    let x86 = std::env::consts::ARCH == "x86_64";
    let (clock_settime, init_module) = if x86 { (227, 175) } else { (112, 105) };
    let mut failed = Vec::new();
    for Attempt { what, tried, ours } in ATTEMPTS {
        let before = ours();
        let mark = mark.path().display();
        let set = format!("export MARK={mark} CLOCK={clock_settime} MODULE={init_module}");
        let output = guest.output(&format!("{set}; {tried}"));
        if output.success() {
            failed.push(format!("{what}: {tried}: {}", String::from_utf8_lossy(&output.stdout)));
        }
        if ours() != before {
            failed.push(format!("{what}: {before:?} has become {:?}", ours()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What a container may set of the kernel's settings: those of namespaces of its own.
const ITS_OWN: [&str; 9] = [
    "net/",
    "user/",
    "fs/mqueue/",
    "kernel/auto_msgmni",
    "kernel/msg",
    "kernel/ns_last_pid",
    "kernel/pid_max",
    "kernel/sem",
    "kernel/shm",
];
/// A file of its own that is shown there.
const SHOWN: &str = "kernel/random/boot_id";

#[test]
fn only_the_settings_of_its_own_namespaces_can_be_opened() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "settings", None);
    let opened = guest.run(
        "cd /proc/sys; find . -type f -printf '%P\\n' | \
         perl -ne 'chomp; print \"$_\\n\" if open my $f, q(>>), $_'",
    );
    assert!(opened.contains("net/ipv4/ip_forward"), "the test opens nothing: {opened}");
    let own = |name: &&str| ITS_OWN.iter().any(|own| name.starts_with(own)) || *name == SHOWN;
    let others: Vec<&str> = opened.lines().filter(|name| !own(name)).collect();
    assert!(others.is_empty(), "{others:?}");
}

struct Ours(Child);

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn our_processes_and_sockets_are_out_of_reach() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "reach", None);
    let mut ours = Ours(Command::new("sleep").arg("600").stdout(Stdio::null()).spawn().unwrap());
    let name = format!("domi-test-{}", std::process::id());
    let _listener =
        UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let marked = tempfile::Builder::new().prefix("domi-mark-").tempdir_in("/var/tmp").unwrap();
    let mark = marked.path().join("mark");
    std::fs::write(&mark, "ours").unwrap();
    let must_fail = |guest: &mut Guest, command: &str| {
        let output = guest.output(command);
        assert!(!output.success(), "{command}: {output:?}");
    };
    must_fail(
        &mut guest,
        &format!(
            "for root in /proc/[0-9]*/root; do cat $root{0} && exit 0; done 2>/dev/null; exit 1",
            mark.display()
        ),
    );
    must_fail(
        &mut guest,
        &format!(
            "perl -MSocket -e 'socket S, PF_UNIX, SOCK_STREAM, 0; \
             exit !connect S, pack(\"Sxa*\", 1, \"{name}\")'"
        ),
    );
    must_fail(
        &mut guest,
        &format!(
            "perl -MSocket -e 'socket S, PF_UNIX, SOCK_STREAM, 0; \
             exit !connect S, pack(\"Sa*\", 1, \"\\0{name}\")'"
        ),
    );
    must_fail(
        &mut guest,
        "ps -e -o comm= | grep -v -e domi-helper -e sleep | grep cargo >/dev/null",
    );
    must_fail(&mut guest, &format!("nsenter -t 1 -m -p test -e {}", mark.display()));
    // Everything that it can kill, and then every number there is.
    let _ = guest.output("kill -9 -1");
    let _ = guest.output("for pid in $(seq 2 70000); do kill -9 $pid; done 2>/dev/null");
    assert!(ours.0.try_wait().unwrap().is_none(), "a process of ours was killed");
    guest.run("true");
    // It moves no process of ours, and no further than its own cgroup.
    must_fail(&mut guest, "echo 1 >/sys/fs/cgroup/../cgroup.procs");
    assert_eq!(guest.run("grep ^0:: /proc/1/cgroup"), "0::/init.scope");
}

/// What makes a container with the same user as ours a different thing.
#[test]
fn its_root_is_nobody_out_here() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "nobody", None);
    let map = guest.run("awk '{ print $1, $2, $3 }' /proc/self/uid_map; cat /proc/self/gid_map");
    let outside: u32 = map.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert_ne!(outside, 0, "{map}");
    let status = file(&format!("/proc/{}/status", guest.machine.pid()));
    let uids = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert_eq!(uids.split_whitespace().nth(1), Some(&*outside.to_string()), "{uids}");
}

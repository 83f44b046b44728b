//! What a container keeps of what units ask for: a table, each with a command that succeeds only
//! when it is kept.

use crate::common::{boot, containers};

/// Properties of a service, and what must be true in it.
const KEPT: [(&str, &str); 21] = [
    ("-p DynamicUser=yes", "test $(id -u) -ge 61184"),
    ("-p DynamicUser=yes -p StateDirectory=s", "touch /var/lib/s/x"),
    ("-p PrivateTmp=yes", "! test -e /tmp/seen"),
    ("-p PrivateNetwork=yes", "test $(ip -o link | wc -l) = 1"),
    ("-p PrivateDevices=yes", "test -c /dev/null && ! test -e /dev/hvc0"),
    ("-p PrivateUsers=yes", "! chown 1000 /run/file"),
    ("-p ProtectSystem=strict", "! touch /etc/x /var/x"),
    ("-p ProtectHome=yes", "! ls /root/file"),
    ("-p ReadOnlyPaths=/run", "! touch /run/x"),
    ("-p InaccessiblePaths=/run/file", "! grep word /run/file"),
    ("-p TemporaryFileSystem=/srv -p BindReadOnlyPaths=/run/file:/srv/f", "grep -q word /srv/f"),
    ("-p ProtectKernelTunables=yes", "! sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'"),
    ("-p NoNewPrivileges=yes", "grep -q 'NoNewPrivs:.1' /proc/self/status"),
    (
        "-p SystemCallFilter=~chmod\\ fchmodat -p SystemCallErrorNumber=EPERM",
        "! chmod 600 /run/file",
    ),
    (
        "-p RestrictAddressFamilies=AF_UNIX",
        "! perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0 or die'",
    ),
    ("-p RestrictNamespaces=yes", "! unshare -n true"),
    (
        // A map of memory to be written and run.
        "-p MemoryDenyWriteExecute=yes",
        "! perl -e 'exit(syscall(`uname -m` =~ /x86/ ? 9 : 222, 0, 4096, 7, 0x22, -1, 0) == -1)'",
    ),
    ("-p CapabilityBoundingSet=", "! chown 1000 /run/file"),
    (
        "-p AmbientCapabilities=CAP_NET_BIND_SERVICE",
        "perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0; bind S, sockaddr_in 81, INADDR_ANY or die'",
    ),
    ("-p LoadCredential=c:/run/file", "grep -q word $CREDENTIALS_DIRECTORY/c"),
    ("-p LimitNOFILE=20", "test $(ulimit -Hn) = 20"),
];

/// What a system does by default.
const DONE: [&str; 6] = [
    "systemd-run -q --on-active=0.1 --timer-property=AccuracySec=1ms touch /run/timed; for i in $(seq 100); do test -e /run/timed && exit 0; sleep 0.05; done; exit 1",
    "echo heard | systemd-cat -t here; journalctl --sync; journalctl -q -t here -o cat | grep heard >/dev/null",
    "sysctl -qw net.ipv4.ip_forward=1 kernel.shmmax=12345678; test $(cat /proc/sys/kernel/shmmax) = 12345678",
    "nft 'add table inet t; add chain inet t o { type filter hook output priority 0; }; add rule inet t o tcp dport 9 counter drop'; nft list ruleset | grep drop >/dev/null",
    "useradd --system tested; su -s /bin/sh tested -c 'test $(id -un) = tested'",
    "systemd-run -q --unit=again -p Restart=always -p RestartSec=0 sleep 1000; \
     kill -9 $(systemctl show -P MainPID again); sleep 0.3; systemctl is-active again",
];

#[test]
fn what_units_ask_for_is_kept() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "keeps", None);
    guest.run("systemctl is-system-running --wait; echo word >/run/file; cp /run/file /root/file; touch /tmp/seen");
    let mut failed = Vec::new();
    for (properties, true_then) in KEPT {
        let quoted = domi_host::command::shell_word(true_then);
        let user = if properties.contains("Ambient") { "-p User=nobody" } else { "" };
        let run = format!("systemd-run -q --wait --pipe {user}");
        // First that it is not so by default: else the row shows nothing.
        if guest.output(&format!("{run} sh -c {quoted}")).success() {
            failed.push(format!("{true_then} is true without {properties}"));
        }
        let command = format!("{run} {properties} sh -c {quoted}");
        let output = guest.output(&command);
        if !output.success() {
            failed.push(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    for command in DONE {
        let output = guest.output(command);
        if !output.success() {
            failed.push(format!("{command}: {output:?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

//! One real container at a time: commands, files, power, failures.

use std::time::Duration;

use crate::common::{boot, containers};
use domi_container::{Cut, Drive, Error, Output};
use domi_machine_tests::{COMMANDS, type_into_a_shell};

const RUNNING: &str = "systemctl is-system-running --wait";

#[test]
fn a_container_boots_to_running_with_its_own_name_and_ids() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "alone", None);
    assert_eq!(guest.run(RUNNING), "running");
    assert_eq!(guest.run("systemctl --failed --no-legend"), "");
    assert_eq!(guest.run("hostname; cat /etc/hostname; id -u"), "alone\nalone\n0");
    assert_eq!(
        guest.run("readlink /proc/1/exe; cat /proc/1/comm"),
        "/usr/lib/systemd/systemd\nsystemd"
    );
    assert_eq!(guest.run("stat -c %a /dev /dev/null; stat -f -c %T /"), "755\n666\noverlayfs");
    // Folders of a Debian that no NixOS has.
    let none = "ls -d /boot /media /mnt /opt /var/local /var/opt 2>/dev/null || true";
    assert_eq!(guest.run(none), "");
    // A journal of its own, and units that need what is particular to systemd.
    guest.run("journalctl -q -b --no-pager | grep 'Reached target basic.target' >/dev/null");
    guest.run(
        "echo secret >/run/secret\n\
         systemd-run --wait -q -p DynamicUser=yes -p StateDirectory=mine -p PrivateTmp=yes \
         -p ProtectSystem=strict -p LoadCredential=word:/run/secret \
         sh -c 'test $(cat $CREDENTIALS_DIRECTORY/word) = secret && touch /var/lib/mine/x && ! touch /etc/x'",
    );
}

#[test]
fn a_command_comes_back_with_its_status_and_both_its_streams() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "alone", None);
    for (command, status, stdout, stderr) in COMMANDS {
        guest.check(command, status, stdout, stderr);
    }
    let long = "x".repeat(200_000);
    guest.check(&format!("echo {long} | wc -c"), 0, b"200001\n", b"");
    let flood = guest.output("head -c 20000000 /dev/zero");
    assert!(flood.truncated && flood.stdout.len() == Output::LIMIT);
    let late = guest.machine.execute("sleep 1000", Duration::from_secs(1)).unwrap();
    assert_eq!(late.cut, Some(Cut::Late));
    let killed = guest.output("echo mine; kill -9 -1");
    assert_eq!((killed.cut, killed.status), (Some(Cut::Shell), 137));
    guest.check("echo well", 0, b"well\n", b"");
}

/// The digest of what is pushed.
const BIG: &str = "d0bae90605f7827e1602b0adec7dfa40";

#[test]
fn a_pushed_archive_is_unpacked_over_what_is_there() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "pushed", None);
    let mut archive = tar::Builder::new(Vec::new());
    let big: Vec<u8> = (0..3_000_000_u32).map(|n| (n * 7 % 251) as u8).collect();
    for (path, content) in [("etc/a", &b"a"[..]), ("var/big", &big)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, path, content).unwrap();
    }
    let output = guest.machine.push(archive.into_inner().unwrap()).unwrap();
    assert!(output.success(), "{output:?}");
    assert_eq!(
        guest.run("cat /etc/a; stat -c '%a %s' /var/big; stat -c %a /etc; md5sum </var/big"),
        format!("a600 3000000\n755\n{BIG}  -")
    );
}

#[test]
fn a_reboot_keeps_the_disk_and_loses_the_rest() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "again", None);
    const MARKS: &str = "cat /proc/sys/kernel/random/boot_id; cat /etc/machine-id; \
                         cat /root/kept; ls /run | grep -c lost || true; ls /usr/share/perl5 | wc -l";
    guest.run(
        "echo kept >/root/kept; touch /run/lost; rm -r /usr/share/perl5; mkdir /usr/share/perl5",
    );
    let before = guest.run(MARKS);
    let before: Vec<&str> = before.lines().collect();
    guest.machine.reboot().unwrap();
    for again in [false, true] {
        let after = guest.run(MARKS);
        let after: Vec<&str> = after.lines().collect();
        assert_ne!(after[0], before[0], "the name of the boot");
        assert_eq!((after[1], after[2], after[3], after[4]), (before[1], "kept", "0", "0"));
        assert_eq!(guest.run(RUNNING), "running");
        if !again {
            guest.machine.shutdown().unwrap();
            assert!(matches!(guest.machine.execute("true", RUN), Err(Error::NotRunning)));
            guest.machine.start().unwrap();
            guest.machine.crash().unwrap();
            guest.machine.start().unwrap();
        }
    }
}

const RUN: Duration = Duration::from_secs(10);

#[test]
fn the_end_of_a_first_process_is_told_with_how() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "ends", None);
    // It may say that it does so before it is done.
    let killed = guest.machine.execute("reboot -f", RUN);
    let killed = killed.and_then(|_| guest.machine.execute("sleep 10", RUN));
    assert!(matches!(killed, Err(Error::Died { .. })), "{killed:?}");
    assert!(!guest.machine.is_running());
    guest.machine.start().unwrap();
    guest.run("true");
}

#[test]
fn a_person_gets_a_shell_on_a_terminal() {
    let Some(containers) = containers() else { return };
    let mut guest = boot(containers, "shell", None);
    type_into_a_shell(&mut guest);
}

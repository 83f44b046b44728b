//! One real machine at a time: commands, files, power, failures.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::time::{Duration, Instant, SystemTime};

use crate::common::{Guest, machines_wanted, options, restore};
use domi_guest::{Cut, Drive, Error, Forward, Left, Machine, Output, QemuState};
use domi_machine_tests::{COMMANDS, LIMIT, type_into_a_shell};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

#[test]
fn a_command_comes_back_with_its_status_and_both_its_streams() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("alone", None);
    for (command, status, stdout, stderr) in COMMANDS {
        guest.check(command, status, stdout, stderr);
    }
}

#[test]
fn a_command_is_strict_about_its_failures() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("strict", None);
    guest.check("false | true; echo not reached", 1, b"", b"");
    guest.check("false; echo not reached", 1, b"", b"");
    assert_eq!(guest.output("echo $no_such_variable").status, 1);
    assert_ne!(guest.output("if then").status, 0);
    assert_eq!(guest.output("no-such-program").status, 127);
    guest.check("echo still here $#", 0, b"still here 0\n", b"");
}

#[test]
fn a_command_lasts_until_its_standard_output_is_closed() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("busy", None);
    guest.check("(sleep 1; echo late) & echo now", 0, b"now\nlate\n", b"");
    guest.check("(sleep 1; echo late) & exit 3", 3, b"late\n", b"");
    guest.check("setsid sh -c 'sleep 1; echo late' & echo now", 0, b"now\nlate\n", b"");
    guest.check("(exec 1>&2; sleep 1000) & echo now", 0, b"now\n", b"");
    guest.check("sleep 1001 >/dev/null & echo now", 0, b"now\n", b"");
    guest.check("echo well", 0, b"well\n", b"");
    assert_eq!(guest.run("pgrep -c sleep"), "2");

    for left in
        ["sleep 1002 & echo mine", "setsid sh -c 'trap : TERM; sleep 1003' 2>&- & echo mine"]
    {
        let output = guest.machine.execute(left, Duration::from_secs(1)).unwrap();
        assert_eq!((output.cut, output.status), (Some(Cut::LeftOpen), 0), "{left}");
        assert!(output.timed_out() && !output.success(), "{left}");
        assert_eq!(output.stdout, b"mine\n");
    }
    // A process that had the pipe of an earlier command now writes to nobody.
    guest.check("pkill -f 1003; sleep 1; echo well", 0, b"well\n", b"");
}

#[test]
fn a_command_that_is_killed_says_so_and_the_machine_goes_on() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("killed", None);
    assert_eq!(guest.output("tail /dev/zero").status, 137);
    guest.check("echo well", 0, b"well\n", b"");
    assert_eq!(guest.run("systemctl is-system-running"), "running");

    let shell = "kill -9 $(systemctl show --property=MainPID --value domi-backdoor.service)";
    for command in [&format!("echo mine; {shell}; sleep 1000"), "kill -9 -1"] {
        let output = guest.output(command);
        assert_eq!((output.cut, output.status), (Some(Cut::Shell), 137), "{command}: {output:?}");
        guest.check("echo well; echo oops >&2; exit 3", 3, b"well\n", b"oops\n");
        assert_eq!(guest.output("pgrep sleep").status, 1);
    }
    // Also while nothing waits for it.
    let another = "another shell reads";
    let pid = "$(systemctl show --property=MainPID --value domi-backdoor.service)";
    let later = format!(
        "old={pid}; sleep 1; kill -9 $old; \
         until new={pid}; [ $new != $old ] && grep -q hvc0 /proc/$new/cmdline; do sleep 0.1; done; \
         echo {another} >/dev/console"
    );
    guest.run(&format!("setsid sh -c '{later}' >/dev/null 2>&1 &"));
    let asked = Instant::now();
    while !guest.machine.serial_tail(20).contains(another) {
        assert!(asked.elapsed() < LIMIT, "{}", guest.machine.serial_tail(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    guest.check("echo well", 0, b"well\n", b"");
    guest.run("pkill perl || true; pkill cat || true; echo well");
}

#[test]
fn names_of_hosts_that_a_system_adds_are_there_after_each_start() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("named", None);
    guest.run("mkdir -p /etc/domi; echo 192.0.2.7 shop.test >/etc/domi/hosts; sync; echo well");
    guest.machine.crash().unwrap();
    guest.machine.start().unwrap();
    guest.check("getent hosts shop.test | tr -s ' '", 0, b"192.0.2.7 shop.test\n", b"");
    guest.check("grep -c 'localhost\\|named' /etc/hosts", 0, b"3\n", b"");
}

const FLOOD: &str = "head -c 20000000 /dev/zero";

#[test]
fn too_much_output_is_cut_and_says_so() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("loud", None);
    let output = guest.output(&format!("{FLOOD} | tr '\\0' y; {FLOOD} | tr '\\0' n >&2; echo end"));
    assert!(output.success() && output.truncated);
    assert_eq!((output.stdout.len(), output.stderr.len()), (Output::LIMIT, Output::LIMIT));
    assert!(output.stdout.iter().all(|c| *c == b'y') && output.stderr.iter().all(|c| *c == b'n'));
    guest.check("echo well", 0, b"well\n", b"");
}

#[test]
fn a_step_that_hangs_is_ended_in_time_and_the_machine_goes_on() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("slow", None);
    for command in ["echo begun; sleep 1000", "trap '' TERM; echo begun; sleep 1000 & wait; wait"] {
        let output = guest.machine.execute(command, Duration::from_secs(1)).unwrap();
        assert_eq!(output.cut, Some(Cut::Late), "{output:?}");
        assert!(output.timed_out() && !output.success(), "{output:?}");
        assert_eq!(output.stdout, b"begun\n");
        assert_eq!(guest.output("pgrep sleep").status, 1);
    }
}

#[test]
fn a_restored_machine_has_the_time_a_journal_and_its_name() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("named", None);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let there: u64 = guest.run("date +%s").parse().unwrap();
    assert!(there.abs_diff(now) < 30, "the guest's clock stands at {there}, ours at {now}");
    assert_eq!(guest.run("hostname; getent hosts named | wc -l"), "named\n1");
    guest.run("logger -t a-test hello; journalctl --sync; systemctl is-system-running");
    assert_eq!(guest.run("journalctl -t a-test -o cat"), "hello");
    // Folders of a Debian that no NixOS has.
    let none = "ls -d /boot /media /mnt /opt /var/local /var/opt 2>/dev/null || true";
    assert_eq!(guest.run(none), "");
}

#[test]
fn a_pushed_archive_is_unpacked_over_what_is_there() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("pushed", None);
    let blob: Vec<u8> = (0..3_000_001_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in [("lib/systemd/system/a.service", &b"[Unit]\n"[..]), ("srv/blob", &blob)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o640);
        archive.append_data(&mut header, path, content).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    for _ in 0..2 {
        let output = guest.machine.push(archive.clone()).unwrap();
        assert!(output.success(), "{output:?}");
    }
    assert_eq!(
        guest.run("stat -c '%U %a %s' /srv/blob; readlink /lib"),
        "root 640 3000001\nusr/lib"
    );
    assert_eq!(guest.run("cat /usr/lib/systemd/system/a.service"), "[Unit]");
    let digest = guest.run("b2sum </srv/blob >/run/one; head -c -1 /srv/blob | b2sum >/run/two; cmp -s /run/one /run/two || md5sum </srv/blob");
    let ours = std::process::Command::new("sh")
        .args(["-c", "md5sum"])
        .stdin(file_with(&blob))
        .output()
        .unwrap();
    assert_eq!(digest.as_bytes(), ours.stdout.trim_ascii_end());
}

fn file_with(content: &[u8]) -> File {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    file
}

#[test]
fn a_guest_that_fills_its_disk_hears_so_and_survives() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("full", None);
    let output = guest.output("fallocate -l 100M /ballast; fallocate -l 100G /rest");
    assert!(!output.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"), "{output:?}");
    guest.run("fallocate -l $(($(df --output=avail -B1 / | tail -1) - 2000000)) /rest || true");
    let pushed = guest.machine.push(big_archive()).unwrap();
    assert!(!pushed.success(), "{pushed:?}");
    guest.machine.push(big_archive()).unwrap_err();
    guest.run("rm -f /ballast /rest; echo x >/root/x; systemctl is-system-running");
}

fn big_archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(8 << 20);
    header.set_mode(0o644);
    archive.append_data(&mut header, "srv/big", &vec![7; 8 << 20][..]).unwrap();
    archive.into_inner().unwrap()
}

#[test]
fn a_reboot_keeps_the_disk_and_loses_the_rest() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("again", None);
    guest.run("echo kept >/root/kept; echo lost >/run/lost");
    let boot = guest.run("cat /proc/sys/kernel/random/boot_id");
    guest.machine.reboot().unwrap();
    assert_eq!(guest.run("cat /root/kept; hostname; test ! -e /run/lost"), "kept\nagain");
    assert_ne!(guest.run("cat /proc/sys/kernel/random/boot_id"), boot);
    assert_eq!(guest.run("systemctl is-system-running --wait"), "running");
    guest.run("logger -t a-test again; journalctl --sync");
    assert_eq!(guest.run("journalctl -t a-test -o cat"), "again");
    guest.machine.shutdown().unwrap();
    assert!(matches!(guest.machine.execute("true", LIMIT), Err(Error::NotRunning)));
    guest.machine.start().unwrap();
    assert_eq!(guest.run("cat /root/kept"), "kept");
}

#[test]
fn a_crash_keeps_what_was_synced() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("crashed", None);
    guest.run("echo kept >/root/kept; sync; echo lost >/root/lost");
    guest.machine.crash().unwrap();
    guest.machine.start().unwrap();
    assert_eq!(guest.run("cat /root/kept; test ! -s /root/lost"), "kept");
    assert_eq!(guest.run("systemctl is-system-running --wait"), "running");
}

#[test]
fn a_machine_can_boot_cold() {
    if !machines_wanted() {
        return;
    }
    let logs = tempfile::tempdir().unwrap();
    let mut machine = Machine::boot(crate::common::image(), options("cold", &logs, None)).unwrap();
    let output = machine.execute("systemctl is-system-running --wait; hostname", LIMIT).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "running\ncold\n");
}

#[test]
fn a_killed_qemu_is_noticed_at_once() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("killed", None);
    let pid = Pid::from_raw(guest.machine.pid().unwrap().cast_signed()).unwrap();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        kill_process(pid, Signal::KILL).unwrap();
    });
    let error = guest.machine.execute("sleep 1000", Duration::from_secs(1000)).unwrap_err();
    killer.join().unwrap();
    assert!(matches!(&error, Error::Died { how, .. } if how == "killed by signal 9"), "{error}");
    assert!(matches!(guest.machine.execute("true", LIMIT), Err(Error::NotRunning)));
}

#[test]
fn a_panic_is_told_with_its_reason() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("panic", None);
    let error = guest.machine.execute("echo c >/proc/sysrq-trigger", LIMIT).unwrap_err();
    let Error::Panicked { reason, serial } = error else { panic!("{error}") };
    assert!(reason.contains("sysrq"), "{reason}");
    assert!(serial.contains("Kernel panic"), "{serial}");
    guest.machine.start().unwrap();
    guest.run("true");
}

#[test]
fn a_qemu_that_hangs_or_has_stopped_is_told_from_a_guest_that_does() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("hangs", None);
    let state = |guest: &mut Guest| match guest.machine.execute("true", Duration::from_secs(1)) {
        Err(Error::Hung { qemu, .. }) => qemu,
        other => panic!("{other:?}"),
    };
    guest.machine.monitor("stop").unwrap();
    assert_eq!(state(&mut guest), QemuState::Stopped("paused".to_owned()));
    let pid = Pid::from_raw(guest.machine.pid().unwrap().cast_signed()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    assert_eq!(state(&mut guest), QemuState::Silent);
}

#[test]
fn an_interrupt_ends_a_wait() {
    if !machines_wanted() {
        return;
    }
    let logs = tempfile::tempdir().unwrap();
    let options = options("stopped", &logs, None);
    let interrupt = options.interrupt.clone();
    let mut machine = Machine::restore(crate::common::image(), options).unwrap();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        interrupt.set();
    });
    let ended = machine.execute("sleep 1000", Duration::from_secs(1000));
    stopper.join().unwrap();
    assert!(matches!(ended, Err(Error::Interrupted)), "{ended:?}");
}

#[test]
fn a_person_gets_a_shell_on_a_terminal() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("shell", None);
    let (typed, keyboard) = type_into_a_shell(&mut guest);
    // End of input ends the shell, too; the machine keeps running.
    drop(keyboard);
    assert_eq!(guest.machine.interactive(typed.as_fd(), &mut Vec::new()).unwrap(), 0);
    guest.run("true");
}

#[test]
fn a_person_leaves_by_the_key_and_the_machine_is_switched_off() {
    if !machines_wanted() {
        return;
    }
    let mut guest = restore("left", None);
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(name).unwrap();
    let mut screen = terminal.try_clone().unwrap();
    let mut person = File::from(master);
    let typing = std::thread::spawn(move || {
        // While something runs in the machine, too.
        let mut seen = Vec::new();
        for (until, then) in [("# ", "echo 6$((1+1)); sleep 1000\r"), ("62", "\x1d")] {
            while !String::from_utf8_lossy(&seen).contains(until) {
                let mut bytes = [0; 256];
                let length = person.read(&mut bytes).unwrap();
                seen.extend(&bytes[..length]);
            }
            person.write_all(then.as_bytes()).unwrap();
        }
        person
    });
    let left = guest.machine.visit(terminal.as_fd(), &mut screen, 0x1d).unwrap();
    assert!(matches!(&left, Left::Ended(output) if output.cut.is_some()), "{left:?}");
    drop(typing.join().unwrap());
    // It still answers, and is switched off in order.
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken = Forward { host: holder.local_addr().unwrap().port(), guest: 80 };
    let refused = guest.machine.forward(&[taken]).unwrap_err();
    assert!(refused.to_string().contains("netdev_add"), "{refused}");
    guest.run("true");
    guest.machine.switch_off().unwrap();
    guest.machine.switch_off().unwrap();
    assert!(!guest.machine.is_running());
}

//! What makes a restored machine one of its own. Two machines from one snapshot would otherwise
//! have the same clock, the same name and, worst, draw the same random numbers.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use domi_host::command::shell_word;

use crate::Result;
use crate::network::Plug;
use crate::platform::Platform;

/// The identity of one start of a machine.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    name: &'a str,
    plug: Option<&'a Plug>,
    seed: String,
    machine_id: String,
}

/// Everything that needs no program but itself, in one start of perl, which is essential on
/// Debian; under emulation each start of a program is dear. The arguments: time in seconds and
/// nanoseconds, number of `clock_settime`, seed, machine id, host name, `/etc/hosts`.
///
/// A written seed alone leaves two clones equal until the kernel draws on it, which `0x5207`
/// (RNDRESEEDCRNG) makes it do now. The journal's folder is named after the machine id and
/// journalctl reads no other's, while journald keeps to the name it began with: so both names stay.
const RENEW: &str = r#"
use strict;
my ($s, $n, $call, $seed, $id, $name, $hosts) = @ARGV;
open my $r, ">", "/dev/urandom" or die "urandom: $!";
syswrite $r, pack "H*", $seed;
ioctl $r, 0x5207, 0 or die "reseed: $!";
syscall($call + 0, 0, pack("qq", $s, $n)) == 0 or die "clock: $!";
sub put { open my $f, ">", $_[0] or die "$_[0]: $!"; print $f $_[1]; close $f or die "$_[0]: $!" }
my $old = "";
if (open my $f, "<", "/etc/machine-id") { $old = <$f> // ""; chomp $old }
put "/etc/machine-id", "$id\n";
my $j = "/run/log/journal";
if ($old && -d "$j/$old" && rename "$j/$old", "$j/$id") { symlink $id, "$j/$old" }
put "/proc/sys/kernel/hostname", $name;
put "/etc/hostname", "$name\n";
put "/etc/hosts", $hosts;
"#;

impl<'a> Identity<'a> {
    /// A new one, with randomness of the host's.
    pub(crate) fn fresh(name: &'a str, plug: Option<&'a Plug>) -> Result<Self> {
        Ok(Self { name, plug, seed: random_hex(64)?, machine_id: random_hex(16)? })
    }

    /// The command that gives it to a guest.
    pub(crate) fn command(&self, platform: &Platform) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let arguments = [
            now.as_secs().to_string(),
            now.subsec_nanos().to_string(),
            platform.clock_settime.to_string(),
            self.seed.clone(),
            self.machine_id.clone(),
            self.name.to_owned(),
            self.hosts(),
        ];
        let mut command = format!("perl -e {}", shell_word(RENEW));
        for argument in &arguments {
            command.push(' ');
            command.push_str(&shell_word(argument));
        }
        if let Some(plug) = self.plug {
            command.push_str(&format!("\nip -batch - <<< {}", shell_word(&addresses(plug))));
        }
        command
    }

    fn hosts(&self) -> String {
        let mut hosts = format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {}\n", self.name);
        if let Some(plug) = self.plug {
            for (number, name) in plug.machines() {
                hosts.push_str(&format!("192.168.1.{number} {name}\n"));
            }
        }
        hosts
    }
}

/// As on the machines of NixOS tests: `eth1`, with the machine's number in both addresses.
fn addresses(plug: &Plug) -> String {
    let number = plug.number();
    format!(
        "link set dev eth0 name eth1 address 52:54:00:12:01:{number:02x}\n\
         addr add 192.168.1.{number}/24 dev eth1\n\
         link set dev eth1 up\n"
    )
}

fn random_hex(bytes: usize) -> Result<String> {
    use std::io::Read;
    let mut random = vec![0; bytes];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .context("no randomness on this computer")?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

//! Gives a restored machine its own identity. Two machines from one snapshot would otherwise have
//! the same clock, the same name and, worst of all, draw the same random numbers.

use std::fs::File;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;

use crate::Result;
use crate::network::Plug;
use crate::platform::Platform;

/// The identity of one start of a machine.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    name: &'a str,
    plug: Option<&'a Plug>,
    seed: Vec<u8>,
    machine_id: String,
}

impl<'a> Identity<'a> {
    /// A new one, with random numbers from the host.
    pub(crate) fn fresh(name: &'a str, plug: Option<&'a Plug>) -> Result<Self> {
        Ok(Self { name, plug, seed: random(64)?, machine_id: hex(&random(16)?) })
    }

    /// The request that tells the guest's helper to take it.
    pub(crate) fn request(&self, platform: &Platform) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let texts = [&*self.seed, self.machine_id.as_bytes(), self.name.as_bytes()];
        let mut request =
            format!("renew {} {} {}", now.as_secs(), now.subsec_nanos(), platform.clock_settime);
        for text in texts.into_iter().chain([self.hosts().as_bytes()]) {
            request.push(' ');
            request.push_str(&hex(text));
        }
        request
    }

    /// The command that sets its network addresses, if it is in a network: as in NixOS tests,
    /// `eth1` with the machine's number in both addresses.
    pub(crate) fn addresses(&self) -> Option<String> {
        let number = self.plug?.number();
        Some(format!(
            "ip -batch - <<< 'link set dev eth0 name eth1 address 52:54:00:12:01:{number:02x}\n\
             addr add 192.168.1.{number}/24 dev eth1\n\
             link set dev eth1 up'"
        ))
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

fn random(bytes: usize) -> Result<Vec<u8>> {
    let mut random = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .context("cannot read random numbers from this computer")?;
    Ok(random)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

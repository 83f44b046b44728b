//! Gives a restored machine its own identity. Two machines from one snapshot would otherwise have
//! the same clock, the same name and, worst of all, draw the same random numbers.

use std::fs::File;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use domi_host::command::shell_word;
use domi_network::{Plug, hosts};

use crate::Result;
use crate::platform::Platform;

/// Who says what a machine is called, and where it is in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Whoever starts it.
    Given,
    /// Its own system: that of a NixOS.
    Own,
}

/// What gives a NixOS random numbers of its own.
const RENEW: &str = include_str!("renew.pl");

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

    /// The command that has a NixOS take what of it is not its system's.
    pub(crate) fn command(&self) -> String {
        format!("perl -e {} {}", shell_word(RENEW), hex(&self.seed))
    }

    /// The request that tells the guest's helper to take it.
    pub(crate) fn request(&self, platform: &Platform) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let texts = [&*self.seed, self.machine_id.as_bytes(), self.name.as_bytes()];
        let mut request =
            format!("renew {} {} {}", now.as_secs(), now.subsec_nanos(), platform.clock_settime);
        for text in texts.into_iter().chain([hosts(self.name, self.plug).as_bytes()]) {
            request.push(' ');
            request.push_str(&hex(text));
        }
        request
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

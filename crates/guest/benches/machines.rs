//! How fast machines are: `cargo bench -p domi-guest [-- RESTORES]`. Everything is measured in one
//! run, so that ratios can be trusted even on a busy computer.

use std::time::{Duration, Instant};

use domi_debian::{Architecture, Distribution};
use domi_guest::{Drive, Guests, Machine, Options, Settings, Snapshot};
use domi_host::{Interrupt, dirs};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(300);

fn main() -> anyhow::Result<()> {
    let restores = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(40);
    let architecture = std::env::var("DOMI_BENCH_ARCHITECTURE");
    let architecture = architecture.unwrap_or_else(|_| std::env::consts::ARCH.to_owned());
    let architecture = Architecture::from_name(&architecture)
        .ok_or_else(|| anyhow::anyhow!("no architecture {architecture}"))?;
    let settings = Settings::new(architecture, Distribution::usual()?);
    let guests = Guests::open(&dirs::cache()?, settings, Interrupt::install()?)?;
    println!("{architecture}, {}", guests.acceleration(&|_| ())?.reason);
    let started = Instant::now();
    let image = guests.image(&|_| ())?;
    println!("image ready after {:.1?}", started.elapsed());
    let bench = Bench { image, logs: tempfile::tempdir()? };

    let restored = bench.restores(restores)?;
    if std::env::args().any(|word| word == "only") {
        return Ok(());
    }
    let booted = bench.boots(3)?;
    println!("cold boot to running / restore to first command: {:.1}", booted / restored);
    bench.commands()?;
    bench.power()
}

struct Bench {
    image: Snapshot,
    logs: TempDir,
}

impl Bench {
    fn options(&self) -> Options {
        Options {
            name: "bench".to_owned(),
            serial_log: self.logs.path().join("serial.log"),
            network: None,
            store: None,
            interrupt: Interrupt::default(),
        }
    }

    fn restores(&self, times: usize) -> anyhow::Result<f64> {
        let (mut identified, mut answered) = (Vec::new(), Vec::new());
        let mut resident = 0;
        for _ in 0..times {
            let started = Instant::now();
            let mut machine = Machine::restore(&self.image, self.options())?;
            identified.push(started.elapsed());
            machine.execute("true", LIMIT)?;
            answered.push(started.elapsed());
            machine.execute("systemctl is-active dbus; curl --version", LIMIT)?;
            resident = resident.max(machine.resident_bytes()?);
        }
        say("restore to identity", &mut identified);
        println!("most resident memory after three programs: {} MiB", resident >> 20);
        Ok(say("restore to first command", &mut answered))
    }

    fn boots(&self, times: usize) -> anyhow::Result<f64> {
        let (mut shell, mut running) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let started = Instant::now();
            let mut machine = Machine::boot(&self.image, self.options())?;
            shell.push(started.elapsed());
            machine.execute("systemctl is-system-running --wait", LIMIT)?;
            running.push(started.elapsed());
        }
        say("cold boot to first command", &mut shell);
        Ok(say("cold boot to running", &mut running))
    }

    fn commands(&self) -> anyhow::Result<()> {
        let mut machine = Machine::restore(&self.image, self.options())?;
        for command in [":", "/bin/true", "bash -c :", "systemctl is-active dbus", "curl --version"]
        {
            let mut taken = Vec::new();
            for _ in 0..15 {
                let started = Instant::now();
                machine.execute(command, LIMIT)?;
                taken.push(started.elapsed());
            }
            say(command, &mut taken);
        }
        Ok(())
    }

    fn power(&self) -> anyhow::Result<()> {
        let mut machine = Machine::restore(&self.image, self.options())?;
        let (mut down, mut up) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let started = Instant::now();
            machine.shutdown()?;
            down.push(started.elapsed());
            let started = Instant::now();
            machine.start()?;
            up.push(started.elapsed());
        }
        say("shutdown", &mut down);
        say("start after it", &mut up);
        Ok(())
    }
}

/// Prints the median with the least and the most; returns it in seconds.
fn say(what: &str, taken: &mut [Duration]) -> f64 {
    taken.sort_unstable();
    let median = taken[taken.len() / 2];
    println!(
        "{what}: median {:.0?} of {} (least {:.0?}, most {:.0?})",
        median,
        taken.len(),
        taken[0],
        taken[taken.len() - 1]
    );
    median.as_secs_f64()
}

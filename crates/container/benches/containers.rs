//! How fast containers are: `cargo bench -p domi-container [-- TIMES]`. Everything is measured in one
//! run, so that ratios mean something on a busy computer. What a machine takes in its place is for
//! who knows both to measure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use domi_container::{Containers, Drive, Image, Machine, Options, Output, Spares, processor_time};
use domi_debian::Distribution;
use domi_host::{Interrupt, dirs};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(60);
/// A service that answers one word, and what asks it until it does.
const UNIT: &str = "[Service]\nType=exec\nDynamicUser=yes\nExecStart=/usr/bin/perl -MSocket -e 'socket S, PF_INET, \
                    SOCK_STREAM, 0; bind S, sockaddr_in 9000, INADDR_ANY or die; listen S, 9; while (accept C, \
                    S) { print C \"right\\n\"; close C }'\n";
const ASK: &str = "systemctl daemon-reload; systemctl start answer.service; \
                   until { exec 3<>/dev/tcp/127.0.0.1/9000; } 2>/dev/null; do read -rt 0.005 <> <(:) || :; done; cat <&3";

fn main() -> anyhow::Result<()> {
    let times = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(20);
    let interrupt = Interrupt::install()?;
    let containers = Containers::open(&dirs::cache()?, Distribution::usual()?, interrupt)?;
    let image = containers.image(&|_| ())?;
    let bench = Bench { containers: Arc::new(containers), image, logs: tempfile::tempdir()? };
    let [first, rest, cold] = bench.boots(times)?;
    let [handed, spare] = bench.spares(times)?;
    bench.commands()?;
    println!("rest / first command of a cold start: {:.2}", rest / first);
    println!("first command of a cold start / of a spare: {:.2}", first / handed);
    println!("right answer of a cold start / of a spare: {:.2}", cold / spare);
    Ok(())
}

struct Bench {
    containers: Arc<Containers>,
    image: Image,
    logs: TempDir,
}

impl Bench {
    fn options(&self) -> Options {
        Options {
            name: "bench".to_owned(),
            console_log: self.logs.path().join("console.log"),
            network: None,
            interrupt: Interrupt::default(),
        }
    }

    fn boots(&self, times: usize) -> anyhow::Result<[f64; 3]> {
        let [mut first, mut answer, mut rest, mut gone] = [const { Vec::new() }; 4];
        for _ in 0..times {
            let started = Instant::now();
            let mut machine = Machine::boot(&self.containers, &self.image, self.options())?;
            well(&machine.execute(":", LIMIT)?)?;
            first.push(started.elapsed());
            apply(&mut machine)?;
            answer.push(started.elapsed());
            well(&machine.execute("systemctl is-system-running --wait", LIMIT)?)?;
            rest.push(started.elapsed());
            let ending = Instant::now();
            drop(machine);
            gone.push(ending.elapsed());
        }
        let first = say("cold start to first command", &mut first);
        let answer = say("cold start to a right answer of a unit", &mut answer);
        let rest = say("cold start to rest", &mut rest);
        say("to the end of everything", &mut gone);
        Ok([first, rest, answer])
    }

    fn spares(&self, times: usize) -> anyhow::Result<[f64; 2]> {
        let [mut first, mut answer, mut boot, mut test] = [const { Vec::new() }; 4];
        for _ in 0..times {
            // One at a time, so that no other boots meanwhile.
            let spares = Spares::boot(&self.containers, &self.image, 1)?;
            let waiting = spares.take(&self.options())?;
            drop(waiting);
            while spares.waiting() == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            let started = Instant::now();
            let mut machine = spares.take(&self.options())?;
            let before = processor_time(machine.cgroup())?;
            boot.push(before);
            well(&machine.execute(":", LIMIT)?)?;
            first.push(started.elapsed());
            apply(&mut machine)?;
            answer.push(started.elapsed());
            test.push(processor_time(machine.cgroup())?.saturating_sub(before));
        }
        say("of processors, a spare's boot to rest", &mut boot);
        say("of processors, from there to a right answer of a unit", &mut test);
        let first = say("spare to first command", &mut first);
        Ok([first, say("spare to a right answer of a unit", &mut answer)])
    }

    fn commands(&self) -> anyhow::Result<()> {
        let mut machine = Machine::boot(&self.containers, &self.image, self.options())?;
        well(&machine.execute("systemctl is-system-running --wait", LIMIT)?)?;
        for command in [":", "/bin/true", "bash -c :", "systemctl is-active dbus"] {
            let mut taken = Vec::new();
            for _ in 0..31 {
                let started = Instant::now();
                well(&machine.execute(command, LIMIT)?)?;
                taken.push(started.elapsed());
            }
            say(command, &mut taken);
        }
        Ok(())
    }
}

fn apply(machine: &mut Machine) -> anyhow::Result<()> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(UNIT.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, "etc/systemd/system/answer.service", UNIT.as_bytes())?;
    well(&machine.push(archive.into_inner()?)?)?;
    let output = machine.execute(ASK, LIMIT)?;
    ensure!(output.stdout == b"right\n", "{output:?}");
    Ok(())
}

fn well(output: &Output) -> anyhow::Result<()> {
    ensure!(output.success(), "{output:?}");
    Ok(())
}

/// Prints the median and its company; returns it in seconds.
fn say(what: &str, taken: &mut [Duration]) -> f64 {
    taken.sort_unstable();
    let median = taken[taken.len() / 2];
    println!(
        "{what}: median {:.1?} of {} (least {:.1?}, most {:.1?})",
        median,
        taken.len(),
        taken[0],
        taken[taken.len() - 1]
    );
    median.as_secs_f64()
}

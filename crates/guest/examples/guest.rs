//! Makes an image, adds the packages named, and runs one command in a machine.

use std::time::{Duration, Instant};

use domi_debian::{Architecture, Distribution};
use domi_guest::{Drive, Guests, Options, Progress, Settings};
use domi_host::Interrupt;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_else(|| "uname -a; id".to_owned());
    let packages: Vec<String> = arguments.collect();
    let interrupt = Interrupt::install()?;
    let host = std::env::consts::ARCH;
    let architecture = std::env::var("ARCHITECTURE").unwrap_or_else(|_| host.to_owned());
    let architecture = Architecture::from_name(&architecture).unwrap_or(Architecture::X86_64);
    let settings = Settings::new(architecture, Distribution::usual()?);
    let guests = Guests::open(&domi_host::dirs::cache()?, settings, interrupt.clone())?;
    let started = Instant::now();
    let listener =
        |progress: Progress| eprintln!("{:7.2} {progress:?}", started.elapsed().as_secs_f32());
    println!("{}", guests.acceleration(&listener)?.reason);
    let logs = tempfile::tempdir()?;
    let options = Options {
        name: "guest".to_owned(),
        serial_log: logs.path().join("serial.log"),
        network: None,
        store: None,
        interrupt,
    };
    let snapshot = guests.with_packages(&packages, &listener)?;
    let ready = Instant::now();
    let mut machine = domi_guest::Machine::restore(&snapshot, options)?;
    println!("restored in {:.3?}", ready.elapsed());
    for _ in 0..3 {
        let asked = Instant::now();
        let output = machine.execute(&command, Duration::from_secs(60))?;
        println!("{:.3?}: status {}", asked.elapsed(), output.status);
        print!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    println!("{} MiB", machine.resident_bytes()? >> 20);
    Ok(())
}

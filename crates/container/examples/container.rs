//! Makes an image, adds the packages named, and runs one command in a container.

use std::time::{Duration, Instant};

use domi_container::{Containers, Drive, Machine, Options, Progress};
use domi_debian::Distribution;
use domi_host::Interrupt;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_else(|| "uname -a; id".to_owned());
    let packages: Vec<String> = arguments.collect();
    let interrupt = Interrupt::install()?;
    let cache = domi_host::dirs::cache()?;
    let containers = Containers::open(&cache, Distribution::usual()?, interrupt.clone())?;
    let started = Instant::now();
    let listener =
        |progress: Progress| eprintln!("{:7.2} {progress:?}", started.elapsed().as_secs_f32());
    let image = containers.with_packages(&packages, &listener)?;
    let logs = tempfile::tempdir()?;
    let options = Options {
        name: "container".to_owned(),
        console_log: logs.path().join("console.log"),
        network: None,
        interrupt,
    };
    let ready = Instant::now();
    let mut machine = Machine::boot(&containers, &image, options)?;
    println!("booted to a shell in {:.3?}", ready.elapsed());
    for _ in 0..3 {
        let asked = Instant::now();
        let output = machine.execute(&command, Duration::from_secs(60))?;
        println!("{:.3?}: status {}", asked.elapsed(), output.status);
        print!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    println!("{}", machine.console_tail(20));
    let begun = Instant::now();
    drop(machine);
    println!("gone in {:.3?}", begun.elapsed());
    Ok(())
}

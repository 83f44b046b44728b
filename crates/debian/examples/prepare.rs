//! Makes a machine's files and says how long that took:
//! `cargo run --release -p domi-debian --example prepare -- FOLDER [x86_64|aarch64]`
//!
//! Two more arguments try another release than the host's: its code name, and a folder with a
//! `sources.list` for it.

use std::path::PathBuf;
use std::time::Instant;

use domi_debian::{Apt, Architecture, Distribution, empty_disk, prepare};
use domi_host::Interrupt;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let architecture = arguments.next().unwrap_or_else(|| "x86_64".into());
    let architecture = Architecture::from_name(&architecture).ok_or("which architecture?")?;
    std::fs::create_dir_all(&folder)?;
    let interrupt = Interrupt::install()?;
    let start = Instant::now();
    let cache = domi_host::dirs::cache()?;
    let apt = match (arguments.next(), arguments.next()) {
        (Some(codename), Some(sources)) => {
            let release = Distribution::named(Distribution::host()?.id(), &codename)?;
            Apt::with_sources(sources.as_ref(), &cache, &release, architecture, &interrupt)?
        }
        _ => Apt::open(&cache, &Distribution::host()?, architecture, &interrupt)?,
    };
    let inputs = prepare(&apt, &folder, &interrupt)?;
    empty_disk(&folder.join("disk"), 4 << 30, &interrupt)?;
    for path in [&inputs.root, &inputs.kernel, &inputs.initrd] {
        eprintln!("{:6.1} MB {}", std::fs::metadata(path)?.len() as f64 / 1e6, path.display());
    }
    eprintln!("{} packages, kernel {}", inputs.packages.len(), inputs.release);
    eprintln!("{:6.2} s in all", start.elapsed().as_secs_f32());
    Ok(())
}

//! Makes the rig: a Nix that builds, and a nixpkgs with the real lib and NixOS modules whose packages are
//! Debian's programs. `docs/rig.md` says what of it is not NixOS.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use domi_container::Probes;
use domi_debian::{Apt, Architecture, Distribution};
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_host::hash::Key;
use domi_nix_command::{NIXPKGS, Nix};

/// The packages of Debian whose programs stand for packages of nixpkgs.
const DEBIAN: &str = include_str!("debian.txt");
/// Those that run and drive machines.
const DRIVER: &str = include_str!("driver.txt");
/// What it is made with, and of.
const FILES: [(&str, &str); 18] = [
    ("debian.txt", DEBIAN),
    ("driver.txt", DRIVER),
    ("driver.sh", include_str!("driver.sh")),
    ("make.sh", include_str!("make.sh")),
    ("tree.sh", include_str!("tree.sh")),
    ("nixpkgs/builder.sh", include_str!("nixpkgs/builder.sh")),
    ("nixpkgs/environment.py", include_str!("nixpkgs/environment.py")),
    ("nixpkgs/flake.nix", include_str!("nixpkgs/flake.nix")),
    ("nixpkgs/formats.nix", include_str!("nixpkgs/formats.nix")),
    ("nixpkgs/lndir.sh", include_str!("nixpkgs/lndir.sh")),
    ("nixpkgs/machines.nix", include_str!("nixpkgs/machines.nix")),
    ("nixpkgs/packages.nix", include_str!("nixpkgs/packages.nix")),
    ("nixpkgs/pkgs.nix", include_str!("nixpkgs/pkgs.nix")),
    ("nixpkgs/programs.py", include_str!("nixpkgs/programs.py")),
    ("nixpkgs/python.nix", include_str!("nixpkgs/python.nix")),
    ("nixpkgs/remote_pdb.py", include_str!("nixpkgs/remote_pdb.py")),
    ("nixpkgs/rig.nix", include_str!("nixpkgs/rig.nix")),
    ("nixpkgs/trivial.nix", include_str!("nixpkgs/trivial.nix")),
];
/// How long unpacking Debian's packages may take.
const MAKING: Duration = Duration::from_secs(600);

/// The rig. Only one process has it at a time.
pub(crate) struct Rig {
    pub(crate) nix: Nix,
    pub(crate) nixpkgs: PathBuf,
    _lock: File,
}

impl Rig {
    /// Where a path of the store is on this computer: the store is below a folder of its own.
    pub(crate) fn stored(&self, path: &Path) -> PathBuf {
        self.nixpkgs.with_file_name("store").join(path.strip_prefix("/").unwrap_or(path))
    }
}

/// The rig; nothing where this computer lacks what it needs, which is said where nobody captures it.
pub(crate) fn rig() -> Option<&'static Rig> {
    static RIG: OnceLock<Result<Rig, String>> = OnceLock::new();
    match RIG.get_or_init(made) {
        Ok(rig) => Some(rig),
        Err(why) => not_run(why),
    }
}

/// The rig, where tests can have containers for machines there.
pub(crate) fn with_containers() -> Option<&'static Rig> {
    let rig = rig()?;
    if !rig.nixpkgs.join("nixos/modules/virtualisation/nspawn-container").is_dir() {
        return not_run("its NixOS has no containers for machines of tests, which came in 2026");
    }
    let here = rig.nix.capabilities(None, &Interrupt::default()).expect("a configuration");
    if here.builds("x86_64-linux", &["nixos-test", "uid-range"]).is_none() {
        return not_run("builds can have no users and control groups of their own (uid-range)");
    }
    Some(rig)
}

/// Says so where nobody captures it.
fn not_run<T>(why: &str) -> Option<T> {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {why}");
    None
}

fn made() -> Result<Rig, String> {
    if std::env::var_os("DOMI_TEST_CONTAINER").is_some_and(|value| value == "0") {
        return Err("DOMI_TEST_CONTAINER=0 says that no container is to be started".to_owned());
    }
    let nixpkgs = std::env::var_os("DOMI_NIXPKGS").map(PathBuf::from).unwrap_or_default();
    if !(nixpkgs.join("lib").is_dir() && nixpkgs.join("nixos/modules").is_dir()) {
        return Err("DOMI_NIXPKGS names no folder with lib and nixos of nixpkgs".to_owned());
    }
    if std::env::consts::ARCH != "x86_64" {
        return Err("the rig is for x86_64".to_owned());
    }
    let interrupt = Interrupt::default();
    let nix = Nix::find(&interrupt).expect("it says its version");
    let nix = nix.map_err(|problem| problem.to_string())?;
    if let Some(problem) = nix.too_old(NIXPKGS, "nixpkgs") {
        return Err(problem.to_string());
    }
    let cache = domi_host::dirs::cache().expect("there is a cache");
    let probes = Probes::known(&cache).expect("containers are tried");
    if let Some(missing) = probes.missing() {
        return Err(missing);
    }
    Ok(make(&cache, &nix, &nixpkgs))
}

fn make(cache: &Path, nix: &Nix, nixpkgs: &Path) -> Rig {
    let interrupt = Interrupt::default();
    let debian = Distribution::named("debian", "trixie").expect("it is known");
    let architecture = Architecture::from_name(std::env::consts::ARCH).expect("it is known");
    let apt = Apt::open(&cache.join("debian"), &debian, architecture, &interrupt);
    let apt = apt.expect("there are sources of packages");
    let download = |lists: &[&str]| {
        let names: Vec<&str> = lists.iter().flat_map(|list| list.split_whitespace()).collect();
        apt.download(&names, None, &interrupt, &|_| ()).expect("there are packages")
    };
    let debs = download(&[DEBIAN]);
    // Without what any system may have.
    let mut driver = download(&[DEBIAN, DRIVER]);
    driver.retain(|deb| debs.iter().all(|own| own.name != deb.name));

    let mut key = Key::new("rig/1").with(nixpkgs.display().to_string());
    key.add(nix.path().display().to_string());
    FILES.iter().for_each(|(_, text)| key.add(text));
    debs.iter().chain(&driver).for_each(|deb| key.add(&deb.digest));
    let rigs = cache.join("rig");
    fs_err::create_dir_all(&rigs).expect("it can be made");
    let lock = File::create(rigs.join("lock")).expect("it can be made");
    lock.lock().expect("it can be locked");
    let folder = rigs.join(key.finish());
    if !folder.is_dir() {
        // An older one, or one that was not finished.
        run(Program::new("chmod").args(["-R", "u+w"]).arg(&rigs));
        run(Program::new("find")
            .arg(&rigs)
            .args(["-mindepth", "1", "!", "-path"])
            .arg(rigs.join("lock"))
            .arg("-delete"));
        let source = tempfile::tempdir().expect("a temporary folder");
        fs_err::create_dir(source.path().join("nixpkgs")).expect("it can be made");
        for (name, text) in FILES {
            fs_err::write(source.path().join(name), text).expect("it can be written");
        }
        let partial = rigs.join("partial");
        let make = Program::new("bash")
            .arg(source.path().join("make.sh"))
            .args([&partial, nix.path(), nixpkgs].map(Path::as_os_str))
            .args(debs.iter().map(|deb| &deb.path))
            .arg("--")
            .args(driver.iter().map(|deb| &deb.path));
        run(make);
        fs_err::rename(&partial, &folder).expect("it can be renamed");
    }
    let nix = Nix::at(&folder.join("nix"), &interrupt).expect("it says its version");
    let nixpkgs = folder.join("nixpkgs");
    println!("DOMI_NIX={} DOMI_NIXPKGS={}", nix.path().display(), nixpkgs.display());
    Rig { nix, nixpkgs, _lock: lock }
}

fn run(program: Program) {
    let program = program.time_limit(MAKING);
    let outcome = program.run(&Interrupt::default()).expect("it runs");
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.success(), "{program}: {said}");
}

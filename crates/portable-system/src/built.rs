//! Programs of the workspace's own crates, built for machines and put on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::PathBuf;

use domi_model::{Manifest, Platform, Run};
use domi_realise::{Content, File};
use domi_runner::{Job, Programs, Realiser, Reporter, Unable};
use domi_transplant::FromStore;

use crate::each_once::EachOnce;
use crate::provision::{NoSystem, Provision};

/// Where everyone on a machine finds programs that are installed.
const COMMANDS: &str = "/usr/local/bin";

/// Who builds programs for portable machines.
pub trait Builds: Debug + Send + Sync {
    /// Builds the programs of a crate, or takes them as they were built from the same.
    ///
    /// # Errors
    /// When they cannot be built, or this computer lacks what that takes.
    fn build(
        &self,
        of_crate: &CratePrograms,
        reporter: &Reporter,
    ) -> Result<Vec<BuiltProgram>, NoSystem>;
}

/// What is built in one run: once, however many jobs want it.
#[derive(Debug)]
pub(crate) struct Once<'a> {
    builds: &'a dyn Builds,
    built: EachOnce<CratePrograms, Result<Vec<BuiltProgram>, NoSystem>>,
}

impl<'a> Once<'a> {
    pub(crate) fn new(builds: &'a dyn Builds) -> Self {
        Self { builds, built: EachOnce::default() }
    }
}

impl Builds for Once<'_> {
    fn build(
        &self,
        of_crate: &CratePrograms,
        reporter: &Reporter,
    ) -> Result<Vec<BuiltProgram>, NoSystem> {
        self.built.get(of_crate.clone(), || self.builds.build(of_crate, reporter))
    }
}

/// Programs of a crate for a system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CratePrograms {
    /// The crate.
    pub name: String,
    /// Its programs that are wanted.
    pub programs: BTreeSet<String>,
    /// The system that they are for.
    pub system: Platform,
}

/// A program that was built.
#[derive(Debug, Clone)]
pub struct BuiltProgram {
    /// Its name.
    pub name: String,
    /// Where it is on this computer.
    pub path: PathBuf,
    /// The digest of its content.
    pub digest: String,
}

/// Adds to machines what their features have of crates of the workspace.
pub(crate) fn add(
    job: &Job,
    run: &Run,
    provisions: &mut [Provision],
    builds: Option<&dyn Builds>,
    reporter: &Reporter,
) -> Result<(), NoSystem> {
    let by_nix = job.variant.realiser == Realiser::Nix;
    let has_store = by_nix && job.variant.programs == Programs::Store;
    let asked: BTreeMap<String, BTreeSet<&str>> = provisions
        .iter()
        .map(|provision| {
            let machine = run.machines.get(&provision.name);
            let asked = machine.iter().flat_map(|it| &it.packages).map(String::as_str);
            let from_store = from_store(&provision.store);
            let asked = asked.filter(|name| !from_store.contains(*name)).collect();
            (provision.name.clone(), asked)
        })
        .collect();
    // What units and scripts run is in the store, where machines have that.
    let is_wanted = |name: &str| !has_store || asked.values().any(|asked| asked.contains(name));
    let mut of_systems = BTreeMap::new();
    for system in job.systems() {
        let built = built(job.manifests_on(system), system, is_wanted, builds, reporter)?;
        of_systems.insert(system, built);
    }
    for provision in provisions {
        let Some(built) = of_systems.get(&job.system_of(&provision.name)) else { continue };
        let asked = &asked[&provision.name];
        // What Nix puts on everyone's PATH nobody tells, unless it is there from Nix's store.
        put(provision, built, |name| by_nix && !has_store || asked.contains(name));
    }
    Ok(())
}

/// The names of packages whose programs everybody has from Nix's store.
fn from_store(store: &FromStore) -> BTreeSet<String> {
    let on_path = store.paths.iter().filter(|it| store.on_path.contains(&it.path));
    on_path.map(|it| it.name.clone()).collect()
}

/// The same for a machine that is of no test.
///
/// # Errors
/// When they cannot be built.
pub fn add_alone<'m>(
    provision: &mut Provision,
    features: impl Iterator<Item = &'m Manifest>,
    system: Platform,
    builds: &dyn Builds,
    reporter: &Reporter,
) -> Result<(), NoSystem> {
    let built = built(features, system, |_| true, Some(builds), reporter)?;
    put(provision, &built, |_| false);
    Ok(())
}

/// The programs, by their crates: each with its path on a machine.
type Built = BTreeMap<String, Vec<(String, BuiltProgram)>>;

fn built<'m>(
    features: impl Iterator<Item = &'m Manifest>,
    system: Platform,
    is_wanted: impl Fn(&str) -> bool,
    builds: Option<&dyn Builds>,
    reporter: &Reporter,
) -> Result<Built, NoSystem> {
    let mut crates: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for package in features.flat_map(|feature| feature.packages.values()) {
        if let Some(name) = package.of_crate.as_deref().filter(|name| is_wanted(name)) {
            crates.entry(name).or_default().extend(package.built());
        }
    }
    let mut all = Built::new();
    for (name, paths) in crates {
        let Some(builds) = builds else {
            let why = format!("nobody has said how the programs of the crate {name} are built");
            return Err(NoSystem::Unable(Unable::Failed(why)));
        };
        let programs = paths.keys().map(|name| (*name).to_owned()).collect();
        let wanted = CratePrograms { name: name.to_owned(), programs, system };
        let programs = builds.build(&wanted, reporter)?.into_iter();
        let placed = programs.filter_map(|program| {
            let path = paths.get(&*program.name)?;
            Some(((*path).to_owned(), program))
        });
        all.insert(name.to_owned(), placed.collect());
    }
    Ok(all)
}

/// Puts programs on a machine, for everyone where they are installed or asked for.
fn put(provision: &mut Provision, built: &Built, is_asked: impl Fn(&str) -> bool) {
    let of = |installed: &BTreeSet<String>| {
        let mut files = Vec::new();
        for (name, programs) in built {
            for (path, program) in programs {
                let content =
                    Content::Copy { from: program.path.clone(), digest: program.digest.clone() };
                files.push(File { path: path.clone(), mode: 0o755, content });
                if installed.contains(name) || is_asked(name) {
                    let at = format!("{COMMANDS}/{}", program.name);
                    let content = Content::Symlink(path.clone());
                    files.push(File { path: at, mode: 0o777, content });
                }
            }
        }
        files
    };
    let files = of(&provision.system.installed);
    provision.files.extend(files);
    for switch in &mut provision.switches {
        let files = of(&switch.system.installed);
        switch.files.extend(files);
    }
}

impl Provision {
    /// The digests of all files that are copied from this computer, for the key of a verdict.
    pub fn copied(&self) -> impl Iterator<Item = &str> {
        self.systems().flat_map(|(_, files)| files).filter_map(|file| match &file.content {
            Content::Copy { digest, .. } => Some(&**digest),
            Content::Text(_) | Content::Symlink(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domi_model::{Package, TestBody};
    use domi_realise::System;
    use domi_runner::Variant;
    use domi_transplant::StorePath;

    use super::*;
    use crate::provision::evaluated::tests::{job_of, manifest};

    fn provision(installed: &[&str]) -> Provision {
        let installed = installed.iter().map(|name| (*name).to_owned()).collect();
        Provision {
            name: "machine".to_owned(),
            packages: Vec::new(),
            files: Vec::new(),
            activation: String::new(),
            boots: false,
            place: None,
            warnings: Vec::new(),
            system: System { installed, ..System::default() },
            switches: Vec::new(),
            to_make: crate::provision::ToMake::default(),
            store: FromStore::default(),
        }
    }

    fn program(path: PathBuf) -> BuiltProgram {
        BuiltProgram { name: "tool".to_owned(), path, digest: "abc".to_owned() }
    }

    #[test]
    fn programs_are_where_units_look_and_for_everyone_where_they_are_installed() {
        let path = "/opt/domi/tools/bin/tool";
        let built: Built =
            [("tools".to_owned(), vec![(path.to_owned(), program("/x".into()))])].into();
        let check = |installed: &[&str], asked: bool, expected: &[&str]| {
            let mut provision = provision(installed);
            put(&mut provision, &built, |name| asked && name == "tools");
            let paths: Vec<&str> = provision.files.iter().map(|file| &*file.path).collect();
            assert_eq!(paths, expected, "{installed:?} {asked}");
            assert_eq!(provision.copied().collect::<Vec<_>>(), ["abc"]);
        };
        check(&[], false, &[path]);
        check(&["others"], false, &[path]);
        check(&["tools"], false, &[path, "/usr/local/bin/tool"]);
        check(&[], true, &[path, "/usr/local/bin/tool"]);
    }

    #[test]
    fn what_everybody_has_from_the_store_is_not_put_there_again() {
        let path = |name: &str| StorePath {
            path: format!("/nix/store/1-{name}"),
            derivation: None,
            output: "out".to_owned(),
            name: name.to_owned(),
        };
        let store = FromStore {
            paths: ["tools", "of-a-unit"].map(path).into(),
            on_path: vec![path("tools").path],
        };
        assert_eq!(from_store(&store), ["tools".to_owned()].into());
    }

    #[test]
    fn what_a_program_holds_arrives_and_may_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool");
        fs_err::write(&file, b"\x7fELF\0\xff").unwrap();
        let mut provision = provision(&[]);
        let built = [("tools".to_owned(), vec![("/opt/tool".to_owned(), program(file))])].into();
        put(&mut provision, &built, |_| false);
        let bytes = crate::archive::archive(&provision.files, 7).unwrap();
        let mut archive = tar::Archive::new(&*bytes);
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        let mut held = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut held).unwrap();
        assert_eq!((entry.header().mode().unwrap(), &*held), (0o755, &b"\x7fELF\0\xff"[..]));
    }

    #[derive(Debug, Default)]
    struct Counts(AtomicUsize);

    impl Builds for Counts {
        fn build(&self, _: &CratePrograms, _: &Reporter) -> Result<Vec<BuiltProgram>, NoSystem> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err(NoSystem::NotBuilt(Vec::new()))
        }
    }

    #[test]
    fn a_run_builds_once_for_each_system_also_what_does_not_build() {
        let (counts, reporter) = (Counts::default(), Reporter::heard_by(|_| ()));
        let once = Once::new(&counts);
        for system in [Platform::X86_64Linux, Platform::Aarch64Linux, Platform::X86_64Linux] {
            let (name, programs) = ("tools".to_owned(), BTreeSet::new());
            let wanted = CratePrograms { name, programs, system };
            assert!(once.build(&wanted, &reporter).is_err());
        }
        assert_eq!(counts.0.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn what_is_in_the_store_is_not_built_for_debian() {
        let mut manifest = manifest("web");
        manifest.packages.insert("tools".to_owned(), Package::of_crate("tools", ["tool"]));
        let check = |programs: Programs, asked: &[&str], expected: usize| {
            let (counts, reporter) = (Counts::default(), Reporter::heard_by(|_| ()));
            let mut job = job_of(manifest.clone(), 0, &[]);
            job.variant = Variant { realiser: Realiser::Nix, programs, ..Variant::default() };
            let TestBody::Run(mut run) = job.test.body.clone() else { panic!("it runs something") };
            let machine = run.machines.values_mut().next().unwrap();
            machine.packages = asked.iter().map(|name| (*name).to_owned()).collect();
            let made = add(&job, &run, &mut [provision(&[])], Some(&counts), &reporter);
            assert_eq!(made.is_err(), expected > 0);
            assert_eq!(counts.0.load(Ordering::SeqCst), expected);
        };
        check(Programs::Debian, &[], 1);
        check(Programs::Store, &[], 0);
        check(Programs::Store, &["tools"], 1);
    }
}

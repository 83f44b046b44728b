//! How a NixOS test driver is started. That has changed twice.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domi_guest::Result;
use domi_host::Interrupt;
use domi_host::command::Program;
use serde_json::{Value, json};

/// The words and files that a driver wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// Until the end of 2025: start scripts, whose names say which machines they start.
    Scripts,
    /// In the first months of 2026: names of machines, and their start scripts.
    Names,
    /// Since then: a file that has all of it.
    Config,
}

/// What a driver is started with.
#[derive(Debug)]
pub(super) struct Given<'a> {
    /// The machines by name, each with the command that starts it, for a shell.
    pub(super) machines: &'a [(String, String)],
    /// In seconds.
    pub(super) limit: u64,
    pub(super) script: &'a Path,
    /// Where what the script takes out of machines goes.
    pub(super) artifacts: &'a Path,
    /// Where a file for the driver can be.
    pub(super) folder: &'a Path,
}

impl Generation {
    /// That of a driver: a program, or the folder of its Python module.
    pub(super) fn of(driver: &Path, interrupt: &Interrupt) -> Result<Self> {
        let said = if driver.is_file() {
            let outcome =
                Program::new(driver).only_env(is_for_driver).arg("--help").run(interrupt)?;
            String::from_utf8_lossy(&outcome.stdout).into_owned()
        } else {
            let main = module(driver).join("test_driver/__init__.py");
            // What is no driver is found so when it is imported.
            fs_err::read_to_string(main).unwrap_or_default()
        };
        Ok(match said {
            said if said.contains("--config") => Self::Config,
            said if said.contains("--vm-start-scripts") => Self::Names,
            _ => Self::Scripts,
        })
    }

    /// The driver's arguments.
    pub(super) fn arguments(self, given: &Given<'_>) -> Result<Vec<String>> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let word = |word: &str| word.to_owned();
        let scripts = given.machines.iter().map(|(_, script)| script.clone());
        let mut words: Vec<String> = match self {
            Self::Scripts => std::iter::once(word("--start-scripts")).chain(scripts).collect(),
            Self::Names => {
                let names = given.machines.iter().map(|(name, _)| name.clone());
                let machines = std::iter::once(word("--vm-names")).chain(names);
                let machines = machines.chain([word("--vm-start-scripts")]).chain(scripts);
                let none = ["--container-names", "--container-start-scripts"].map(word);
                machines.chain(none).collect()
            }
            Self::Config => {
                let file = given.folder.join("driver.json");
                fs_err::write(&file, given.config().to_string())?;
                vec![word("--config"), text(&file)]
            }
        };
        words.extend([word("--output_directory"), text(given.artifacts)]);
        if self != Self::Config {
            // Their network is ours.
            words.extend(["--vlans", "--global-timeout"].map(word));
            words.extend([given.limit.to_string(), text(given.script)]);
        }
        Ok(words)
    }
}

impl Given<'_> {
    fn config(&self) -> Value {
        let machine = |(name, script): &(String, String)| {
            (name.clone(), json!({ "name": name, "start_script": script }))
        };
        json!({
            "vms": self.machines.iter().map(machine).collect::<serde_json::Map<_, _>>(),
            "containers": {},
            // Their network is ours.
            "vlans": [],
            "global_timeout": self.limit,
            "enable_ssh_backdoor": false,
            "test_script": self.script,
        })
    }
}

/// Whether the driver gets a variable of our environment: its script is code of the test's author, whose
/// business no secret is.
pub(super) fn is_for_driver(name: &str) -> bool {
    Program::is_plain_env(name) || ["PYENV_ROOT", "PYENV_VERSION"].contains(&name)
}

/// The folder that has the driver's Python module: since 2026, it is within another one.
pub(super) fn module(driver: &Path) -> PathBuf {
    let source = driver.join("src");
    if source.join("test_driver").is_dir() { source } else { driver.to_owned() }
}

/// The type by which a script knows its machines.
pub(super) fn machine_type(driver: &Path) -> Result<&'static str> {
    let machines = module(driver).join("test_driver/machine");
    let file = [machines.join("__init__.py"), machines.with_extension("py")];
    let file = file.iter().find(|file| file.is_file());
    let text = fs_err::read_to_string(file.context("the driver has no machines")?)?;
    Ok(if text.contains("class QemuMachine") { "QemuMachine" } else { "Machine" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(generation: Generation, expected: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let machines = ["a", "b-c"].map(|name| (name.to_owned(), format!("/t/run-{name}-vm")));
        let given = Given {
            machines: &machines,
            limit: 9,
            script: Path::new("/t/script.py"),
            artifacts: Path::new("/out"),
            folder: folder.path(),
        };
        let words = generation.arguments(&given).expect("words").join(" ");
        let words = words.replace(folder.path().to_str().expect("text"), "/t");
        assert_eq!(words, expected);
        let file = std::fs::read_to_string(folder.path().join("driver.json"));
        assert_eq!(file.is_ok(), generation == Generation::Config);
        if let Ok(text) = file {
            let config: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(
                config["vms"]["b-c"],
                json!({ "name": "b-c", "start_script": "/t/run-b-c-vm" })
            );
            assert_eq!((&config["global_timeout"], &config["vlans"]), (&json!(9), &json!([])));
        }
    }

    #[test]
    fn each_driver_is_started_in_its_way() {
        check(
            Generation::Scripts,
            "--start-scripts /t/run-a-vm /t/run-b-c-vm --output_directory /out --vlans \
             --global-timeout 9 /t/script.py",
        );
        check(
            Generation::Names,
            "--vm-names a b-c --vm-start-scripts /t/run-a-vm /t/run-b-c-vm --container-names \
             --container-start-scripts --output_directory /out --vlans --global-timeout 9 \
             /t/script.py",
        );
        check(Generation::Config, "--config /t/driver.json --output_directory /out");
    }

    #[test]
    fn a_driver_says_how_it_is_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let driver = |name: &str, within: &str, main: &str, machines: (&str, &str)| {
            let driver = folder.path().join(name);
            let module = driver.join(within).join("test_driver");
            domi_host::file::write(&module.join("__init__.py"), main).expect("it is written");
            let (file, text) = machines;
            domi_host::file::write(&module.join(file), text).expect("it is written");
            let generation = Generation::of(&driver, &Interrupt::default()).expect("it is known");
            (generation, machine_type(&driver).expect("it is known"))
        };
        let (old, new) =
            (("machine.py", "class Machine:"), ("machine/__init__.py", "class QemuMachine(B):"));
        assert_eq!(driver("a", "", "--start-scripts", old), (Generation::Scripts, "Machine"));
        let names = driver("b", "src", "\"--vm-start-scripts\"", new);
        assert_eq!(names, (Generation::Names, "QemuMachine"));
        let config = driver("c", "src", "\"-c\", \"--config\"", new);
        assert_eq!(config, (Generation::Config, "QemuMachine"));
        let program = folder.path().join("program");
        std::fs::write(&program, "#!/bin/sh\necho \"usage: [--config FILE]\"\n").expect("written");
        let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, may_run).expect("it may be run");
        let generation = Generation::of(&program, &Interrupt::default()).expect("it runs");
        assert_eq!(generation, Generation::Config);
    }
}

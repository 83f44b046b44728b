//! The NixOS test driver as a program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domi_guest::Result;
use domi_host::Interrupt;
use domi_host::command::Program;
use domi_model::{Problem, Run};
use domi_portable_system::{NO_DRIVER, calls};

use super::generation::{is_for_driver, module};

/// The NixOS test driver, and what to give it.
#[derive(Debug, Clone)]
pub struct Driver {
    /// The program `nixos-test-driver`, or the folder that has its Python module `test_driver`, itself or
    /// in `src`, which then runs under the `python3` on PATH. Tests for the driver bring their own, which this
    /// takes the place of.
    pub path: Option<PathBuf>,
    /// The words that start this program as a machine, before the name of a socket.
    pub relay: Vec<String>,
    /// A test's script, where it has steps.
    pub script: fn(&Run) -> String,
}

/// What the driver is to do.
#[derive(Debug)]
pub(crate) struct Task {
    /// Where the driver is, as [`Driver::path`] has it.
    pub(crate) driver: PathBuf,
    /// What it runs.
    pub(crate) script: String,
    /// How long it may take by its own account.
    pub(crate) limit: Option<Duration>,
    /// Whether mypy looks at the script.
    pub(crate) types: bool,
    /// Whether pyflakes looks at the script.
    pub(crate) lint: bool,
    /// Whether a command that no machine has makes the test worth nothing: it was written for a NixOS,
    /// which may have it.
    pub(crate) commands_must_exist: bool,
}

/// The test's script, in the scene's folder.
pub(super) const SCRIPT: &str = "test-script.py";

/// What runs the driver's Python module.
const MAIN: &str = include_str!("driver.py");

/// The word by which [`MAIN`] looks whether all can be imported, and does nothing.
const TRY: &str = "--try";

/// Methods that [`MAIN`] has another way for than the driver's own.
const OVER_THE_SHELL: [&str; 3] = ["copy_from_host", "copy_from_vm", "copy_from_machine"];

/// The driver itself. What runs its module is written to a folder: Python would take the text of a
/// word for that of the test's script, and show lines of it where that fails.
pub(super) fn driver_program(driver: &Path, folder: &Path) -> Result<Program> {
    if driver.is_file() {
        return Ok(Program::new(driver).only_env(is_for_driver));
    }
    let main = folder.join("run-driver.py");
    fs_err::write(&main, MAIN)?;
    Ok(python(driver).arg(main))
}

/// The `python3` on PATH, which finds the driver's module.
pub(super) fn python(driver: &Path) -> Program {
    Program::new("python3")
        .only_env(is_for_driver)
        .env("PYTHONPATH", module(driver))
        .env("PYTHONDONTWRITEBYTECODE", "1")
}

/// Why the driver does not run this script here, if so.
pub(super) fn unfit(driver: &Path, script: &str, interrupt: &Interrupt) -> Result<Option<Problem>> {
    let problem = |why: String| Problem::error(NO_DRIVER, driver.display().to_string(), why);
    if driver.is_file() {
        let copies = OVER_THE_SHELL.into_iter().find(|method| calls(script, method));
        return Ok(copies.map(|method| {
            let why =
                format!("this driver is a program, whose {method} needs a folder of the host");
            problem(why).next("name the folder of its Python module with --driver")
        }));
    }
    let tried = python(driver).args(["-c", MAIN, TRY]).run(interrupt)?;
    if tried.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
    let why =
        format!("python3 on PATH cannot run it: {}", said.lines().last().unwrap_or("no word"));
    let (python, packages) = match module(driver) == driver {
        true => ("python3", "ptpython colorama junit-xml"),
        false => ("python3.13", "ptpython ipython colorama junit-xml pydantic remote-pdb"),
    };
    let next = format!(
        "have that Python on PATH with what the driver imports: `{python} -m venv venv && venv/bin/pip install \
         {packages}`, then `PATH=$PWD/venv/bin:$PATH`"
    );
    Ok(Some(problem(why).next(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_gets_no_secret_of_the_environment() {
        for name in ["PATH", "HOME", "LANG", "LC_ALL"] {
            assert!(is_for_driver(name), "{name}");
        }
        for name in ["GITHUB_TOKEN", "NIX_CONFIG", "SSH_AUTH_SOCK", "DOMI_X", "PYTHONPATH"] {
            assert!(!is_for_driver(name), "{name}");
        }
        // `cargo` tells tests this one, so that something is there to be left out.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let folder = tempfile::tempdir().expect("a folder");
        let (driver, seen) = (folder.path().join("driver"), folder.path().join("seen"));
        let text = format!("#!/bin/sh\nexec env >{}\n", seen.display());
        std::fs::write(&driver, text).expect("it is written");
        let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&driver, may_run).expect("it may be run");
        let program = driver_program(&driver, folder.path()).expect("nothing is written");
        program.run(&Interrupt::default()).expect("it runs");
        let seen = std::fs::read_to_string(seen).expect("it has written");
        assert!(seen.contains("PATH=") && !seen.contains("CARGO"), "{seen}");
    }

    #[test]
    fn a_driver_that_does_not_run_here_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let unfit = |name: &str| {
            let script = "web.copy_from_host_via_shell('a', 'b')";
            unfit(&folder.path().join(name), script, &Interrupt::default()).expect("python3 runs")
        };
        let new = folder.path().join("new/src/test_driver");
        let imports = "from nowhere_to_be_found import x\n";
        domi_host::file::write(&new.join("__init__.py"), imports).expect("it is written");
        let refused = unfit("new").expect("it is refused");
        assert!(refused.message.ends_with("No module named 'nowhere_to_be_found'"), "{refused:?}");
        assert!(refused.next.contains("python3.13") && refused.next.contains("pydantic"));
        let missing = unfit("none").expect("it is refused").message;
        assert!(missing.ends_with("No module named 'test_driver'"), "{missing}");
        let old = folder.path().join("old/test_driver");
        domi_host::file::write(&old.join("__init__.py"), "").expect("a file");
        domi_host::file::write(&old.join("machine.py"), "class Machine: pass\n").expect("a file");
        assert_eq!(unfit("old"), None);
        std::fs::write(folder.path().join("program"), "").expect("a file");
        assert_eq!(unfit("program"), None);
        let script = "web.copy_from_host('a', 'b')";
        let program = folder.path().join("program");
        let refused = super::unfit(&program, script, &Interrupt::default()).expect("nothing runs");
        assert!(refused.expect("it is refused").message.contains("copy_from_host needs a folder"));
    }
}

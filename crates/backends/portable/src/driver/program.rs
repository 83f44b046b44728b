//! The NixOS test driver as a program.

use std::path::{Path, PathBuf};

use domi_host::command::Program;
use domi_model::Run;

/// The NixOS test driver, and what to give it.
#[derive(Debug, Clone)]
pub struct Driver {
    /// The program `nixos-test-driver`, or the folder that has its Python module `test_driver`,
    /// which then runs under the `python3` on PATH.
    pub path: PathBuf,
    /// The words that start this program as a machine, before the name of a socket.
    pub relay: Vec<String>,
    /// A test's script.
    pub script: fn(&Run) -> String,
}

/// The test's script, in the scene's folder.
pub(super) const SCRIPT: &str = "test-script.py";

/// The driver itself.
pub(super) fn driver_program(driver: &Driver) -> Program {
    if driver.path.is_file() {
        return Program::new(&driver.path);
    }
    python(&driver.path).args(["-c", "import test_driver; test_driver.main()"])
}

/// The `python3` on PATH, which finds the driver's module.
pub(super) fn python(driver: &Path) -> Program {
    Program::new("python3").env("PYTHONPATH", driver).env("PYTHONDONTWRITEBYTECODE", "1")
}

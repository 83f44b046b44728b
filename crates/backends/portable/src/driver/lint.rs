//! What the build of a NixOS test does with its script before it is run: types are checked by
//! mypy, or by ty since late 2026, the rest is looked at by pyflakes.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domi_guest::Result;
use domi_host::command::{Outcome, Program};
use domi_model::Run;
use domi_portable_system::Setup;

use super::generation::{machine_type, module};
use super::program::{SCRIPT, Task, python};
use crate::started::Started;

/// What is wrong with the script that is in `folder`, if anything is. What cannot be looked at
/// here is said.
pub(super) fn lint(
    folder: &tempfile::TempDir,
    task: &Task,
    run: &Run,
    setup: &Setup<'_, Started<'_>>,
) -> Result<Option<String>> {
    let lint = Lint { folder: folder.path(), driver: &task.driver, names: names(run), setup };
    let flakes = || if task.lint { lint.flakes() } else { Ok(None) };
    if !task.types {
        return flakes();
    }
    // As they are in nixpkgs: nixos/lib/test-driver, nixos/lib/test-script-prepend.py.
    let Some(hints) = task.driver.parent().map(|lib| lib.join("test-script-prepend.py")) else {
        return flakes();
    };
    let Ok(hints) = fs_err::read_to_string(&hints) else {
        setup
            .starts
            .reporter
            .note(None, "types are not checked: no test-script-prepend.py beside the driver");
        return flakes();
    };
    match lint.types(&hints)? {
        Some(wrong) => Ok(Some(wrong)),
        None => flakes(),
    }
}

/// The machines as the script knows them.
fn names(run: &Run) -> Vec<String> {
    let variable = |name: &String| {
        let sane = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
        let mut name: String = name.chars().map(sane).collect();
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            name.replace_range(..1, "_");
        }
        name
    };
    let mut names: Vec<_> = run.machines.keys().map(variable).collect();
    if let [only] = &names[..]
        && only != "machine"
    {
        names.push("machine".to_owned());
    }
    names
}

struct Lint<'a> {
    folder: &'a Path,
    driver: &'a Path,
    names: Vec<String>,
    setup: &'a Setup<'a, Started<'a>>,
}

impl Lint<'_> {
    fn types(&self, hints: &str) -> Result<Option<String>> {
        // Hints for a checker that takes no name for bound which is only declared.
        if hints.contains("def create_fake_qemu_machine()") {
            return self.types_by_ty(hints);
        }
        let ty = machine_type(self.driver)?;
        let machines: String = self.names.iter().map(|name| format!("{name}: {ty};")).collect();
        let typed = self.typed(hints, &machines)?;
        let arguments = ["--no-implicit-optional", "--pretty", "--no-color-output"];
        let program = self.module("mypy").args(arguments).arg("--cache-dir").arg("/dev/null");
        self.judge("mypy", &program.env("MYPYPATH", module(self.driver)).arg(typed))
    }

    fn types_by_ty(&self, hints: &str) -> Result<Option<String>> {
        let machine = |name: &String| format!("{name} = create_fake_qemu_machine()\n");
        let typed = self.typed(hints, &self.names.iter().map(machine).collect::<String>())?;
        let arguments = ["check", "--color", "never", "--extra-search-path"];
        let program = self.module("ty").args(arguments).arg(module(self.driver));
        let said = self.judge("ty", &program.arg(typed))?;
        // Some of its versions fail for warnings, such as of methods that will have other names.
        Ok(said.filter(|said| said.lines().any(|line| line.starts_with("error"))))
    }

    /// The script behind the types of what it knows.
    fn typed(&self, hints: &str, machines: &str) -> Result<PathBuf> {
        let script = fs_err::read_to_string(self.folder.join(SCRIPT))?;
        let typed = self.folder.join("typed.py");
        fs_err::write(&typed, format!("{hints}\n{machines}\n{script}"))?;
        Ok(typed)
    }

    fn flakes(&self) -> Result<Option<String>> {
        let main = module(self.driver).join("test_driver/__init__.py");
        let main = fs_err::read_to_string(main).unwrap_or_default();
        if !main.contains("def generate_driver_symbols(") {
            let said =
                "pyflakes is not asked: this driver does not tell it which names a script has";
            self.setup.starts.reporter.note(None, said);
            return Ok(None);
        }
        let symbols = python(self.driver)
            .args(["-c", "import test_driver; test_driver.generate_driver_symbols()"])
            .folder(self.folder)
            .read(&self.setup.starts.interrupt.clone());
        symbols.context("the driver does not tell its symbols")?;
        let symbols = fs_err::read_to_string(self.folder.join("driver-symbols"))?;
        let builtins = format!("{},{symbols}", self.names.join(","));
        let program = self.module("pyflakes").env("PYFLAKES_BUILTINS", builtins);
        self.judge("pyflakes", &program.arg(self.folder.join(SCRIPT)))
    }

    fn module(&self, name: &str) -> Program {
        python(self.driver).args(["-m", name])
    }

    fn judge(&self, name: &str, program: &Program) -> Result<Option<String>> {
        let outcome: Outcome = program.run(self.setup.starts.interrupt)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        let (said, complaint) = (text(&outcome.stdout), text(&outcome.stderr));
        if outcome.success() {
            return Ok(None);
        }
        if complaint.contains("No module named") {
            self.setup
                .starts
                .reporter
                .note(None, format!("{name} is not asked: python3 has no such module"));
            return Ok(None);
        }
        Ok(Some(format!("{name} refuses the script\n{said}\n{complaint}").trim().to_owned()))
    }
}

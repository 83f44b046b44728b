//! One example: its files are written, its commands run, and what they print stands below them.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace::sdk::{self, Turn};

/// Without members: the features are plugins.
const WORKSPACE: &str = "[workspace]\nresolver = \"3\"\nmembers = []\n\n\
                         [workspace.metadata.domi]\nplugins = [\"plugins/*\"]\n";
/// All programs that the computer of the examples has.
const PROGRAMS: &str = "cargo rustc rustup cc git sh bash cat sed rm mv cp ln ls mkdir chmod head tr printf \
                        touch env pwd sleep seq";
/// Those that a computer may lack. An example has those that a command of it names, or "This computer has".
const OPTIONAL: [&str; 5] = ["flock", "ssh-keygen", "apt-get", "qemu-system-x86_64", "shellcheck"];
/// What apt starts.
const APT: &str = "apt-config apt-cache dpkg gpgv sqv qemu-img";
/// Where the workspace is, as it is recorded.
const HOME: &str = "/home/ada";
/// Where this repository is, as it is recorded, for features that are written with its SDK.
const REPOSITORY: &str = "/home/ada/domi-nix";
/// What an example says for which Nix is there, and a nixpkgs at `~/nixpkgs`.
const HAS_NIX: &str = "This computer has Nix";

/// What an example needs, where this computer lacks it.
pub(crate) fn lacking(text: &str) -> Option<&'static str> {
    let is_unset = |variable: &&str| std::env::var_os(variable).is_none();
    let nix = ["DOMI_NIX", "DOMI_NIXPKGS"].into_iter().find(is_unset);
    let missing = optional(text).find(|program| found(program).is_none());
    nix.filter(|_| text.contains(HAS_NIX)).or(missing)
}

fn optional(text: &str) -> impl Iterator<Item = &'static str> {
    let is_said = |line: &&str| line.starts_with("$ ") || line.starts_with("This computer has ");
    let said: String = text.lines().filter(is_said).collect();
    OPTIONAL.into_iter().filter(move |program| said.contains(program))
}

fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether features are compiled in it.
pub(crate) fn compiles(text: &str) -> bool {
    text.contains(REPOSITORY)
}

/// The text of an example with what its commands print now.
pub(crate) fn run(text: &str) -> String {
    let computer = Computer::new(text);
    let mut now = String::new();
    let mut named = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        now += &format!("{line}\n");
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                named = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:"));
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if language == "console" {
            for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                now += &format!("$ {command}\n{}", computer.printed(command));
            }
        } else {
            computer.write_all(named.take(), &block);
            now.extend(block.iter().map(|line| format!("{line}\n")));
        }
        now += "```\n";
    }
    now
}

/// A folder with a home, a workspace in it and few programs.
struct Computer {
    _dir: tempfile::TempDir,
    home: PathBuf,
    root: PathBuf,
    /// Whether it compiles features with the SDK, and what it prints is not about another test that does.
    sdk: Option<Turn>,
}

impl Computer {
    /// One for an example, with the programs that this names.
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap().join("home");
        let root = home.join("site");
        let sdk = compiles(text).then(Turn::wait);
        let computer = Self { _dir: dir, root, home, sdk };
        computer.write("Cargo.toml", WORKSPACE);
        let web = super::folder().join("web.json");
        computer.write("plugins/web/manifest.json", &std::fs::read_to_string(web).unwrap());
        let bin = computer.bin();
        std::fs::create_dir_all(&bin).unwrap();
        let mut programs: Vec<&str> = PROGRAMS.split_whitespace().collect();
        programs.extend(optional(text));
        if programs.contains(&"apt-get") {
            programs.extend(APT.split_whitespace());
        }
        for program in programs {
            if let Some(file) = found(program) {
                symlink(file, bin.join(program)).unwrap();
            }
        }
        if text.contains(HAS_NIX) {
            let named = |variable| std::env::var_os(variable).unwrap();
            symlink(named("DOMI_NIX"), bin.join("nix")).unwrap();
            symlink(named("DOMI_NIXPKGS"), computer.home.join("nixpkgs")).unwrap();
        }
        if computer.sdk.is_some() {
            let lock = super::repository::root().join("Cargo.lock");
            std::fs::copy(lock, computer.root.join("Cargo.lock")).unwrap();
        }
        computer
    }

    fn bin(&self) -> PathBuf {
        self.home.with_file_name("bin")
    }

    /// Files of a block: one that is named before it, or several, each after a comment with its path.
    fn write_all(&self, named: Option<&str>, block: &[&str]) {
        if let Some(path) = named {
            return self.write(path, &lines(block));
        }
        let mut files: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in block {
            match (path(line), files.last_mut()) {
                (Some(path), _) => files.push((path, Vec::new())),
                (None, Some((_, text))) => text.push(line),
                (None, None) => panic!("no file is named before {line:?}"),
            }
        }
        for (path, mut text) in files {
            while text.last().is_some_and(|line| line.is_empty()) {
                text.pop();
            }
            self.write(path, &lines(&text));
        }
    }

    /// Writes a file of the workspace; a manifest gets a plugin that prints it.
    fn write(&self, path: &str, text: &str) {
        let file = self.root.join(path);
        let folder = file.parent().unwrap();
        std::fs::create_dir_all(folder).unwrap();
        let repository = super::repository::root().to_str().unwrap();
        std::fs::write(&file, text.replace(REPOSITORY, repository)).unwrap();
        if text.starts_with("#!") {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let plugin = folder.join("plugin.toml");
        if path.ends_with("/manifest.json") && !plugin.exists() {
            std::fs::write(plugin, "command = [\"cat\", \"manifest.json\"]\n").unwrap();
        }
    }

    /// What a command of the shell prints, on either stream.
    fn printed(&self, command: &str) -> String {
        let script = format!("cargo() {{ shift; \"$XTASK\" \"$@\"; }}\nexec 2>&1\n{command}\n");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(&self.root).stdin(Stdio::null()).env_clear();
        let old = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        for (variable, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let folder = std::env::var_os(variable).map_or_else(|| old.join(usual), PathBuf::from);
            shell.env(variable, folder);
        }
        // With another `CARGO_INCREMENTAL` than other tests have, cargo would compile the SDK again.
        for variable in ["CARGO_INCREMENTAL", "RUSTUP_TOOLCHAIN", "TMPDIR", "LD_LIBRARY_PATH"] {
            shell.envs(std::env::var_os(variable).map(|value| (variable, value)));
        }
        for who in ["AUTHOR", "COMMITTER"] {
            shell.env(format!("GIT_{who}_NAME"), "Ada");
            shell.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
            shell.env(format!("GIT_{who}_DATE"), "1000000000 +0000");
        }
        shell
            .env("PATH", self.bin())
            .env("HOME", &self.home)
            .env("XTASK", env!("CARGO_BIN_EXE_xtask"))
            .env("DOMI_CACHE", self.home.join(".cache/domi"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8");
        if self.sdk.is_some() {
            shell.env("CARGO_TARGET_DIR", sdk::target()).env("CARGO_TERM_QUIET", "true");
        }
        let output = shell.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap()
            + std::str::from_utf8(&output.stderr).unwrap();
        let said = said.replace(self.home.to_str().unwrap(), HOME);
        let said = said.replace(super::repository::root().to_str().unwrap(), REPOSITORY);
        if said.is_empty() || said.ends_with('\n') { said } else { said + "\n" }
    }
}

/// The path that a comment names: `# hosts/web-1.toml`.
fn path(line: &str) -> Option<&str> {
    let path = line.strip_prefix("# ")?;
    let is_path = !path.contains(' ') && Path::new(path).extension().is_some();
    is_path.then_some(path)
}

fn lines(block: &[&str]) -> String {
    block.iter().map(|line| format!("{line}\n")).collect()
}

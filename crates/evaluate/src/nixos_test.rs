//! NixOS tests, as people write them for `runNixOSTest` or as nixpkgs has them: which there are in a file, and
//! what becomes of one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use domi_host::Interrupt;
use domi_host::command::Program;
use domi_model::reserved;
use domi_nix_command::{Nix, NixFailed};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Nixpkgs;
use crate::answer::Evaluated;
use crate::commands;
use crate::run::{FlakeModule, written};
use crate::store;
use crate::stored::Stored;

/// Where tests are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestSource {
    /// A Nix file, by its absolute path.
    File(PathBuf),
    /// An attribute of a flake: a test, or a set of them.
    Flake(FlakeModule),
}

/// A question about the tests of a file or of a flake's attribute. To evaluate one is to run its author's
/// Nix code: it may read whatever the user may read.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// Whose test framework, lib and packages, where the tests do not name their own.
    pub nixpkgs: Nixpkgs,
    /// For which system: `x86_64-linux`.
    pub system: String,
    /// Where the tests are.
    pub source: TestSource,
    /// How long one process may take.
    pub limit: Duration,
}

/// A test, as far as it is known without its nodes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TestName {
    /// The attributes that lead to it in its file; none where the file is the test.
    pub path: Vec<String>,
    /// The name it gives itself.
    pub name: String,
    /// Its virtual machines.
    pub nodes: Vec<String>,
}

/// What a test comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct NixosTest {
    /// Its nodes, each against an empty one of the same framework.
    pub nodes: BTreeMap<String, Node>,
    /// Its containers, which newer frameworks have.
    pub containers: Vec<String>,
    /// The test's script, in Python.
    pub script: String,
    /// The folder of the driver in the nixpkgs of the test.
    pub driver: PathBuf,
    /// Whether it reads texts from the screen.
    pub reads_screen: bool,
    /// Additional arguments for the driver.
    pub driver_arguments: Vec<String>,
    /// Additional packages for the driver's Python.
    pub python_packages: Vec<String>,
    /// How long the test may take by its own account.
    pub limit: Duration,
    /// Whether pyflakes does not look at the script.
    pub skip_lint: bool,
    /// Whether mypy does not look at the script.
    pub skip_types: bool,
    /// What it refers to in the store, by store path.
    pub store: BTreeMap<String, Stored>,
}

/// A node of a test.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// What it has that an empty node has not.
    pub seen: Evaluated,
    /// Systems that it can be switched to.
    pub specialisations: Vec<String>,
    /// Options of the virtual machine, below `virtualisation`, that an empty node has other values of.
    pub machine: Vec<String>,
    /// Whether its network is made by systemd-networkd.
    pub networkd: bool,
    /// The addresses of its first interface, each with the length of its prefix.
    pub addresses: Vec<String>,
    /// Its file `/etc/hosts`.
    pub hosts: String,
}

/// Options below `virtualisation` that change the machine around the system. Memory, processors, the size of
/// the disk and forwarded ports are none of a test's business, and not among them.
const MACHINE_OPTIONS: [&str; 27] = [
    "bootDevice",
    "bootLoaderDevice",
    "bootPartition",
    "credentials",
    "directBoot.enable",
    "efi.OVMF",
    "emptyDiskImages",
    "fileSystems",
    "interfaces",
    "mountHostNixStore",
    "qemu.diskInterface",
    "qemu.drives",
    "qemu.enableSharedMemory",
    "qemu.guestAgent.enable",
    "qemu.networkingOptions",
    "qemu.options",
    "restrictNetwork",
    "rootDevice",
    "sharedDirectories",
    "tpm.enable",
    "useBIOSBoot",
    "useBootLoader",
    "useEFIBoot",
    "useNixStoreImage",
    "useSecureBoot",
    "vlans",
    "writableStore",
];

/// Options that are on by default, for what no machine of ours has. A node without them is compared with an
/// empty node without them.
const OFF_OPTIONS: [&str; 16] = [
    "boot.enableContainers",
    "documentation.doc.enable",
    "documentation.enable",
    "documentation.info.enable",
    "documentation.man.enable",
    "documentation.nixos.enable",
    "environment.defaultPackages",
    "environment.stub-ld.enable",
    "fonts.fontconfig.enable",
    "programs.command-not-found.enable",
    "programs.less.lessopen",
    "services.udisks2.enable",
    "xdg.autostart.enable",
    "xdg.icons.enable",
    "xdg.mime.enable",
    "xdg.sounds.enable",
];

/// What Nix says before the names of arguments that nobody gives.
const UNKNOWN_ARGUMENTS: &str =
    "the file is a function that wants arguments which it is not given: ";

impl TestFile {
    /// The tests that there are, in the order of their paths.
    ///
    /// # Errors
    /// When Nix cannot be run, or refuses the file.
    pub fn names(&self, nix: &Nix, interrupt: &Interrupt) -> Result<Vec<TestName>, NixFailed> {
        let answer: Names = self.ask(nix, Asked::default(), interrupt)?;
        Ok(answer.tests)
    }

    /// What the test at a path comes to. `builds` says that its machines have the store's own files: all that the
    /// store is told to hold can then be built.
    ///
    /// # Errors
    /// When Nix cannot be run, or refuses the test.
    pub fn test(
        &self,
        nix: &Nix,
        path: &[String],
        builds: bool,
        interrupt: &Interrupt,
    ) -> Result<NixosTest, NixFailed> {
        let asked = Asked { path: Some(path), builds };
        let Answer { seen, references } = self.ask(nix, asked, interrupt)?;
        let store = if builds {
            store::whole(nix, references, self.limit, interrupt)?
        } else {
            let mut store = store::stored(nix, references, self.limit, interrupt)?;
            let nodes = seen.nodes.values().flat_map(|node| node.seen.may_refer_to_results());
            let texts: Vec<&str> = nodes.chain([seen.script.as_str()]).collect();
            commands::add(nix, &texts, &mut store, self.limit, interrupt)?;
            store
        };
        let texts = seen.nodes.values().flat_map(|node| node.seen.texts());
        let store = store::referred(&store, texts.chain([seen.script.as_str()]));
        Ok(NixosTest {
            nodes: seen.nodes,
            containers: seen.containers,
            script: seen.script,
            driver: seen.driver,
            reads_screen: seen.reads_screen,
            driver_arguments: seen.extra_driver_args,
            python_packages: seen.python_packages,
            limit: Duration::from_secs(seen.global_timeout),
            skip_lint: seen.skip_lint,
            skip_types: seen.skip_type_check,
            store,
        })
    }

    fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        nix: &Nix,
        Asked { path, builds }: Asked<'_>,
        interrupt: &Interrupt,
    ) -> Result<T, NixFailed> {
        let request = json!({
            "nixpkgs": self.nixpkgs.to_json(),
            "system": self.system,
            "source": self.source.to_json(),
            "path": path,
            "builds": builds,
            "machineOptions": MACHINE_OPTIONS,
            "offOptions": OFF_OPTIONS,
            "unknownArguments": UNKNOWN_ARGUMENTS,
            "modules": [],
            "changed": true,
            "sharedUnits": reserved::shared_units().collect::<Vec<_>>(),
        });
        let folder = written(&request.to_string()).map_err(NixFailed::NotStarted)?;
        let program = nix.program(["eval", "--json", "--impure", "--file"]);
        let program = program.arg(folder.path().join("nixos_test.nix"));
        // For `<nixpkgs>` in the file.
        let program = program.args(["-I", &format!("nixpkgs={}", self.nixpkgs.search_path())]);
        // A test's code can read the environment.
        let program = program.only_env(is_for_nix);
        let program = program.time_limit(self.limit).output_limit(1 << 30);
        nix.read_json(&program, interrupt)
    }
}

/// What Nix is asked about tests.
#[derive(Debug, Clone, Copy, Default)]
struct Asked<'a> {
    /// The attributes that lead to the one that is asked about; nothing to ask which there are.
    path: Option<&'a [String]>,
    /// Whether what it refers to is to be built.
    builds: bool,
}

/// Whether Nix itself wants a variable of the environment. `NIX_CONFIG` may hold a token, and is left out:
/// what it says can stand in a file.
fn is_for_nix(name: &str) -> bool {
    let of_nix = name.starts_with("NIX_") && name != "NIX_CONFIG";
    Program::is_plain_env(name) || name == "TMPDIR" || of_nix || name.starts_with("XDG_")
}

impl TestSource {
    fn to_json(&self) -> Json {
        match self {
            Self::File(path) => json!({ "file": path }),
            Self::Flake(module) => json!(module),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Names {
    tests: Vec<TestName>,
}

/// What Nix answers about a test.
#[derive(Debug, Deserialize)]
struct Answer {
    seen: Seen,
    references: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    nodes: BTreeMap<String, Node>,
    containers: Vec<String>,
    script: String,
    driver: PathBuf,
    #[serde(rename = "enableOCR")]
    reads_screen: bool,
    extra_driver_args: Vec<String>,
    python_packages: Vec<String>,
    global_timeout: u64,
    skip_lint: bool,
    skip_type_check: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nix_gets_what_it_needs_of_the_environment_and_no_secret() {
        for name in ["PATH", "HOME", "NIX_PATH", "NIX_REMOTE", "NIX_SSL_CERT_FILE", "LC_ALL"] {
            assert!(is_for_nix(name), "{name}");
        }
        for name in
            ["NIX_CONFIG", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DOMI_X", "SSH_AUTH_SOCK"]
        {
            assert!(!is_for_nix(name), "{name}");
        }
    }
}

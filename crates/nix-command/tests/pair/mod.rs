//! Two computers for tests: a real `nix` here that may build nothing itself, a real `sshd` on the
//! loopback interface, and behind it a real `nix` with its own store and configuration. If this
//! computer lacks something for that, a message says so.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domi_host::command::{Program, die_with_parent};
use domi_host::{Interrupt, tool};
use domi_nix_command::{Flake, Nix};

const LIMIT: Duration = Duration::from_secs(120);

/// Two computers: this one, and one that is reached by `ssh`.
pub(crate) struct Pair {
    /// The folder of both; its name also identifies their processes.
    pub(crate) folder: tempfile::TempDir,
    pub(crate) nix: Nix,
    pub(crate) system: String,
    sshd: Child,
}

impl Drop for Pair {
    /// Ends `sshd`, and whatever a failed test has left of it.
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
        for process in self.processes() {
            let kill = Program::new("kill").args(["-KILL", &process.to_string()]);
            let _ = kill.run(&Interrupt::default());
        }
    }
}

fn skip<T>(why: impl std::fmt::Display) -> Option<T> {
    eprintln!("skipped: {why}");
    None
}

fn write(path: &Path, text: &str) {
    fs_err::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    fs_err::write(path, text).expect("it can be written");
}

/// A free port of the loopback interface.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("it has an address").port()
}

fn run(program: &str, words: &[&str]) -> String {
    Program::new(program).args(words).read(&Interrupt::default()).expect("it runs")
}

/// The files that give a sandboxed build a shell: copies, because the sandbox of a build by root
/// could write to them.
fn shell_for_sandbox(folder: &Path) -> Option<String> {
    let needed = run("ldd", &["/bin/sh"]);
    let libraries = needed.split_whitespace().filter(|word| word.starts_with('/'));
    let mut tops = std::collections::BTreeSet::new();
    for file in std::iter::once("/bin/sh").chain(libraries) {
        let copy = folder.join(file.trim_start_matches('/'));
        fs_err::create_dir_all(copy.parent()?).ok()?;
        fs_err::copy(file, copy).ok()?;
        tops.insert(file.split('/').nth(1)?.to_owned());
    }
    let given = |top: &String| format!("/{top}={}/{top}", folder.display());
    // If the libraries are in a store, they would hide what is built.
    let usable = !tops.contains("nix");
    usable.then(|| tops.iter().map(given).collect::<Vec<_>>().join(" "))
}

/// Both computers, and a flake at `flake` of their folder, in whose text `SYSTEM` is replaced by
/// this system and `MARK` by a text that identifies processes. Its check of this name shows whether
/// builds are possible at all.
pub(crate) fn pair(flake: &str, probe: &str) -> Option<Pair> {
    let nix = match Nix::find(&Interrupt::default()).expect("nix is asked for its version") {
        Ok(nix) => nix,
        Err(problem) => return skip(problem),
    };
    let Some(sshd) = tool::find("sshd") else { return skip("no sshd here") };
    if let Some(lacking) = ["ssh", "nix-daemon"].iter().find(|it| tool::find(it).is_none()) {
        return skip(format!("no {lacking} here"));
    }
    let folder = tempfile::Builder::new().prefix("domi-builders-").tempdir().expect("a folder");
    let path = folder.path().to_owned();

    let Some(shell) = shell_for_sandbox(&path.join("shell")) else {
        return skip("no shell that can be copied into a sandbox");
    };
    let settings =
        "build-users-group =\nsubstituters =\nextra-experimental-features = nix-command flakes\n";
    let there = format!(
        "{settings}sandbox = true\nsandbox-paths = {shell}\nsystem-features = there kvm nixos-test\nmax-jobs = 4\n"
    );
    write(&path.join("there/nix.conf"), &there);
    write(&path.join("here/nix.conf"), &format!("{settings}max-jobs = 0\n"));

    let port = free_port();
    let ssh = configure_ssh(&path, port);
    let capable = nix.capabilities(None, &Interrupt::default()).expect("a configuration");
    let system = capable.systems[0].clone();
    let flake = flake.replace("SYSTEM", &system).replace("MARK", &path.display().to_string());
    write(&path.join("flake/flake.nix"), &flake);

    if let Err(why) = builds_alone(&nix, &path, probe) {
        return skip(format!("nix may not build in a sandbox here: {why}"));
    }
    let mut command = Command::new(&sshd);
    command.arg("-D").arg("-e").arg("-f").arg(path.join("sshd_config"));
    let log = fs_err::File::create(path.join("sshd.log")).expect("it can be made").into_file();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    die_with_parent(&mut command);
    // As root it needs an empty folder of this name, which its service makes at boot.
    let _ = std::fs::create_dir_all("/run/sshd");
    let sshd = command.spawn().expect("sshd starts");
    let begun = Instant::now();
    while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let log = fs_err::read_to_string(path.join("sshd.log")).unwrap_or_default();
        assert!(begun.elapsed() < LIMIT, "sshd does not listen: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }

    // The user's environment: which ssh to use, and where this nix has its store.
    let program = path.join("nix");
    let script = format!(
        "#!/bin/sh\nexport NIX_CONF_DIR={0}/here NIX_SSHOPTS=\"-F {ssh} $NIX_SSHOPTS\"\nexec {1} \
         --store 'local?root={0}/here' \"$@\"\n",
        path.display(),
        nix.path().display(),
    );
    write(&program, &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&program, mode).expect("it may be run");
    let nix = Nix::at(&program, &Interrupt::default()).expect("it is a nix");
    Some(Pair { folder, nix, system, sshd })
}

/// Keys for both sides, and the configuration of `ssh`. Nothing of the user's is read.
fn configure_ssh(folder: &Path, port: u16) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    for key in ["host", "user", "stranger"] {
        run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]);
    }
    let public = |key: &str| {
        let text = fs_err::read_to_string(at(&format!("{key}.pub"))).expect("it has been made");
        text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    };
    write(
        &folder.join("sshd_config"),
        &format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nAuthorizedKeysFile \
             {}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nSetEnv \
             NIX_CONF_DIR={}\n",
            at("host"),
            at("user.pub"),
            at("there"),
        ),
    );
    write(&folder.join("known"), &format!("[127.0.0.1]:{port} {}\n", public("host")));
    write(&folder.join("wrong"), &format!("[127.0.0.1]:{port} {}\n", public("stranger")));
    let host = |name: &str, port: u16, key: &str, known: &str| {
        format!(
            "Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {}\n  \
             IdentitiesOnly yes\n  UserKnownHostsFile {}\n  StrictHostKeyChecking yes\n",
            at(key),
            at(known),
        )
    };
    let config = [
        host("builder", port, "user", "known"),
        host("stranger", port, "stranger", "known"),
        host("impostor", port, "user", "wrong"),
        host("gone", free_port(), "user", "known"),
    ];
    write(&folder.join("ssh_config"), &config.concat());
    at("ssh_config")
}

/// Whether the other computer can build at all.
fn builds_alone(nix: &Nix, folder: &Path, probe: &str) -> Result<(), String> {
    let store = format!("local?root={}/alone", folder.display());
    let flake = Flake::of(&folder.join("flake")).expect("it has one");
    let system = nix.capabilities(None, &Interrupt::default()).map_err(|it| it.to_string())?;
    let program = nix
        .program(["build", "--no-link", "--store", &store])
        .args(flake.words(&format!("checks.{}.{probe}", system.systems[0])))
        .env("NIX_CONF_DIR", folder.join("there"));
    program.read(&Interrupt::default()).map(drop).map_err(|it| format!("{it:#}"))
}

impl Pair {
    /// The setting `builders` for the other computer, by one of the protocols.
    pub(crate) fn builder(&self, protocol: &str, host: &str) -> String {
        let root = format!("{}/there", self.folder.path().display());
        // Escaped, since it is part of a URI.
        format!("{protocol}://{host}?remote-store=local%3Froot%3D{root}")
    }

    pub(crate) fn machines(&self, protocol: &str) -> String {
        format!("{} {} - 2 1 there,kvm,nixos-test", self.builder(protocol, "builder"), self.system)
    }

    /// Processes that belong to this test, except `sshd` itself.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let mark = self.folder.path().display().to_string();
        let marked = |id: &i32| {
            ["cmdline", "environ"].iter().any(|file| {
                let text = std::fs::read(format!("/proc/{id}/{file}")).unwrap_or_default();
                String::from_utf8_lossy(&text).contains(&mark)
            })
        };
        let entries = std::fs::read_dir("/proc").expect("it is Linux");
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let ids = names.filter_map(|name| name.parse::<i32>().ok());
        let own = [self.sshd.id().cast_signed(), std::process::id().cast_signed()];
        ids.filter(|id| !own.contains(id)).filter(marked).collect()
    }

    #[track_caller]
    pub(crate) fn nothing_is_left(&self) {
        let begun = Instant::now();
        while !self.processes().is_empty() {
            let what = |id: &i32| {
                let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
                format!("{id} {}", String::from_utf8_lossy(&line).replace('\0', " "))
            };
            let left: Vec<_> = self.processes().iter().map(what).collect();
            assert!(begun.elapsed() < Duration::from_secs(20), "left behind: {left:#?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

//! A way into the machine by ssh, from this computer alone: keys that are made for this session, a port
//! of 127.0.0.1, and a file that tells `ssh` all of that.

use std::fs::Permissions;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use domi_guest::{Drive, Forward, Machine};
use domi_host::command::{Program, shell_word};
use domi_model::Problem;
use tempfile::TempDir;

use super::copied::packed;
use crate::Exit;
use crate::codes::NO_SSH;
use crate::context::Context;
use crate::failure::Result;

/// The package with the server.
pub(super) const PACKAGE: &str = "openssh-server";
/// Where the server listens in the machine: no feature does so there.
const PORT: u16 = 22_022;
/// The folder of the server in the machine's memory.
const FOLDER: &str = "run/domi/ssh";
/// How long the server may take to start.
const START: Duration = Duration::from_secs(5 * 60);

/// Keys for one session, and where the machine is reached. They are gone when this ends.
pub(super) struct Ssh {
    /// A folder that only this user can read.
    folder: TempDir,
    forward: Forward,
}

impl Ssh {
    /// Makes the keys, and chooses a port that is free. Fails where this computer has no `ssh-keygen`.
    pub(super) fn new(context: &Context) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("domi-ssh-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir();
        let folder = folder.context("no folder for temporary files")?;
        for key in ["key", "host_key"] {
            make_key(context, &folder.path().join(key))?;
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
        let host = free.context("no port of this computer is free")?.port();
        let ssh = Self { folder, forward: Forward { host, guest: PORT } };
        ssh.write(host)?;
        Ok(ssh)
    }

    /// The port that leads to the server.
    pub(super) fn forward(&self) -> Forward {
        self.forward
    }

    /// Writes what `ssh` is told: whom it meets, and as whom it comes.
    fn write(&self, port: u16) -> anyhow::Result<()> {
        let path = |name: &str| self.folder.path().join(name);
        let public = fs_err::read_to_string(path("host_key.pub"))?;
        let key = public.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        fs_err::write(path("known_hosts"), format!("[127.0.0.1]:{port} {key}\n"))?;
        let quoted = |name: &str| format!("\"{}\"", path(name).display());
        let config = format!(
            "Host vm\n  HostName 127.0.0.1\n  Port {port}\n  User root\n  IdentityFile {}\n  IdentitiesOnly yes\n  \
             IdentityAgent none\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n",
            quoted("key"),
            quoted("known_hosts"),
        );
        fs_err::write(path("config"), config)?;
        Ok(())
    }

    /// Starts the server in the machine, and lets it through the machine's firewall.
    pub(super) fn start(&self, machine: &mut Machine) -> Result<()> {
        machine.push(self.archive()?)?.succeeded("the machine did not take the keys")?;
        let start = format!(
            "set -e\nmkdir -p /run/sshd\n\
             if nft list chain inet domi input >/dev/null 2>&1; then nft insert rule inet domi input tcp dport {PORT} accept; fi\n\
             /usr/sbin/sshd -f /{FOLDER}/config -E /{FOLDER}/log"
        );
        machine.execute(&start, START)?.succeeded("the machine did not start its ssh server")?;
        Ok(())
    }

    /// What the server needs, to be unpacked at `/`.
    fn archive(&self) -> anyhow::Result<Vec<u8>> {
        let config = format!(
            "Port {PORT}\nListenAddress 0.0.0.0\nHostKey /{FOLDER}/host_key\nAuthorizedKeysFile /{FOLDER}/authorized_keys\n\
             AllowUsers root\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nUsePAM no\nPidFile none\nSubsystem sftp internal-sftp\n"
        );
        let read = |name: &str| fs_err::read(self.folder.path().join(name));
        let files = [
            ("config", config.into_bytes()),
            ("host_key", read("host_key")?),
            ("authorized_keys", read("key.pub")?),
        ];
        packed(files.iter().map(|(name, content)| (format!("{FOLDER}/{name}"), 0o600, &**content)))
    }

    /// The command that a person gives in another terminal.
    pub(super) fn command(&self) -> String {
        let config = self.folder.path().join("config");
        format!("ssh -F {} vm", shell_word(&config.to_string_lossy()))
    }
}

/// A key without a passphrase: it lives as long as the session.
fn make_key(context: &Context, file: &Path) -> Result<()> {
    let words = ["-q", "-t", "ed25519", "-N", "", "-C", "domi", "-f"];
    let made = Program::new("ssh-keygen").args(words).arg(file).run(&context.interrupt);
    let why = match made {
        Ok(outcome) if outcome.success() => return Ok(()),
        Ok(outcome) => String::from_utf8_lossy(&outcome.stderr).trim().to_owned(),
        Err(error) => {
            context.interrupt.check()?;
            format!("{error:#}")
        }
    };
    let problem = Problem::error(NO_SSH, "--ssh", format!("no key could be made: {why}"));
    let problem = problem.next("install OpenSSH's client, which has `ssh-keygen`");
    Err(context.problems(Exit::Missing, vec![problem]))
}

//! What is waited for.

use std::fmt;
use std::io::ErrorKind;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long a server may take to answer, and how little it gets when the time is nearly over.
const MOST: Duration = Duration::from_secs(2);
const LEAST: Duration = Duration::from_millis(100);

/// Something that is waited for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// A unit of systemd is active, by its full name.
    Unit(String),
    /// Somebody takes connections at `host:port`.
    Tcp(String),
    /// A file or folder is there.
    File(PathBuf),
}

/// What is known of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    There,
    /// It is not, and this is how it is instead.
    Missing(String),
    /// Nobody here can say, now or later.
    Unknown(String),
}

impl Condition {
    /// Looks once; `left` is what is left of the time.
    pub(crate) fn look(&self, left: Duration) -> State {
        match self {
            Self::Unit(name) => unit(name),
            Self::Tcp(address) => tcp(address, left.clamp(LEAST, MOST)),
            Self::File(path) => file(path),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(name) => write!(f, "unit {name}"),
            Self::Tcp(address) => write!(f, "tcp {address}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

fn unit(name: &str) -> State {
    let mut systemctl = Command::new("systemctl");
    systemctl.args(["is-active", "--", name]).stdin(Stdio::null());
    let output = match systemctl.output() {
        Ok(output) => output,
        Err(error) => return State::Unknown(format!("systemctl does not start: {error}")),
    };
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match (output.status.success(), state.is_empty()) {
        (true, _) => State::There,
        (false, false) => State::Missing(state),
        // It prints a state whenever it gets an answer.
        (false, true) => {
            let said = String::from_utf8_lossy(&output.stderr);
            State::Unknown(said.lines().next().unwrap_or("systemctl says nothing").to_owned())
        }
    }
}

fn tcp(address: &str, limit: Duration) -> State {
    let addresses = match address.to_socket_addrs() {
        Ok(addresses) => addresses,
        // Names may be known later.
        Err(error) => return State::Missing(error.to_string()),
    };
    let mut why = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, limit) {
            // A port among those that the kernel gives out may meet itself where nobody listens.
            Ok(stream) if stream.local_addr().ok() == Some(address) => {
                why = "nobody listens".to_owned();
            }
            Ok(_) => return State::There,
            Err(error) => why = error.to_string(),
        }
    }
    State::Missing(why)
}

fn file(path: &Path) -> State {
    match std::fs::metadata(path) {
        Ok(_) => State::There,
        Err(error) if error.kind() == ErrorKind::NotFound => State::Missing("not there".to_owned()),
        Err(error) => State::Missing(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_there_while_somebody_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let condition = Condition::Tcp(listener.local_addr().unwrap().to_string());
        assert_eq!(condition.look(MOST), State::There);
        drop(listener);
        assert!(matches!(condition.look(MOST), State::Missing(_)));
    }

    #[test]
    fn a_file_is_there_once_it_is_what_a_link_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let condition = Condition::File(link);
        assert_eq!(condition.look(MOST), State::Missing("not there".to_owned()));
        std::fs::write(&file, "").unwrap();
        assert_eq!(condition.look(MOST), State::There);
        let below = Condition::File(file.join("more"));
        assert!(matches!(below.look(MOST), State::Missing(why) if why != "not there"));
    }
}

//! Ports and folders, as the command line names them.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use domi_guest::Forward;
use domi_host::Interrupt;
use domi_model::Problem;

use super::copied;
use crate::codes::{NO_FOLDER, NO_PORT};
use crate::failure::Result;

/// What a machine gets beside its system.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) forwards: Vec<Forward>,
    /// The folders that are copied, each as an archive to be unpacked at `/`.
    pub(super) archives: Vec<Vec<u8>>,
}

impl Asked {
    /// What these texts say. What is wrong with them is added to the problems.
    pub(super) fn of(
        forwards: &[String],
        copies: &[String],
        interrupt: &Interrupt,
        problems: &mut Vec<Problem>,
    ) -> Result<Self> {
        let mut asked = Self::default();
        let mut taken = BTreeSet::new();
        for text in forwards {
            let read = forward(text).and_then(|forward| {
                if taken.insert(forward.host) { free(forward.host) } else { Err(TWICE.into()) }?;
                Ok(forward)
            });
            match read {
                Ok(forward) => asked.forwards.push(forward),
                Err(why) => problems.push(
                    Problem::error(NO_PORT, format!("--forward {text}"), why)
                        .next("name a free port, and one of the machine, as in 8080:80"),
                ),
            }
        }
        let mut room = copied::MOST;
        for text in copies {
            match copied::archive(text, &mut room, interrupt)? {
                Ok(archive) => asked.archives.push(archive),
                Err(why) => problems.push(
                    Problem::error(NO_FOLDER, format!("--copy {text}"), why)
                        .next("name a folder, and where it goes, as in site:/srv/site"),
                ),
            }
        }
        Ok(asked)
    }
}

const TWICE: &str = "this port of the computer is named twice";

fn forward(text: &str) -> Result<Forward, String> {
    let wrong = || "it is not two ports, each from 1 to 65535".to_owned();
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong);
    let (host, guest) = text.split_once(':').ok_or_else(wrong)?;
    Ok(Forward { host: port(host)?, guest: port(guest)? })
}

/// Whether QEMU will be able to listen on a port.
fn free(port: u16) -> Result<(), String> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Err(format!("something listens on 127.0.0.1:{port} already"))
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(format!(
            "you may not listen on 127.0.0.1:{port}; ports from 1024 on are free to all"
        )),
        Err(error) => Err(format!("127.0.0.1:{port} cannot be listened on: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(forwards: &[&str], copies: &[&str]) -> (Asked, Vec<String>) {
        let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let (mut problems, never) = (Vec::new(), Interrupt::default());
        let asked = Asked::of(&owned(forwards), &owned(copies), &never, &mut problems);
        let said =
            problems.iter().map(|problem| format!("{}: {}", problem.subject, problem.message));
        (asked.expect("nothing of ours fails"), said.collect())
    }

    #[test]
    fn ports_are_two_numbers_and_free() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let held = holder.local_addr().expect("an address").port();
        let taken = format!("{held}:80");
        for wrong in ["80", "", "0:80", "80:0", "80:65536", "a:80", "127.0.0.1:80:80", "-1:80"] {
            assert_eq!(asked(&[wrong], &[]).1.len(), 1, "{wrong}");
        }
        let (_, said) = asked(&[&taken, "x"], &["nowhere:/srv", "/tmp"]);
        assert_eq!(said.len(), 4, "all at once: {said:?}");
        assert_eq!(
            said[0],
            format!("--forward {taken}: something listens on 127.0.0.1:{held} already")
        );
        drop(holder);
        let (found, said) = asked(&[&taken, &taken], &[]);
        assert_eq!(found.forwards, [Forward { host: held, guest: 80 }]);
        assert_eq!(said, [format!("--forward {taken}: {TWICE}")]);
    }
}

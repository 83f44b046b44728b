//! Which release the package sources have, found out without fetching its lists.

use std::path::Path;

use anyhow::Context;
use domi_host::Interrupt;

use super::state::{Known, State};
use crate::{Architecture, Distribution, Error, Result};

/// The release that guests are made from where nobody names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// The release.
    pub distribution: Distribution,
    /// The newer ones that cannot be had, each with the reason, where that was found out just now
    /// and not by an earlier call.
    pub passed_over: Vec<(Distribution, String)>,
}

/// Finds out whether the package sources have a release, unless that is known.
///
/// # Errors
/// [`Error::NoSources`], [`Error::NoSuite`] or [`Error::NotVerified`] where they have not, or
/// [`Error::Offline`] where nobody knows.
pub fn offered(
    cache: &Path,
    distribution: &Distribution,
    architecture: Architecture,
    interrupt: &Interrupt,
) -> Result<()> {
    Looked { sources: Path::new(APT), cache, architecture, interrupt }.offered(distribution)
}

/// The newest stable release of the host's family that the host's package sources have, signed by a
/// key that the host knows. The host's own release is not asked for; of a family in which none is
/// known to be stable, it is the host's own.
///
/// What the sources have is kept below `cache`, until they change. What they lack is asked for again
/// after a day. Where they cannot be reached and nothing is known of them, it is the host's own
/// release, and nothing is kept.
pub fn usual(cache: &Path, architecture: Architecture, interrupt: &Interrupt) -> Result<Usual> {
    let looked = Looked { sources: Path::new(APT), cache, architecture, interrupt };
    looked.usual(Distribution::host()?)
}

impl Distribution {
    /// The release of [`usual`] for this computer's own architecture, by what is known of it in the
    /// user's cache folder.
    pub fn usual() -> Result<Self> {
        let cache = domi_host::dirs::cache()?.join("debian");
        let architecture = Architecture::from_name(std::env::consts::ARCH)
            .with_context(|| format!("no guests for {}", std::env::consts::ARCH))?;
        Ok(usual(&cache, architecture, &Interrupt::default())?.distribution)
    }
}

/// Where the host's package sources are.
const APT: &str = "/etc/apt";

/// Where releases are looked for.
struct Looked<'a> {
    sources: &'a Path,
    cache: &'a Path,
    architecture: Architecture,
    interrupt: &'a Interrupt,
}

impl Looked<'_> {
    fn offered(&self, distribution: &Distribution) -> Result<()> {
        if matches!(self.known(distribution)?, Known::Offered { .. }) {
            return Ok(());
        }
        let state = self.state(distribution)?;
        let _lock = state.lock(self.interrupt)?;
        state.look(self.interrupt).map(drop)
    }

    fn usual(&self, host: Distribution) -> Result<Usual> {
        let mut passed_over = Vec::new();
        for release in host.newer() {
            match self.known(&release) {
                Ok(Known::Offered { called }) if is_stable(&called) => {
                    return Ok(Usual { distribution: release, passed_over });
                }
                Ok(Known::Missing) => continue,
                // Sources with nothing of the family have not got the host's own release either.
                // Who then wants that says so.
                Err(Error::NoSources { .. }) => break,
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            let state = self.state(&release)?;
            let _lock = state.lock(self.interrupt)?;
            let why = match state.look(self.interrupt) {
                Ok(called) if is_stable(&called) => {
                    return Ok(Usual { distribution: release, passed_over });
                }
                Ok(called) => format!("there it is not stable yet, but {called}"),
                Err(error @ Error::Offline { .. }) => {
                    passed_over.push((release, error.to_string()));
                    break;
                }
                Err(error @ (Error::NoSuite { .. } | Error::NotVerified { .. })) => {
                    error.to_string()
                }
                Err(error) => return Err(error),
            };
            state.keep_missing(&why)?;
            passed_over.push((release, why));
        }
        Ok(Usual { distribution: host, passed_over })
    }

    fn known(&self, distribution: &Distribution) -> Result<Known> {
        State::known(self.sources, self.cache, distribution, self.architecture)
    }

    fn state(&self, distribution: &Distribution) -> Result<State> {
        let Self { sources, cache, architecture, interrupt } = *self;
        State::open(sources, cache, distribution, architecture, interrupt)
    }
}

/// Before a release is stable, its packages change from day to day.
fn is_stable(called: &str) -> bool {
    !["testing", "unstable"].contains(&called)
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    /// Debian's servers in a folder: releases that are there, each with what it is called.
    fn servers(releases: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("etc")).unwrap();
        publish(folder.path(), releases);
        let archive = folder.path().join("archive");
        let source = format!("deb [trusted=yes] copy:{} bookworm main\n", archive.display());
        fs::write(folder.path().join("etc/sources.list"), source).unwrap();
        folder
    }

    fn publish(folder: &Path, releases: &[(&str, &str)]) {
        for (codename, called) in releases {
            let release = folder.join("archive/dists").join(codename);
            fs::create_dir_all(&release).unwrap();
            let text = format!(
                "Origin: Debian\nSuite: {called}\nCodename: {codename}\nArchitectures: amd64\n\
                 Components: main\nDate: Sat, 01 Jan 2000 00:00:00 UTC\nSHA256:\n"
            );
            fs::write(release.join("Release"), text).unwrap();
        }
    }

    fn looked(folder: &Path, look: impl FnOnce(Looked<'_>)) {
        let (sources, cache) = (folder.join("etc"), folder.join("cache"));
        let (architecture, interrupt) = (Architecture::X86_64, &Interrupt::default());
        look(Looked { sources: &sources, cache: &cache, architecture, interrupt });
    }

    fn debian(codename: &str) -> Distribution {
        Distribution::named("debian", codename).unwrap()
    }

    #[track_caller]
    fn check(folder: &Path, host: &str, expected: &str, passed_over: usize) {
        looked(folder, |looked| {
            let found = looked.usual(debian(host)).unwrap();
            assert_eq!(found.distribution.codename(), expected);
            assert_eq!(found.passed_over.len(), passed_over, "{:?}", found.passed_over);
        });
    }

    fn needs_apt() -> bool {
        let left_out = std::env::var_os("DOMI_TEST_MACHINE").is_some_and(|value| value == "0");
        if left_out {
            eprintln!("left out: DOMI_TEST_MACHINE=0");
        }
        !left_out
    }

    #[test]
    fn the_newest_stable_release_is_taken_and_remembered() {
        if !needs_apt() {
            return;
        }
        let servers = servers(&[("bookworm", "oldstable"), ("trixie", "stable")]);
        check(servers.path(), "bookworm", "trixie", 0);
        fs::remove_dir_all(servers.path().join("archive")).unwrap();
        check(servers.path(), "bookworm", "trixie", 0);
        // What other sources have is another question.
        let other = "deb [trusted=yes] copy:/nowhere bookworm main\n";
        fs::write(servers.path().join("etc/sources.list"), other).unwrap();
        check(servers.path(), "bookworm", "bookworm", 1);
    }

    #[test]
    fn a_release_that_is_missing_or_not_stable_is_passed_over_and_said_once() {
        if !needs_apt() {
            return;
        }
        let servers = servers(&[("bookworm", "stable")]);
        check(servers.path(), "bookworm", "bookworm", 1);
        check(servers.path(), "bookworm", "bookworm", 0);
        fs::remove_dir_all(servers.path().join("cache")).unwrap();
        publish(servers.path(), &[("trixie", "testing")]);
        check(servers.path(), "bookworm", "bookworm", 1);
    }

    #[test]
    fn a_host_that_runs_the_newest_release_asks_nobody() {
        let nothing = tempfile::tempdir().unwrap();
        check(nothing.path(), "trixie", "trixie", 0);
        assert!(!nothing.path().join("cache").exists());
    }

    #[test]
    fn what_keeps_a_release_that_is_named_from_being_had_is_said() {
        if !needs_apt() {
            return;
        }
        let servers = servers(&[("trixie", "stable")]);
        let offered = |codename: &str| {
            let mut said = Ok(());
            looked(servers.path(), |looked| said = looked.offered(&debian(codename)));
            said
        };
        offered("trixie").unwrap();
        assert!(matches!(offered("bookworm"), Err(Error::NoSuite { .. })));
        let list = servers.path().join("etc/sources.list");
        let unsigned = fs::read_to_string(&list).unwrap().replace("[trusted=yes] ", "");
        fs::write(&list, unsigned).unwrap();
        assert!(matches!(offered("trixie"), Err(Error::NotVerified { .. })));
        fs::write(&list, "deb http://127.0.0.1:9/debian bookworm main\n").unwrap();
        assert!(matches!(offered("trixie"), Err(Error::Offline { .. })));
        fs::write(&list, "deb http://127.0.0.1:9/debian noble main\n").unwrap();
        assert!(matches!(offered("trixie"), Err(Error::NoSources { .. })));
    }
}

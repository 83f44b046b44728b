//! The release that guests are made from.

use domi_debian::{Architecture, Distribution, Error, Usual};
use domi_model::Problem;

use crate::Exit;
use crate::codes::{CONFIG_VALUE, NO_RELEASE, NO_SUITE, NOT_VERIFIED};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::request::GuestRequest;
use crate::setup;

/// The release that is asked for, once it is known that it can be had; or the usual one.
pub(super) fn of(
    context: &Context,
    request: &GuestRequest,
    architecture: Architecture,
) -> Result<Distribution> {
    let cache = domi_host::dirs::cache()?.join("debian");
    let named = match (&request.distribution, &request.sources) {
        (Some((id, codename)), None) => Distribution::named(id, codename),
        (Some((id, codename)), Some(file)) => Distribution::named(id, codename)
            .and_then(|named| named.from_sources(context.root.join(file).as_std_path())),
        (None, Some(file)) => Distribution::newest_in(context.root.join(file).as_std_path()),
        (None, None) => {
            let usual = domi_debian::usual(&cache, architecture, &context.interrupt);
            let usual = usual.map_err(|error| explained(context, request, error))?;
            say(&usual);
            return Ok(usual.distribution);
        }
    };
    let named = named.map_err(|error| explained(context, request, error))?;
    match domi_debian::offered(&cache, &named, architecture, &context.interrupt) {
        // What is made already can be used all the same; who has to make something says so.
        Ok(()) | Err(Error::Offline { .. }) => Ok(named),
        Err(error) => Err(explained(context, request, error)),
    }
}

/// Says once that machines are not what they could be.
fn say(usual: &Usual) {
    for (newer, why) in &usual.passed_over {
        talk!(
            "machines are made from {}, not {}: {why}",
            usual.distribution.codename(),
            newer.codename()
        );
    }
}

/// What is wrong, as a problem that somebody can do something about.
fn explained(context: &Context, request: &GuestRequest, error: Error) -> Failure {
    let problem = |code, next: &str| Problem::error(code, "", error.to_string()).next(next);
    let (exit, problem) = match &error {
        Error::NoApt => (Exit::Missing, setup::no_apt("")),
        Error::UnknownDistribution { .. } => {
            let next = "set `guest.sources` in domi.toml to a file with package sources of Debian";
            (Exit::Missing, problem(NO_RELEASE, next))
        }
        Error::NoSources { .. } if request.sources.is_some() => {
            let next = "name a suite such as `trixie` in the file's `Suites`";
            (Exit::Usage, problem(NO_SUITE, next))
        }
        Error::NoSources { .. } | Error::NoSuite { .. } => {
            let next = "name another release as `guest.distribution` in domi.toml, or sources that \
                        have this one as `guest.sources`";
            (Exit::Missing, problem(NO_SUITE, next))
        }
        Error::NotVerified { .. } => {
            let next = "install the package debian-archive-keyring in its newest version; or name a \
                        file of sources as `guest.sources` in domi.toml, with a keyring as its \
                        `Signed-By`; or another release as `guest.distribution`";
            (Exit::Missing, problem(NOT_VERIFIED, next))
        }
        Error::Unreadable { .. } => {
            let next = "`guest.sources` is the path of a file, from the workspace's root";
            (Exit::Usage, problem(CONFIG_VALUE, next))
        }
        _ => return error.into(),
    };
    context.problems(exit, vec![problem])
}

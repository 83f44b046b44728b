//! What was found out of this computer by trying it.

use domi_container::Probes;
use domi_host::dirs;

use super::machine::say;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::{Exit, guests};

/// Says what runs machines here and what containers may have: what is there after a `+`, what is
/// missing after a `-`, with the command that brings it.
pub(super) fn probe(context: &Context, guest: &GuestRequest, again: bool) -> Result<Exit> {
    let cache = dirs::cache()?;
    let mark = |there| if there { '+' } else { '-' };
    let probes = if again { Probes::again(&cache)? } else { Probes::known(&cache)? };
    for finding in probes.findings() {
        data!("{} containers: {finding}", mark(finding.there))?;
    }
    let guests = guests::open(context, guest)?;
    let listener = |progress: domi_guest::Progress<'_>| say(context, progress);
    let found = if again {
        guests.acceleration_again(&listener)?
    } else {
        guests.acceleration(&listener)?
    };
    data!("{} machines: {}", mark(found.accel == domi_guest::Accel::Kvm), found.reason)?;
    Ok(Exit::Pass)
}

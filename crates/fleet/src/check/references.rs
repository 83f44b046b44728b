//! Names that refer to other files.

use domi_model::Problem;

use super::contexts::foreign;
use crate::addresses::network_instead;
use crate::codes::{RETIRED, UNKNOWN_REFERENCE, WRONG_FIELD};
use crate::links::{Link, subject};
use crate::spelling::instead;
use crate::{About, Fleet, Folder, Kind, Ref, folder_of};

/// Names that refer to nothing, or to what is gone.
pub(super) fn references(fleet: &Fleet) -> Vec<Problem> {
    fleet.links().iter().filter_map(|link| wrong(fleet, link)).collect()
}

fn wrong(fleet: &Fleet, link: &Link<'_>) -> Option<Problem> {
    let Link { from, key, line, kind, to } = *link;
    if let Some(found) = foreign(fleet, link) {
        return found;
    }
    let Some(other) = fleet.about(kind, to) else {
        let address = || {
            let host = fleet.hosts.get(&from.name)?;
            host.addresses.iter().find(|it| it.network.name == to && it.network.line == line)
        };
        let next = match (key == "addresses").then(address).flatten() {
            Some(address) => network_instead(fleet, address),
            None => instead(to, fleet.abouts_of(kind).map(|it| it.name.as_str()), kind.noun()),
        };
        return Some(unknown(link, format!("there is no {} `{to}`", kind.noun()), next));
    };
    // That something is retired is told to those who named it.
    let is_told = folder_of(&from.file) == Folder::Of(Kind::View);
    if from.is_current() && !other.is_current() && !is_told {
        let problem = Problem::error(RETIRED, key, format!("`{to}` is retired"));
        return Some(problem.at(from.at(line)).next("name another, or retire this as well"));
    }
    let unit = (kind == Kind::Organization).then(|| fleet.organizations.get(to)).flatten();
    (key == "on.organizations" && unit.is_some_and(|unit| unit.within.is_some())).then(|| {
        let message = format!("`{to}` is a unit and no organisation");
        unknown(link, message, "name it in `on.units`".to_owned())
    })
}

/// Says that a text is no kind and name, as `role/web` is.
pub(super) fn no_subject(about: &About, key: &str, thing: &Ref) -> Option<Problem> {
    subject(&thing.name).is_none().then(|| {
        let message = format!("{:?} is no kind and name", thing.name);
        let problem = Problem::error(WRONG_FIELD, key, message).at(about.at(thing.line));
        problem.next("write both as `fleet list` does, such as \"role/web\"")
    })
}

fn unknown(link: &Link<'_>, message: String, next: String) -> Problem {
    let problem = Problem::error(UNKNOWN_REFERENCE, link.key, message);
    problem.at(link.from.at(link.line)).next(next)
}

//! Relationships between things of two domains of which one knows nothing of the other.

use domi_model::Problem;

use crate::codes::OTHER_DOMAIN;
use crate::{Domain, Fleet, Kind};

/// Keys take names of one kind, and a test holds their tables against the rule. What two things are
/// to each other is said of any two, and is looked at here.
pub(super) fn domains(fleet: &Fleet) -> Vec<Problem> {
    let mut problems = Vec::new();
    for it in fleet.relationships.values().filter(|it| it.about.is_current()) {
        let (Some(from), Some(to)) = (&it.from, &it.to) else { continue };
        let Some([(kind, _), (other, _)]) = it.ends() else { continue };
        let (Some(of), Some(of_other)) = (kind.domain(), other.domain()) else { continue };
        if of.names().contains(&of_other) {
            continue;
        }
        let message = format!(
            "`{}` is of the domain {}, and `{}` of the domain {}, which it knows nothing of",
            from.name,
            of.as_str(),
            to.name,
            of_other.as_str()
        );
        let problem = Problem::error(OTHER_DOMAIN, "to", message).at(it.about.at(to.line));
        problems.push(problem.next(instead(of, other)));
    }
    problems
}

/// What to name in the place of something that is of another domain.
fn instead(from: Domain, to: Kind) -> &'static str {
    match (from, to) {
        (Domain::Business, Kind::Host) => {
            "name the application that runs there, or the device that the host is"
        }
        (Domain::Business, Kind::User | Kind::Home) => "name the person whose it is",
        (Domain::Business, _) => "name the application that it is there for",
        _ => {
            "let the application name it: in the table `on`, or in a relationship from there to here"
        }
    }
}

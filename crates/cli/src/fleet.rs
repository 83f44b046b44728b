//! What all that look at a fleet have in common.

use camino::Utf8PathBuf;
use domi_model::Problem;

use crate::request::FleetRequest;

/// Problems whose places are from the workspace's root, so that they can be opened from there.
pub(crate) fn placed(mut problems: Vec<Problem>, request: &FleetRequest) -> Vec<Problem> {
    for place in problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
        // Places within features are from the workspace's root already.
        if domi_fleet::folder_of(&place.file) != domi_fleet::Folder::Outside {
            place.file = Utf8PathBuf::from(&request.shown).join(&place.file).into_string();
        }
    }
    problems.sort_by(|a, b| (&a.place, a.code, &a.subject).cmp(&(&b.place, b.code, &b.subject)));
    problems
}

//! Other fleets: names of theirs, and what is known of them.

use domi_model::Problem;

use crate::codes::across::{NO_FLEET, NOT_ACROSS, NOT_PINNED, NOT_SHARED};
use crate::codes::{NO_EFFECT, RETIRED};
use crate::foreign::may_be_foreign;
use crate::links::Link;
use crate::spelling::instead;
use crate::{Context, Fleet, Folder, Foreign, document_of, folder_of};

/// What is wrong with what is known of other fleets.
pub(super) fn contexts(fleet: &Fleet) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        fleet.contexts.values().filter_map(|it| pinned(fleet, it)).collect();
    let files: Vec<String> = fleet.contexts.values().map(|it| document_of(&it.about)).collect();
    for file in fleet.documents.keys() {
        let is_known = matches!(folder_of(file), Folder::Of(crate::Kind::Context));
        if is_known && !files.contains(file) {
            let message = "no context is of this view";
            let problem = Problem::warning(NO_EFFECT, file, message);
            problems.push(problem.next("remove it, or write a file of the same name beside it"));
        }
    }
    problems
}

/// Whether a context is pinned to the view that is there.
fn pinned(fleet: &Fleet, context: &Context) -> Option<Problem> {
    let about = &context.about;
    if !about.readable || !about.lacks("digest") || !about.lacks("version") {
        return None;
    }
    let update = format!("run `cargo xtask fleet update {}`", about.name);
    let problem = |line: u32, message: String, next: &str| {
        Some(Problem::error(NOT_PINNED, &about.name, message).at(about.at(line)).next(next))
    };
    let file = document_of(about);
    let (Some((version, line)), Some(digest)) = (context.version, &context.digest) else {
        let message = "is pinned to no view of the other fleet: `version` and `digest` are missing";
        return problem(1, message.to_owned(), &update);
    };
    let Some(document) = fleet.documents.get(&file) else {
        return problem(line, format!("its view, `{file}`, is not there"), &update);
    };
    // What cannot be read is said of it.
    let known = document.published.as_ref()?;
    if known.digest() != digest.name || known.version != version {
        let message = format!(
            "`{file}` has version {} of the view, and not the one that is pinned",
            known.version
        );
        let next =
            "take back what was changed in one of the two files, or let `fleet update` write both";
        return problem(digest.line, message, next);
    }
    None
}

/// What is wrong with a name of another fleet; none where it is no such name.
pub(super) fn foreign(fleet: &Fleet, link: &Link<'_>) -> Option<Option<Problem>> {
    let Link { from, key, line, kind, to } = *link;
    let name = Foreign::of(to)?;
    let problem = |code, message: String, next: String| {
        Some(Some(Problem::error(code, key, message).at(from.at(line)).next(next)))
    };
    let is_taken = match folder_of(&from.file) {
        Folder::Of(kind) => may_be_foreign(kind, key),
        _ => false,
    };
    if !is_taken {
        let message =
            format!("`{to}` is of another fleet, and this key takes names of this one alone");
        let next =
            "name something of this fleet; docs/several-fleets.md lists what can be of another";
        return problem(NOT_ACROSS, message, next.to_owned());
    }
    let Some(context) = fleet.contexts.get(name.fleet) else {
        let message = format!("no other fleet is called `{}` here", name.fleet);
        let known = fleet.contexts.keys().map(String::as_str);
        return problem(NO_FLEET, message, instead(name.fleet, known, "file in domain/contexts"));
    };
    // A view that is not there, or cannot be read, is said once.
    let Some(known) = fleet.known_of(name.fleet) else { return Some(None) };
    let Some(it) = known.thing(kind, name.name) else {
        let names = known.things.iter().filter(|it| it.kind == kind).map(|it| it.name.as_str());
        let near = instead(name.name, names, kind.noun());
        let message = format!(
            "`{}` publishes no {} `{}`, as of version {}",
            name.fleet,
            kind.noun(),
            name.name,
            known.version
        );
        return problem(NOT_SHARED, message, near);
    };
    let is_gone = it.status == crate::Status::Retired || !context.about.is_current();
    if from.is_current() && is_gone {
        let message = format!("`{to}` is retired");
        return problem(RETIRED, message, "name another, or retire this as well".to_owned());
    }
    Some(None)
}

use camino::Utf8PathBuf;
use domi_model::Problem;
use domi_report::Paint;

use crate::args::Generate;
use crate::codes::DRIFT;
use crate::context::Context;
use crate::failure::Result;
use crate::generate::{COMMAND, Change, Planned, changes};
use crate::{Exit, pages};

/// The most files whose differences are shown; what else differs is counted.
const MOST_DIFFS: usize = 20;

/// Writes what is made from the features, or shows how it differs.
pub(crate) fn run(context: &Context, arguments: &Generate) -> Result<Exit> {
    let planned = plan(context)?;
    let (changes, in_the_way) = changes(&context.root, &planned)?;
    if arguments.check {
        return check(context, &changes, in_the_way, planned.len());
    }
    for change in &changes {
        if !arguments.dry_run {
            context.interrupt.check()?;
            change.apply(&context.root)?;
        }
        println!("{} {}", change.verb(), change.path);
    }
    if !in_the_way.is_empty() {
        return Err(context.problems(Exit::Drift, in_the_way));
    }
    if changes.is_empty() {
        eprintln!("{} files are as they should be", planned.len());
    }
    Ok(Exit::Pass)
}

/// Every file that should be. One feature that cannot be loaded stops all, as files that all
/// features share would lose it.
fn plan(context: &Context) -> Result<Vec<Planned>> {
    let workspace = context.workspace()?;
    let loaded = context.load(&workspace, &[])?;
    if !loaded.errors.is_empty() {
        return Err(context.problems(Exit::Feature, loaded.errors));
    }
    let features: Vec<_> = loaded
        .features
        .into_iter()
        .map(|feature| (feature.manifest, feature.folder.into_string()))
        .collect();
    let files = domi_nix::generate(&features)
        .map_err(|problems| context.problems(Exit::Feature, problems))?;
    let mut planned: Vec<Planned> = files
        .into_iter()
        .map(|file| Planned { path: Utf8PathBuf::from(file.path), content: file.content })
        .collect();
    if workspace.package_names.contains(env!("CARGO_PKG_NAME")) {
        planned.extend(pages::pages()?);
    }
    Ok(planned)
}

fn check(
    context: &Context,
    changes: &[Change],
    in_the_way: Vec<Problem>,
    files: usize,
) -> Result<Exit> {
    if changes.is_empty() && in_the_way.is_empty() {
        eprintln!("{files} files are as they should be");
        return Ok(Exit::Pass);
    }
    let paint = Paint::stdout(context.global.color.into());
    for change in changes.iter().take(MOST_DIFFS) {
        print!("{}", change.diff(paint));
    }
    if changes.len() > MOST_DIFFS {
        println!("… and {} more files", changes.len() - MOST_DIFFS);
    }
    let mut problems = in_the_way;
    if !changes.is_empty() {
        let message = match changes {
            [one] => format!("{} is not what it should be", one.path),
            many => format!("{} files are not what they should be", many.len()),
        };
        problems.push(Problem::error(DRIFT, "", message).next(format!("run `{COMMAND}`")));
    }
    Err(context.problems(Exit::Drift, problems))
}

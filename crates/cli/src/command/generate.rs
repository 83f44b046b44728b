use camino::Utf8PathBuf;
use domi_model::Problem;
use domi_plugin::{Feature, Workspace};
use domi_report::Paint;

use crate::args::Generate;
use crate::codes::DRIFT;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::generate::{COMMAND, Change, Planned, Stamp, changes};
use crate::{Exit, pages, workflow};

/// The most files whose differences are shown; what else differs is counted.
const MOST_DIFFS: usize = 20;

/// Writes what is made from the features, or shows how it differs.
pub(crate) fn run(context: &Context, arguments: &Generate) -> Result<Exit> {
    let workspace = context.workspace()?;
    let features = features(context, &workspace)?;
    let workflow = workflow::planned(context);
    let stamp = Stamp::new(&workspace, &features, workflow.as_ref())?;
    if let Some(files) = stamp.holds() {
        return Ok(as_it_should_be(files));
    }
    let mut planned = plan(context, &workspace, features)?;
    planned.extend(workflow);
    let (changes, in_the_way) = changes(&context.root, &planned)?;
    if arguments.check {
        if !changes.is_empty() || !in_the_way.is_empty() {
            return Err(differs(context, &changes, in_the_way));
        }
    } else {
        apply(context, &changes, arguments.dry_run)?;
        if !in_the_way.is_empty() {
            return Err(context.problems(Exit::Drift, in_the_way));
        }
    }
    if changes.is_empty() || !arguments.dry_run {
        stamp.note(&planned);
    }
    Ok(if changes.is_empty() { as_it_should_be(planned.len()) } else { Exit::Pass })
}

fn as_it_should_be(files: usize) -> Exit {
    eprintln!("{files} files are as they should be");
    Exit::Pass
}

/// All features. One that cannot be loaded stops the others here, as files that all features
/// share would lose it.
fn features(context: &Context, workspace: &Workspace) -> Result<Vec<Feature>> {
    let loaded = context.load(workspace, &[])?;
    if loaded.errors.is_empty() {
        return Ok(loaded.features);
    }
    Err(context.problems(Exit::Feature, loaded.errors))
}

/// Every file that should be.
fn plan(context: &Context, workspace: &Workspace, features: Vec<Feature>) -> Result<Vec<Planned>> {
    let features: Vec<_> = features
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

fn apply(context: &Context, changes: &[Change], dry_run: bool) -> Result<()> {
    for change in changes {
        if !dry_run {
            context.interrupt.check()?;
            change.apply(&context.root)?;
        }
        println!("{} {}", change.verb(), change.path);
    }
    Ok(())
}

/// Shows what differs.
fn differs(context: &Context, changes: &[Change], in_the_way: Vec<Problem>) -> Failure {
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
    context.problems(Exit::Drift, problems)
}

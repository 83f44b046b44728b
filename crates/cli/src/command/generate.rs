mod earlier;
mod files;
mod hosts;
pub(super) mod ours;
mod pages;
mod planned;
mod stamp;
mod work;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use domi_github::Settings;
use domi_model::{Platform, Problem};
use domi_plugin::{Feature, Workspace};

use crate::Exit;
use crate::codes::{CONFIG_VALUE, DRIFT};
use crate::config::FILE;
use crate::context::{Context, Loaded};
use crate::failure::Result;
use crate::request::{GenerateRequest, WorkflowRequest};
use crate::start::{Run, Start};
use crate::{fleet, programs};
use earlier::Earlier;
pub(super) use files::Change;
use files::{Changes, changes};
use planned::COMMAND;
pub(super) use planned::Planned;
use stamp::Stamp;

/// Write or check all files that are made from the features
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Write nothing; show what differs, and fail if anything does
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Write nothing; list the files that would be written and removed
    #[arg(long)]
    dry_run: bool,
}

impl Run for Generate {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = GenerateRequest::new(&context.root, config);
        let workspace = context.workspace()?;
        let loaded = context.load(&workspace, &[])?;
        generate(context, &self, &request, (&workspace, loaded), &mut |_| Ok(()))
    }
}

/// Writes all generated files, as the command does without options. `before` hears of the changes
/// before any is made.
pub(super) fn write(
    context: &Context,
    request: &GenerateRequest,
    all: (&Workspace, Loaded),
    before: &mut Before<'_>,
) -> Result<Exit> {
    generate(context, &Generate { check: false, dry_run: false }, request, all, before)
}

/// Hears of changes before any of them is made.
type Before<'a> = dyn FnMut(&[Change]) -> anyhow::Result<()> + 'a;

/// The most files whose differences are shown; what else differs is counted.
const MOST_DIFFS: usize = 20;

/// What is known of the generated files, without anything being written.
pub(super) struct Looked<'a> {
    stamp: Stamp<'a>,
    found: Found,
}

enum Found {
    /// So many files are noted to be as they should be, and still are.
    Noted(usize),
    /// They were made again, and compared.
    Compared(Vec<Planned>, Changes),
}

impl<'a> Looked<'a> {
    /// Looks at all files that are made from these features of a workspace. Where they are not all
    /// of its features, at those that follow from them alone.
    pub(super) fn at(
        context: &Context,
        request: &GenerateRequest,
        workspace: &'a Workspace,
        features: Vec<Feature>,
        whole: bool,
    ) -> Result<Self> {
        let reads_fleet = request.fleet.wanted && (whole || request.workflow.wanted);
        let loaded = reads_fleet.then(|| fleet::files(&request.fleet));
        let tested = loaded.as_ref().map(|it| fleet::tested(&it.fleet)).unwrap_or_default();
        let mut others = workflows(context, &request.workflow, tested)?;
        // Without one of its features, all that a host gets is not known.
        if let Some(loaded) = loaded.filter(|_| whole) {
            others.extend(hosts::planned(context, &request.fleet, loaded, &features)?);
        }
        let stamp = Stamp::new(workspace, &features, &others)?;
        if whole && let Some(files) = stamp.holds() {
            return Ok(Self { stamp, found: Found::Noted(files) });
        }
        let mut planned = plan(context, workspace, features)?;
        planned.extend(others);
        if !whole {
            leave_common(context, &mut planned)?;
        }
        let earlier =
            Earlier { root: &context.root, noted: stamp.noted(), interrupt: &context.interrupt };
        let changes = changes(&planned, &earlier, whole)?;
        Ok(Self { stamp, found: Found::Compared(planned, changes) })
    }

    /// What there is to write and to remove, a line for each.
    pub(super) fn said(&self) -> String {
        match &self.found {
            Found::Noted(_) => String::new(),
            Found::Compared(_, Changes { changes, .. }) => {
                changes.iter().map(Change::said).collect()
            }
        }
    }

    /// How many files there should be, and the paths of those that are not as they should be.
    pub(super) fn stale(&self) -> (usize, Vec<&str>) {
        match &self.found {
            Found::Noted(files) => (*files, Vec::new()),
            Found::Compared(planned, Changes { changes, in_the_way, .. }) => {
                let differing = changes.iter().map(|change| change.path.as_str());
                let others = in_the_way.iter().map(|problem| &*problem.subject);
                (planned.len(), differing.chain(others).collect())
            }
        }
    }
}

/// Writes what is made from all features of a workspace, or shows how it differs.
///
/// A feature that cannot be loaded stops no other: their files are written, its own stay as they
/// are, and so do those that name all features, which would lose it.
fn generate(
    context: &Context,
    arguments: &Generate,
    request: &GenerateRequest,
    (workspace, loaded): (&Workspace, Loaded),
    before: &mut Before<'_>,
) -> Result<Exit> {
    let Loaded { features, errors } = loaded;
    let whole = errors.is_empty();
    let Looked { stamp, found } = Looked::at(context, request, workspace, features, whole)?;
    let (planned, Changes { changes, in_the_way, left }) = match found {
        Found::Noted(files) => return Ok(as_it_should_be(files)),
        Found::Compared(planned, changes) => (planned, changes),
    };
    context.show(left);
    let mut problems = in_the_way;
    if arguments.check {
        problems.extend(differs(context, &changes));
    } else {
        apply(context, &changes, arguments.dry_run, before)?;
    }
    if !whole {
        problems.splice(..0, errors);
        return Err(context.problems(Exit::Feature, problems));
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Drift, problems));
    }
    if changes.is_empty() || !arguments.dry_run {
        stamp.note(&planned);
    }
    Ok(if changes.is_empty() { as_it_should_be(planned.len()) } else { Exit::Pass })
}

fn as_it_should_be(files: usize) -> Exit {
    talk!("{files} files are up to date");
    Exit::Pass
}

/// The workflows that `domi.toml` asks for. Tests of policies are about hosts of the systems `tested`.
fn workflows(
    context: &Context,
    request: &WorkflowRequest,
    tested: BTreeSet<Platform>,
) -> Result<Vec<Planned>> {
    if !request.wanted {
        return Ok(Vec::new());
    }
    let header = format!("Generated from domi.toml by `{COMMAND}`; edit `[github]` there instead.");
    let planned = |path: &str, content| Planned { path: path.into(), content };
    let fleet = tested.into_iter().collect();
    let settings = &Settings { fleet, ..request.settings.clone() };
    let mut files = vec![planned(domi_github::FILE, domi_github::workflow(settings, &header))];
    if request.updates && !settings.has_flake {
        let why = "`github.update` is true, and there is no flake.nix with a flake.lock";
        let problem = Problem::error(CONFIG_VALUE, FILE, why);
        let next = "run `nix flake lock`, or take `update` out of `[github]`";
        return Err(context.problems(Exit::Usage, vec![problem.next(next)]));
    }
    if request.updates {
        let text = domi_github::update(&settings.branch, &header);
        files.push(planned(domi_github::UPDATE_FILE, text));
    }
    Ok(files)
}

/// All generated files, as they should be.
fn plan(context: &Context, workspace: &Workspace, features: Vec<Feature>) -> Result<Vec<Planned>> {
    let features: Vec<_> = features
        .into_iter()
        .map(|feature| (feature.manifest, feature.folder.into_string()))
        .collect();
    let mut files = domi_nix::generate(&features)
        .map_err(|problems| context.problems(Exit::Feature, problems))?;
    let manifests = features.iter().map(|(manifest, _)| manifest);
    let crates = programs::of_features(workspace, manifests)
        .map_err(|problems| context.problems(Exit::Feature, problems))?;
    files.extend(crates.iter().map(domi_nix::program));
    let mut planned: Vec<Planned> = files
        .into_iter()
        .map(|file| Planned { path: Utf8PathBuf::from(file.path), content: file.content })
        .collect();
    if workspace.package_names.contains(env!("CARGO_PKG_NAME")) {
        planned.extend(pages::pages()?);
    }
    Ok(planned)
}

/// Removes from the plan the files that name all features.
fn leave_common(context: &Context, planned: &mut Vec<Planned>) -> Result<()> {
    let without_any =
        domi_nix::generate(&[]).map_err(|problems| context.problems(Exit::Feature, problems))?;
    let mut left = Vec::new();
    planned.retain(|file| {
        let common = without_any.iter().find(|common| common.path == file.path.as_str());
        // The library has what the modules of all features use.
        let stays = file.path.as_str() == domi_nix::LIBRARY
            || common.is_some_and(|common| common.content != file.content);
        if stays {
            left.push(file.path.to_string());
        }
        !stays
    });
    if !left.is_empty() {
        talk!("not checked, as a feature cannot be read: {}", left.join(", "));
    }
    Ok(())
}

/// Makes all changes, even if standard output is closed, and prints which were made.
fn apply(
    context: &Context,
    changes: &[Change],
    dry_run: bool,
    before: &mut Before<'_>,
) -> Result<()> {
    let mut text = String::new();
    let made = if dry_run {
        changes.iter().for_each(|change| text += &change.said());
        Ok(())
    } else {
        make(context, &context.root, changes, before, &mut text)
    };
    let told = crate::out::data(format_args!("{text}"));
    made?;
    told
}

/// Makes changes below a folder, and adds which were made to a text.
pub(super) fn make(
    context: &Context,
    root: &Utf8Path,
    changes: &[Change],
    before: &mut Before<'_>,
    text: &mut String,
) -> Result<()> {
    before(changes)?;
    for change in changes {
        context.interrupt.check()?;
        change.apply(root)?;
        *text += &change.said();
    }
    Ok(())
}

/// Shows what differs.
fn differs(context: &Context, changes: &[Change]) -> Option<Problem> {
    let paint = context.paint_out();
    let mut text: String =
        changes.iter().take(MOST_DIFFS).map(|change| change.diff(paint)).collect();
    if changes.len() > MOST_DIFFS {
        text += &format!("… and {} more files\n", changes.len() - MOST_DIFFS);
    }
    if let Err(failure) = crate::out::data(format_args!("{text}")) {
        failure.explained(&context.root, None).show(&context.global);
    }
    let message = match changes {
        [] => return None,
        [one] => format!("{} is out of date", one.path),
        many => format!("{} files are out of date", many.len()),
    };
    Some(Problem::error(DRIFT, "", message).next(format!("run `{COMMAND}`")))
}

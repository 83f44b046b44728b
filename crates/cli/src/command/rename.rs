//! An option or a feature gets another name, with the old one as an alias.

pub(super) mod document;
mod feature;
mod judge;
mod mentions;
mod names;
mod refused;
mod source;
mod trial;

use clap::Args;
use domi_model::Manifest;
use domi_plugin::{FeatureCrate, Source, Workspace};

use super::undo::change_and_judge;
use crate::context::{Context, Loaded};
use crate::failure::Result;
use crate::request::GenerateRequest;
use crate::start::{Run, Start};
use crate::values::given;
use crate::{Exit, out};
use document::Renamed;
use refused::refused;
use source::{Alias, Field};
use trial::{Target, Trial};

/// Rename an option or a feature, the old name as an alias; says what moves and stays
#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The feature, or an option after its feature, such as `web-gateway.port`
    #[arg(value_name = "FEATURE[.OPTION]", value_parser = given)]
    option: String,
    /// Its new name, such as `listenPort`
    #[arg(value_name = "NAME", value_parser = given)]
    to: String,
    /// Change nothing; show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document of what would be changed
    #[arg(long, requires = "dry_run")]
    json: bool,
}

impl Run for Rename {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let request = GenerateRequest::new(&context.root, config);
        rename(context, &request, &self)
    }
}

fn rename(context: &Context, request: &GenerateRequest, arguments: &Rename) -> Result<Exit> {
    let workspace = context.workspace()?;
    let (name, option) = match arguments.option.split_once('.') {
        Some((name, option)) => (name, Some(option)),
        None => (&*arguments.option, None),
    };
    context.known(&workspace, [&name.to_owned()])?;
    let Loaded { features, errors } = context.load(&workspace, &[])?;
    if !errors.is_empty() {
        return Err(context.problems(Exit::Feature, errors));
    }
    let manifest = features.iter().map(|it| &it.manifest).find(|it| it.feature.name == name);
    let (Some(manifest), Some(feature)) = (manifest, workspace.feature(name)) else {
        return Err(anyhow::anyhow!("{name} is known and was not loaded").into());
    };
    let new = &*arguments.to;
    let mut problems = option.map_or(Vec::new(), |old| names::problems(manifest, old, new));
    if !matches!(feature.source, Source::Binary(_)) {
        let message = "its plugin is no program of Rust";
        problems.push(refused(name, message, "rename it in what the plugin prints"));
    }
    if let Some(message) = feature.elsewhere() {
        problems.push(refused(name, message, "rename it there"));
    }
    if !problems.is_empty() {
        return Err(context.problems(Exit::Usage, problems));
    }
    let Some(old) = option else {
        let all = (&workspace, &*features);
        let &Rename { dry_run, json, .. } = arguments;
        let asked = feature::Asked { to: new, dry_run, json };
        return feature::rename(context, request, all, (manifest, feature), &asked);
    };
    let others: Vec<&Manifest> = features.iter().map(|it| &it.manifest).collect();
    let targets = targets(context, &workspace, (manifest, feature), &others, (old, new))?;
    let trial = Trial::of(context, &workspace)?;
    let tried = trial.renamed(&workspace, &targets, new)?;
    let changes = tried.map_err(|problems| context.problems(Exit::Usage, problems))?;
    let texts = changes.iter().filter_map(|it| Some((it.path.clone(), it.new.clone()?))).collect();
    let mentions = mentions::find(&workspace, request, (manifest, feature), old, &texts);
    let files = changes.iter().map(|change| change.path.to_string()).collect();
    let document = Renamed::of(manifest, (old, new), files, mentions);
    if arguments.dry_run {
        let paint = context.paint_out();
        out::document(&document, arguments.json, |document| {
            let diffs: String = changes.iter().map(|change| change.diff(paint)).collect();
            diffs + "\n" + &document::text(document)
        })?;
        return Ok(Exit::Pass);
    }
    change_and_judge(context, request, (None, &changes), document::text(&document), |after| {
        judge::problems(&others, after, name, (old, new))
    })?;
    talk!("next: `cargo xtask test {name}`");
    Ok(Exit::Pass)
}

/// What else can be done.
const BY_HAND: &str = "rename it by hand, with `renamed_from`";

/// The fields to rename: that of the feature itself, and those by which others know it.
fn targets(
    context: &Context,
    workspace: &Workspace,
    (manifest, feature): (&Manifest, &FeatureCrate),
    all: &[&Manifest],
    (old, new): (&str, &str),
) -> Result<Vec<Target>> {
    let refuse = |what: &str, why: String, next: String| {
        context.problems(Exit::Usage, vec![refused(what, why, next)])
    };
    let name = &*feature.name;
    let own = manifest.options.iter().find(|option| option.name == old);
    let place = own.and_then(|option| option.place.as_ref());
    let Some(place) = place.filter(|place| place.file.starts_with(feature.place.as_str())) else {
        let message = format!("nobody knows where in {} it is declared", feature.place);
        return Err(refuse(old, message, BY_HAND.to_owned()));
    };
    let text = source::read(&workspace.root.join(&place.file));
    let Some(field) = Field::at(&text, place.line, old) else {
        let message = format!("at {place} is no field of a struct, but perhaps a macro");
        return Err(refuse(old, message, BY_HAND.to_owned()));
    };
    let alias = Alias { from: old.to_owned(), since: manifest.feature.version.clone() };
    let mut targets = vec![Target::new(feature, &place.file, &text, &[field], new, Some(&alias))];
    for other in all {
        let Some(known) = other.neighbours.get(name) else { continue };
        let mut used = known.sets.iter().chain(&known.reads);
        if !used.any(|it| it.option.0.first().is_some_and(|it| it == old)) {
            continue;
        }
        let user = &other.feature.name;
        let before = targets.len();
        let crate_of = workspace.feature(user).filter(|it| it.elsewhere().is_none());
        if let Some(crate_of) = crate_of {
            for file in source::files(&crate_of.folder) {
                let text = source::read(&file);
                let fields = Field::of_neighbour(&text, name, old);
                if !fields.is_empty() {
                    let file = workspace.place(&file);
                    targets.push(Target::new(crate_of, file.as_str(), &text, &fields, new, None));
                }
            }
        }
        if targets.len() == before {
            let at = known.place.as_ref().map(|it| format!(", at {it}")).unwrap_or_default();
            let message = format!("{user} uses it{at}, where or how it cannot be renamed");
            return Err(refuse(old, message, format!("change {user} by hand, with this one")));
        }
    }
    Ok(targets)
}

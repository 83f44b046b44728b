//! Makes a unit or a location of the fleet a fleet of its own, in a repository of its own.

mod composed;
mod judged;
mod named;
mod repository;
mod said;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use domi_fleet::{Fleet, Half, Halves, NOT_SPLIT, State, led, published, split};
use domi_fleet_files::{load_changed, load_texts};
use domi_fleet_log::{Log, Writer, verify};
use domi_model::Problem;
use jiff::Timestamp;

use super::super::undo::Undo;
use super::shared::{read, sound};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, placed};
use crate::git::Git;
use crate::request::FleetRequest;
use crate::values::given;

use repository::{Made, Source, normal};

#[derive(Debug, Args)]
pub(super) struct Split {
    /// The unit or location, as its file is called; location/NAME where there are both
    #[arg(value_name = "NAME", value_parser = given)]
    name: String,
    /// The folder of the new repository; there must be nothing
    #[arg(value_name = "PATH", value_parser = given)]
    to: String,
    /// What the flake here takes the new one from [default: its folder]
    #[arg(long, value_parser = given, conflicts_with = "apart")]
    url: Option<String>,
    /// Leave the flake here as it is, without the hosts that go
    #[arg(long)]
    apart: bool,
    /// Write nothing; show what would be where
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Split {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let refused =
            |problem: Problem| Err(context.problems(Exit::Fleet, placed(vec![problem], request)));
        let mut log = read(context, request)?;
        let logged = !log.events.is_empty();
        // The files are read while nobody else can record. Where nothing was, no log is begun.
        let mut writer = None;
        if logged && !self.dry_run {
            match Writer::open(&request.root)? {
                Ok(it) => {
                    log = it.log().clone();
                    writer = Some(it);
                }
                Err(problem) => return refused(*problem),
            }
        }
        let known = sound(context, request)?;
        if logged {
            let wrong = verify(&log, &State::of(&known.fleet));
            if !wrong.is_empty() {
                return Err(context.problems(Exit::Fleet, placed(wrong, request)));
            }
        }
        let part = match named::named(&known.fleet, &self.name) {
            Ok(part) => part,
            Err(problem) => return Err(context.problems(Exit::Usage, vec![*problem])),
        };
        let git = Git { root: &request.workspace, interrupt: &context.interrupt };
        let source = match repository::source(&git, Utf8Path::new(&self.to))? {
            Ok(source) => source,
            Err(problem) => return Err(context.problems(Exit::Fleet, vec![*problem])),
        };
        let texts = texts(&known.fleet, request)?;
        let listed = repository::listed(&git)?;
        if let Some(problem) = elsewhere(&texts, &listed, request) {
            return Err(context.problems(Exit::Fleet, vec![problem]));
        }
        let halves = match split(&known.fleet, part, &texts) {
            Ok(halves) => halves,
            Err(problems) => {
                return Err(context.problems(Exit::Fleet, placed(problems, request)));
            }
        };
        let linked = linked(&known.fleet, &halves, request, &source, &texts, &log);
        let [ours, theirs] = match linked {
            Ok(linked) => linked,
            Err(problem) => return refused(*problem),
        };
        let wrong = judged::judged(context, request, &known, &halves, (&ours, &theirs))?;
        if !wrong.is_empty() {
            return Err(context.problems(Exit::Fleet, placed(wrong, request)));
        }
        let input = composed::Input {
            name: part.name(),
            url: self.url.clone().unwrap_or_else(|| composed::url(&source.target)),
            hosts: &halves.hosts,
        };
        let input = (!self.apart).then_some(&input);
        let [flake, flake_there] = match composed::composed(&request.workspace, input)? {
            Ok(texts) => texts,
            Err(problem) => return Err(context.problems(Exit::Fleet, vec![*problem])),
        };
        let said = said::Said { part, to: &self.to, halves: &halves, rest: &theirs, flake: &flake };
        if self.dry_run {
            said.print(request, self.json, false)?;
            return Ok(Exit::Pass);
        }
        let keep = |path: &str| kept(request, &known, &halves, path);
        let made = match Made::of(&git, &source, &listed, &keep)? {
            Ok(made) => made,
            Err(problem) => return Err(context.problems(Exit::Fleet, vec![*problem])),
        };
        fill(request, &made, (&ours, &flake_there), logged)?;
        made.commit(&git, &format!("Split {} off from {}", halves.part.name, halves.rest.name))?;
        let mut undo = Undo::new(&request.root);
        undo.write(&theirs)?;
        let mut undo_flake = Undo::new(&request.workspace);
        undo_flake.write(&flake)?;
        let placed = made.finish()?;
        if let Some(writer) = &mut writer {
            let then = load_changed(&request.root, &BTreeMap::new()).fleet;
            let changes = log.state.changes(&State::of(&then));
            if let Err(problem) = writer.append(changes, Timestamp::now())? {
                return refused(*problem);
            }
        }
        placed.stays();
        undo.forget();
        undo_flake.forget();
        said.print(request, self.json, true)?;
        talk!("run `cargo xtask generate` in both, and commit what is other here");
        if let (Some(input), false) = (input, flake.is_empty()) {
            talk!(
                "the flake here takes {} from {}; `nix flake lock` notes that",
                input.name,
                input.url
            );
        }
        Ok(Exit::Pass)
    }
}

/// Writes what the new fleet's files say, and begins its log.
fn fill(
    request: &FleetRequest,
    made: &Made,
    (part, flake): (&composed::Texts, &composed::Texts),
    logged: bool,
) -> Result<()> {
    let root = made.folder().join(request.shown(""));
    for (folder, texts) in [(root.as_path(), part), (made.folder(), flake)] {
        for (file, text) in texts {
            let text = text.as_deref().unwrap_or_default();
            domi_host::file::write(folder.join(file).as_std_path(), text)?;
        }
    }
    if logged {
        let fleet = load_changed(&root, &BTreeMap::new()).fleet;
        let mut writer = match Writer::open(&root)? {
            Ok(writer) => writer,
            Err(problem) => return Err(anyhow::anyhow!("{}", problem.message).into()),
        };
        let changes = State::default().changes(&State::of(&fleet));
        if let Err(problem) = writer.append(changes, Timestamp::now())? {
            return Err(anyhow::anyhow!("{}", problem.message).into());
        }
    }
    Ok(())
}

/// The texts of all files.
fn texts(fleet: &Fleet, request: &FleetRequest) -> Result<BTreeMap<String, String>> {
    let files = fleet.abouts().map(|it| it.file.clone()).chain(fleet.documents.keys().cloned());
    let read = |file: String| Ok((file.clone(), fs_err::read_to_string(request.root.join(file))?));
    files.map(read).collect()
}

/// Says that there are files which git does not have: what becomes of them could not be taken back.
fn elsewhere(
    texts: &BTreeMap<String, String>,
    listed: &BTreeSet<String>,
    request: &FleetRequest,
) -> Option<Problem> {
    let files = texts.keys().map(|file| request.shown(file));
    let strange: Vec<String> = files.filter(|file| !listed.contains(file)).collect();
    let message = match strange.len() {
        1 => "is not in this repository".to_owned(),
        all => format!("is not in this repository, as are {all} files of the fleet in all"),
    };
    let problem = Problem::error(NOT_SPLIT, strange.first()?, message);
    let next = "commit it here; `root` under `[fleet]` is a folder of this repository, by its path \
                from `domi.toml`";
    Some(problem.next(next))
}

/// The files of both sides, with the views and contexts by which they know each other.
fn linked(
    fleet: &Fleet,
    halves: &Halves,
    request: &FleetRequest,
    source: &Source,
    texts: &BTreeMap<String, String>,
    log: &Log,
) -> std::result::Result<[BTreeMap<String, Option<String>>; 2], Box<Problem>> {
    let Halves { part, rest, .. } = halves;
    let (mut ours, mut theirs) = (part.texts.clone(), rest.texts.clone());
    // A path to a third fleet leads there from the new folder, too.
    for context in fleet.contexts.values() {
        let from = context.from.as_ref().filter(|from| Utf8Path::new(&from.name).is_relative());
        if let (Some(from), Some(Some(text))) = (from, ours.get_mut(&context.about.file)) {
            let path = normal(&source.root.join(&from.name));
            let new = led(text, relative(&source.target, &path).as_str());
            *text = new.map_err(|why| {
                let problem = Problem::error(NOT_SPLIT, &context.about.name, why);
                problem.at(context.about.at(from.line)).next("correct the file first")
            })?;
        }
    }
    let all: BTreeMap<&String, &String> = texts.iter().collect();
    let of_rest = all.into_iter().filter(|(file, _)| !theirs.contains_key(*file));
    let of_rest = of_rest.map(|(file, text)| (file.clone(), Some(text.clone())));
    let mut whole: BTreeMap<String, Option<String>> = of_rest.chain(theirs.clone()).collect();
    let workspaces = [source.target.as_path(), source.root.as_path()];
    // What each publishes, and the other knows of it.
    let places = [(part, rest, [0, 1]), (rest, part, [1, 0])];
    for (half, other, [here, there]) in places {
        let (mine, others) =
            if here == 0 { (&mut ours, &mut theirs) } else { (&mut theirs, &mut ours) };
        let view = half.view.as_ref().map(|text| {
            let file = format!("domain/views/{}.toml", other.name);
            mine.insert(file.clone(), Some(text.clone()));
            let seen = if here == 0 {
                &*mine
            } else {
                whole.insert(file, Some(text.clone()));
                &whole
            };
            known(other, seen)
        });
        // One that is too large is said of its file.
        let Some((text, version, digest)) = view.flatten() else { continue };
        mine.insert(format!("domain/views/{}.json", other.name), Some(text.clone()));
        others.insert(format!("domain/contexts/{}.json", half.name), Some(text));
        let from = request.shown(&format!("domain/views/{}.json", other.name));
        let from = relative(workspaces[there], &workspaces[here].join(from));
        let mut context = String::new();
        if here == 1 && !log.events.is_empty() {
            context = format!(
                "description = \"Split off there after event {} of the log, which has the hash {}\"\n",
                log.events.len(),
                log.head
            );
        }
        let from = serde_json::Value::from(from.as_str());
        context += &format!("from = {from}\nversion = {version}\ndigest = \"{digest}\"\n");
        others.insert(format!("domain/contexts/{}.toml", half.name), Some(context));
    }
    Ok([ours, theirs])
}

/// What a side publishes for the other one: its text, version and digest.
fn known(other: &Half, texts: &BTreeMap<String, Option<String>>) -> Option<(String, u32, String)> {
    let fleet = load_texts(texts).fleet;
    let view = fleet.views.get(&other.name)?;
    let published = published(&fleet, view, 1);
    Some((published.text(), published.version, published.digest()))
}

/// A path from a folder on; both are absolute.
fn relative(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    let common = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| "..");
    let down = path.components().skip(common).map(|it| it.as_str());
    up.chain(down).collect()
}

/// Whether the new repository has a file of this one, by its path from the workspace's root.
fn kept(request: &FleetRequest, known: &Known, halves: &Halves, path: &str) -> bool {
    let name = |folder: &str| path.strip_prefix(folder).and_then(|it| it.strip_suffix(".nix"));
    let of_host = |name: &str| known.fleet.hosts.contains_key(name) && !halves.hosts.contains(name);
    let of_home = |name: &str| {
        let home = known.fleet.homes.get(name);
        home.is_some_and(|home| !halves.part.texts.contains_key(&home.about.file))
    };
    let is_of_host =
        ["systems/hosts/", "systems/hardware/"].into_iter().filter_map(name).any(of_host);
    if is_of_host || name("systems/homes/").is_some_and(of_home) {
        return false;
    }
    if path == composed::PARTS {
        return false;
    }
    let folder = request.shown("");
    let Some(file) = path.strip_prefix(folder.as_str()) else { return true };
    let file = file.trim_start_matches('/');
    match domi_fleet::folder_of(file) {
        domi_fleet::Folder::Log => false,
        domi_fleet::Folder::Of(_) => {
            !domi_fleet_files::belongs(file.as_bytes()) || halves.part.texts.contains_key(file)
        }
        _ => true,
    }
}

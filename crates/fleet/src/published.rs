//! What a fleet publishes: what others may refer to, as its files say it now.

use domi_model::Problem;

use crate::codes::across::STALE_VIEW;
use crate::document::bare;
use crate::view::KEYS;
use crate::{Fleet, Folder, Kind, Principal, Published, Shared, View, document_of, folder_of};

impl Fleet {
    /// Published views that are not what the files say.
    pub fn stale(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let views = || self.views.values().filter(|it| it.about.is_current());
        for view in views() {
            let file = document_of(&view.about);
            let there = self.documents.get(&file);
            let message = match there.map(|it| &it.published) {
                None => format!("`{file}` is not there, so that nobody knows of the view"),
                // What cannot be read is said of it.
                Some(None) => continue,
                Some(Some(it)) if *it == published(self, view, it.version) => continue,
                Some(Some(_)) => format!("`{file}` is not what the files say"),
            };
            let problem = Problem::error(STALE_VIEW, &view.about.name, message);
            let next = "run `cargo xtask fleet publish`, and look at what others get to know";
            problems.push(problem.at(view.about.at(1)).next(next));
        }
        let files: Vec<String> = self.views.values().map(|it| document_of(&it.about)).collect();
        for file in self.documents.keys().filter(|file| !files.contains(file)) {
            if folder_of(file) == Folder::Of(Kind::View) {
                let message = "no view says what is in it";
                let problem = Problem::error(STALE_VIEW, file, message);
                problems
                    .push(problem.next("remove it, or write a file of the same name beside it"));
            }
        }
        problems
    }
}

/// What a view says of the fleet as it is, with this version.
pub fn published(fleet: &Fleet, view: &View, version: u32) -> Published {
    let mut things: Vec<Shared> = Vec::new();
    for (_, kind, names) in view.shared() {
        things.extend(names.iter().filter_map(|name| shared(fleet, view, kind, &name.name)));
    }
    things.sort();
    things.dedup();
    Published { version, things }
}

fn shared(fleet: &Fleet, view: &View, kind: Kind, name: &str) -> Option<Shared> {
    let about = fleet.about(kind, name)?;
    let mut it = Shared {
        kind,
        name: name.to_owned(),
        id: about.id,
        status: about.status,
        is_agent: false,
        keys: Vec::new(),
        addresses: Vec::new(),
        ranges: Vec::new(),
        version: String::new(),
    };
    match kind {
        Kind::Person => {
            let person = fleet.people.get(name)?;
            it.is_agent = person.kind == Principal::Agent;
            if view.names(KEYS).iter().any(|it| it.name == *name) {
                it.keys = person.keys.iter().map(|key| bare(key)).collect();
            }
        }
        Kind::Network => {
            it.ranges = fleet.networks.get(name)?.ranges.iter().map(|(range, _)| *range).collect();
        }
        Kind::Host => {
            it.addresses = fleet.hosts.get(name)?.addresses.iter().map(|it| it.address).collect();
        }
        Kind::Application => it.version.clone_from(&fleet.applications.get(name)?.version),
        _ => {}
    }
    Some(it)
}

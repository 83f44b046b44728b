//! A published view as a file: what of a fleet others may refer to, read-only, with a version and a
//! digest. It is read as what somebody else wrote: nothing in it is believed before it was looked at.

use core::net::IpAddr;

use domi_model::names::is_label;
use domi_model::{Place, Problem};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::codes::across::BAD_VIEW;
use crate::people::public_key;
use crate::view::shared_kinds;
use crate::{About, Folder, Id, Kind, Status, folder_of};

/// The version of the documents.
const SCHEMA: &str = "domi.fleet-view/1";

/// A file that has a view: a published one of this fleet, or what is known of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The file, from the fleet's root.
    pub file: String,
    /// What it holds; none where it cannot be read.
    pub published: Option<Published>,
}

/// What a fleet lets others refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Which state of it: one more with each change.
    pub version: u32,
    /// The things, sorted: kind by kind and by name.
    pub things: Vec<Shared>,
}

/// Something that others may refer to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What stays the same when it gets another name.
    pub id: Option<Id>,
    /// How far it has come.
    pub status: Status,
    /// Of a person or agent: whether it is an agent.
    pub is_agent: bool,
    /// Of a person or agent: public keys, without remarks.
    pub keys: Vec<String>,
    /// Of a host.
    pub addresses: Vec<IpAddr>,
    /// Of a network.
    pub ranges: Vec<IpNet>,
    /// Of an application.
    pub version: String,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    schema: String,
    version: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    digest: String,
    things: Vec<WrittenThing>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenThing {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    status: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    agent: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    version: String,
}

/// Of every schema, to say which one it is.
#[derive(Deserialize)]
struct Begin {
    schema: String,
}

/// The file with the view of a view or of a context: beside its own, with another ending.
pub fn document_of(about: &About) -> String {
    let path = about.file.strip_suffix(".toml").unwrap_or(&about.file);
    format!("{path}.json")
}

/// A key without the remark behind it, which is most often somebody's name.
pub(crate) fn bare(key: &str) -> String {
    key.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// Whether a path is that of such a file.
pub(crate) fn is_document(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    matches!(folder_of(path), Folder::Of(Kind::View | Kind::Context))
        && name.strip_suffix(".json").is_some_and(is_label)
}

impl Published {
    /// What stands for all that it says.
    pub fn digest(&self) -> String {
        let text = serde_json::to_string(&self.written(String::new())).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// Its file.
    pub fn text(&self) -> String {
        let written = self.written(self.digest());
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }

    /// The thing of this kind and name.
    pub fn thing(&self, kind: Kind, name: &str) -> Option<&Shared> {
        let order = |it: &Shared| (it.kind, it.name.as_str()).cmp(&(kind, name));
        self.things.binary_search_by(order).ok().map(|at| &self.things[at])
    }

    fn written(&self, digest: String) -> Written {
        let texts = |all: &[IpNet]| all.iter().map(IpNet::to_string).collect();
        let thing = |it: &Shared| WrittenThing {
            kind: it.kind.word().to_owned(),
            name: it.name.clone(),
            id: it.id.map(|id| id.to_string()),
            status: it.status.as_str().to_owned(),
            agent: it.is_agent,
            keys: it.keys.clone(),
            addresses: it.addresses.iter().map(IpAddr::to_string).collect(),
            ranges: texts(&it.ranges),
            version: it.version.clone(),
        };
        let things = self.things.iter().map(thing).collect();
        Written { schema: SCHEMA.to_owned(), version: self.version, digest, things }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it: [`BAD_VIEW`].
    pub fn read(file: &str, text: &str) -> Result<Self, Box<Problem>> {
        let wrong = |line: usize, message: String, next: &str| {
            let line = u32::try_from(line).unwrap_or(u32::MAX).max(1);
            let place = Place { file: file.to_owned(), line };
            let problem = Problem::error(BAD_VIEW, file, message).at(Some(place));
            Box::new(problem.next(next))
        };
        let again = match folder_of(file) {
            Folder::Of(Kind::View) => {
                "take the file back as it was, such as from git; then run `fleet publish`"
            }
            _ => "have the other fleet run `fleet publish`, then run `fleet update` here",
        };
        let syntax = |error: serde_json::Error| wrong(error.line(), error.to_string(), again);
        let begin: Begin = serde_json::from_str(text).map_err(syntax)?;
        if begin.schema != SCHEMA {
            let is_later = begin.schema.strip_prefix("domi.fleet-view/");
            let is_later = is_later.and_then(|it| it.parse::<u32>().ok()).is_some_and(|it| it > 1);
            let next = match is_later {
                true => "a later version of Domi wrote it: update this one",
                false => again,
            };
            let message = format!("its schema is {:?}, and not {SCHEMA:?}", begin.schema);
            return Err(wrong(1, message, next));
        }
        let written: Written = serde_json::from_str(text).map_err(syntax)?;
        let mut things = Vec::new();
        for it in &written.things {
            let thing = it
                .read()
                .map_err(|why| wrong(1, format!("{:?} {:?}: {why}", it.kind, it.name), again))?;
            things.push(thing);
        }
        things.sort();
        let twice = things
            .windows(2)
            .find(|two| (two[0].kind, &two[0].name) == (two[1].kind, &two[1].name));
        if let Some(two) = twice {
            let message = format!("{}/{} stands in it twice", two[0].kind.word(), two[0].name);
            return Err(wrong(1, message, again));
        }
        let it = Self { version: written.version, things };
        if it.version == 0 || it.digest() != written.digest {
            let message = "was changed by hand: its digest is that of something else".to_owned();
            return Err(wrong(1, message, again));
        }
        Ok(it)
    }
}

impl WrittenThing {
    fn read(&self) -> Result<Shared, String> {
        let kind = Kind::of(&self.kind).filter(|kind| shared_kinds().any(|(_, of)| of == *kind));
        let kind = kind.ok_or("no view has such things")?;
        if !is_label(&self.name) {
            return Err("is no name".to_owned());
        }
        let id = match &self.id {
            None => None,
            Some(id) => Some(id.parse::<Id>().map_err(|()| format!("{id:?} is no id"))?),
        };
        let status = Status::ALL.into_iter().find(|it| it.as_str() == self.status);
        let status = status.ok_or_else(|| format!("{:?} is no status", self.status))?;
        self.keys.iter().try_for_each(|key| public_key(key))?;
        if self.keys.iter().any(|key| bare(key) != *key) {
            return Err("a key has a remark, which no view has".to_owned());
        }
        let address = |text: &String| text.parse::<IpAddr>();
        let addresses: Result<Vec<IpAddr>, _> = self.addresses.iter().map(address).collect();
        let ranges: Result<Vec<IpNet>, _> = self.ranges.iter().map(|it| it.parse()).collect();
        let ranges = ranges.map_err(|error| error.to_string())?;
        if ranges.iter().any(|range| range.trunc() != *range) {
            return Err("a range has an address within it, and not its first".to_owned());
        }
        if self.version.chars().any(char::is_control) {
            return Err("a version is one line".to_owned());
        }
        let (keys, version) = (self.keys.clone(), self.version.clone());
        let it = Shared {
            kind,
            name: self.name.clone(),
            id,
            status,
            is_agent: self.agent,
            keys,
            addresses: addresses.map_err(|error| error.to_string())?,
            ranges,
            version,
        };
        let is_of = |of: Kind, is_empty: bool| is_empty || kind == of;
        let fits = is_of(Kind::Person, !it.is_agent && it.keys.is_empty())
            && is_of(Kind::Host, it.addresses.is_empty())
            && is_of(Kind::Network, it.ranges.is_empty())
            && is_of(Kind::Application, it.version.is_empty());
        if fits { Ok(it) } else { Err("says what only other things have".to_owned()) }
    }
}

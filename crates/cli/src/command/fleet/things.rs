//! What a fleet has, whatever it is: each file in a list, and one with all that has to do with it.

use domi_fleet::{About, Features, Foreign, KINDS, Kind, Link, instead, nested_too_deep, unsalted};
use domi_fleet_files::{HostFacts, NO_SUCH};
use domi_model::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::shared::features;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{Known, files};
use crate::request::FleetRequest;
use crate::{Exit, out};

/// The version of the documents.
const SCHEMA: &str = "domi.fleet-things/1";

/// What `fleet list` and `fleet show` print for programs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Document {
    /// The version of this document: `domi.fleet-things/1`.
    schema: String,
    /// The things, kind by kind and by name.
    things: Vec<Thing>,
}

/// Something that has a file of its own.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Thing {
    /// What it is: `host`, `secret` and so on, as in the log.
    kind: String,
    /// Its name.
    name: String,
    /// What people call it; nothing where the name is enough.
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    /// How far it has come.
    status: String,
    /// Its file, from the root of the workspace.
    file: String,
    /// All that has to do with it; `fleet list` does not say it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<More>,
}

/// All that has to do with something.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct More {
    /// What its file says, key by key.
    says: Map<String, Value>,
    /// Names in its file that are those of other things.
    refers_to: Vec<Reference>,
    /// Names in other files that are its name.
    referred_to_by: Vec<Reference>,
    /// The hosts that it has to do with, which are not retired: those of a unit or a role, those that
    /// hold a secret, those to which somebody may log in, those that need a piece of equipment.
    hosts: Vec<OnHost>,
}

/// A name in a file that is that of something else.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Reference {
    /// What is at the other end: `person/ada`.
    thing: String,
    /// The key that says it.
    key: String,
    /// The file that says it, from the root of the workspace.
    file: String,
    /// Its line.
    line: u32,
}

/// A host that something has to do with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OnHost {
    /// Its name.
    host: String,
    /// What follows there; nothing where there is no more to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    what: String,
}

/// The JSON Schema of the documents.
pub(in crate::command) fn schema() -> Value {
    out::schema::<Document>(SCHEMA)
}

/// The kind of a word.
pub(super) fn kind(word: &str) -> std::result::Result<Kind, String> {
    Kind::of(word).ok_or_else(|| {
        let words: Vec<&str> = KINDS.map(Kind::word).to_vec();
        format!("a fleet has {}", words.join(", "))
    })
}

/// A kind and a name, with `/` between them.
pub(super) fn thing(text: &str) -> std::result::Result<(Kind, String), String> {
    let (word, name) =
        text.split_once('/').ok_or("write what it is and its name, such as host/web-1")?;
    Ok((kind(word)?, name.to_owned()))
}

/// Prints all things, or those of a kind.
pub(super) fn list(request: &FleetRequest, of: Option<Kind>, json: bool) -> Result<Exit> {
    let loaded = files(request);
    let kinds = KINDS.into_iter().filter(|kind| of.is_none_or(|of| of == *kind));
    let things = kinds.flat_map(|kind| {
        let abouts = loaded.fleet.abouts_of(kind);
        abouts.map(move |about| described(kind, about, request)).collect::<Vec<_>>()
    });
    let things: Vec<Thing> = things.collect();
    if json {
        return print(things);
    }
    let subject = |it: &Thing| format!("{}/{}", it.kind, it.name);
    let width = things.iter().map(|it| subject(it).len()).max().unwrap_or_default();
    let row = |it: &Thing| {
        let row = format!("{:width$}  {:12}  {}", subject(it), it.status, it.title);
        row.trim_end().to_owned() + "\n"
    };
    out::data(format_args!("{}", things.iter().map(row).collect::<String>()))?;
    Ok(Exit::Pass)
}

/// Prints one thing, with all that has to do with it. What is wrong elsewhere does not matter.
pub(super) fn show(
    context: &Context,
    request: &FleetRequest,
    (kind, name): &(Kind, String),
    json: bool,
) -> Result<Exit> {
    let loaded = files(request);
    // Only the types of options say which settings are secrets or constants.
    let features = match kind {
        Kind::Secret | Kind::Constant => features(context, &loaded.fleet)?,
        _ => Features::default(),
    };
    let known = Known::of(loaded, request, &features);
    let found = known.fleet.abouts_of(*kind).find(|about| about.name == *name);
    let Some(about) = found else {
        let names = known.fleet.abouts_of(*kind).map(|it| it.name.as_str());
        let next = instead(name, names, kind.noun());
        let message = format!("there is no {} of this name", kind.noun());
        let problem = Problem::error(NO_SUCH, format!("{}/{name}", kind.word()), message);
        return Err(context.problems(Exit::Usage, vec![problem.next(next)]));
    };
    // It was read a moment ago.
    let mut text = fs_err::read_to_string(request.root.join(&about.file)).unwrap_or_default();
    if kind.is_personal() {
        text = unsalted(&text);
    }
    let mut thing = described(*kind, about, request);
    thing.more = Some(more(*kind, about, &known, &text, request));
    if json {
        return print(vec![thing]);
    }
    out::data(format_args!("{}", shown(&thing, &text, context)))?;
    Ok(Exit::Pass)
}

fn print(things: Vec<Thing>) -> Result<Exit> {
    let document = Document { schema: SCHEMA.to_owned(), things };
    data!("{:#}", serde_json::json!(document))?;
    Ok(Exit::Pass)
}

fn described(kind: Kind, about: &About, request: &FleetRequest) -> Thing {
    Thing {
        kind: kind.word().to_owned(),
        name: about.name.clone(),
        title: about.title.clone(),
        status: about.status.to_string(),
        file: request.shown(&about.file),
        more: None,
    }
}

fn more(kind: Kind, about: &About, known: &Known, text: &str, request: &FleetRequest) -> More {
    let links = known.fleet.links();
    let reference = |link: &Link<'_>, thing: String| Reference {
        thing,
        key: link.key.to_owned(),
        file: request.shown(&link.from.file),
        line: link.line,
    };
    let from = links.iter().filter(|link| link.from.file == about.file);
    let from = from.map(|link| reference(link, format!("{}/{}", link.kind.word(), link.to)));
    let is_of = |to: &str| Foreign::of(to).is_some_and(|it| it.fleet == about.name);
    let is_it = |link: &&Link<'_>| match kind {
        Kind::Context => is_of(link.to),
        _ => link.kind == kind && link.to == about.name,
    };
    let to = links.iter().filter(is_it);
    let to = to.map(|link| reference(link, link.from.subject()));
    // What is wrong with the file does not matter here, and must not end the process.
    let readable = Some(text).filter(|text| nested_too_deep(text).is_none());
    let says = readable
        .and_then(|text| text.parse::<toml::Table>().ok())
        .and_then(|it| serde_json::to_value(it).ok());
    let hosts = known.projected.hosts.iter();
    let hosts = hosts.filter_map(|facts| {
        let what = there(kind, &about.name, known, facts, request)?;
        Some(OnHost { host: facts.name.clone(), what })
    });
    More {
        says: match says {
            Some(Value::Object(says)) => says,
            _ => Map::new(),
        },
        refers_to: from.collect(),
        referred_to_by: to.collect(),
        hosts: hosts.collect(),
    }
}

/// What follows from something on a host; none where it has nothing to do with it.
fn there(
    kind: Kind,
    name: &str,
    known: &Known,
    facts: &HostFacts,
    request: &FleetRequest,
) -> Option<String> {
    let is_in = |names: &[String]| names.iter().any(|it| it == name).then(String::new);
    let host = known.fleet.hosts.get(&facts.name)?;
    match kind {
        Kind::Organization => is_in(&facts.units),
        Kind::Location => is_in(&facts.locations),
        Kind::Role => is_in(&facts.roles),
        Kind::Device => host.device.as_ref().filter(|it| it.name == name).map(|_| String::new()),
        Kind::Network => facts.addresses.get(name).map(|all| all.join(", ")),
        Kind::Person | Kind::User => {
            let is_it = |it: &&domi_fleet::Login| {
                name == if kind == Kind::User { &it.user } else { &it.principal }
            };
            let login = facts.logins.iter().find(is_it)?;
            let because = request.shown(&login.because);
            Some(format!("may {} as {}, by {because}", login.may.as_str(), login.user))
        }
        Kind::Secret => {
            let held = facts
                .secrets
                .get(name)
                .map(|it| format!("in {}, {}:{}, mode {}", it.path, it.owner, it.group, it.mode));
            let used = facts.uses.get(name).map(|option| format!("used by {option}"));
            let both: Vec<String> = held.into_iter().chain(used).collect();
            (!both.is_empty()).then(|| both.join("; "))
        }
        Kind::Application => is_in(&facts.applications),
        Kind::Repository => {
            let is_from = |it: &&String| {
                let application = known.fleet.applications.get(*it);
                application.and_then(|it| it.source.as_ref()).is_some_and(|it| it.name == name)
            };
            Some(format!("runs {}", facts.applications.iter().find(is_from)?))
        }
        Kind::Account => {
            let secret = known.fleet.accounts.get(name)?.secret.as_ref()?;
            facts.secrets.get(&secret.name).map(|it| format!("has its secret, in {}", it.path))
        }
        Kind::Equipment => is_in(&facts.equipment),
        Kind::Home => is_in(&facts.homes),
        Kind::Constant => facts.constants.get(name).map(|option| format!("has it as {option}")),
        Kind::Group => {
            let everybody = known.fleet.groups.get(name)?.everybody(&known.fleet);
            let logins = facts.logins.iter();
            let logins = logins.filter(|it| everybody.contains(it.principal.as_str()));
            let logins: Vec<&str> = logins.map(|it| it.user.as_str()).collect();
            (!logins.is_empty()).then(|| format!("{} may log in", logins.join(", ")))
        }
        Kind::Host if facts.name == name => {
            let secrets: Vec<String> = facts.secrets.keys().cloned().collect();
            let all = [
                ("runs", &facts.applications),
                ("holds the secrets", &secrets),
                ("has the homes", &facts.homes),
                ("needs the equipment", &facts.equipment),
            ];
            let all = all.into_iter().filter(|(_, names)| !names.is_empty());
            let said = all.map(|(what, names)| format!("{what} {}", names.join(", ")));
            let said: Vec<String> = said.collect();
            (!said.is_empty()).then(|| said.join("; "))
        }
        Kind::Authorization
        | Kind::Authentication
        | Kind::Host
        | Kind::Wave
        | Kind::Command
        | Kind::Reaction
        | Kind::Term
        | Kind::View
        | Kind::Context
        | Kind::Query
        | Kind::Relationship
        | Kind::Shell => None,
    }
}

fn shown(thing: &Thing, file: &str, context: &Context) -> String {
    let paint = context.paint_out();
    let head = paint.strong(format!("{}/{}", thing.kind, thing.name));
    let title = if thing.title.is_empty() { String::new() } else { format!(": {}", thing.title) };
    let mut text = format!("{head}{title}\n{}, {}\n", thing.file, thing.status);
    let Some(more) = &thing.more else { return text };
    let lines: String = file
        .lines()
        .filter(|it| !it.trim().is_empty())
        .fold(String::new(), |all, line| all + "  " + line.trim_end() + "\n");
    let mut part = |title: &str, rows: String| {
        if !rows.is_empty() {
            text += &format!("\n{title}\n{rows}");
        }
    };
    part("It says", lines);
    for (title, all) in
        [("It refers to", &more.refers_to), ("It is referred to by", &more.referred_to_by)]
    {
        let (of, key) = (width(all, |it| &it.thing), width(all, |it| &it.key));
        let row = |it: &Reference| {
            let place = paint.faint(format!("{}:{}", it.file, it.line));
            format!("  {:of$}  {:key$}  {place}\n", it.thing, it.key)
        };
        part(title, all.iter().map(row).collect());
    }
    let of = width(&more.hosts, |it| &it.host);
    let row = |it: &OnHost| format!("  {:of$}  {}", it.host, it.what).trim_end().to_owned() + "\n";
    part("Hosts", more.hosts.iter().map(row).collect());
    text
}

fn width<T>(all: &[T], text: impl Fn(&T) -> &String) -> usize {
    all.iter().map(|it| text(it).chars().count()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_a_kind_and_a_name() {
        assert_eq!(thing("host/a"), Ok((Kind::Host, "a".to_owned())));
        assert_eq!(thing("secret/a/b"), Ok((Kind::Secret, "a/b".to_owned())));
        assert!(thing("host").unwrap_err().contains("host/web-1"));
        assert!(thing("hots/a").unwrap_err().contains("organisation, person"));
    }
}

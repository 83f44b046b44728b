//! One file of a fleet, read.

use domi_model::Problem;
use domi_model::names::{LONGEST_LABEL, is_label, new_user};

use crate::codes::{NOT_MODELLED, STRANGE_FILE, SYNTAX, WRONG_FIELD};
use crate::document::is_document;
use crate::fields::Fields;
use crate::kind::{Folder, Kind, folder_of, is_left_alone, nearest};
use crate::text::{Data, parse};
use crate::{
    About, Account, Application, Command, Constant, Context, Device, Document, Equipment, Group,
    Home, Host, Id, Location, Network, Organization, Person, Policy, Published, Query, Reaction,
    Relationship, Repository, Role, Secret, Shell, Status, Term, User, View, Wave, salt,
};

/// The most bytes that a file may have.
pub const MOST_BYTES: usize = 256 * 1024;

/// A file of a fleet: what it describes, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub(crate) thing: Option<Thing>,
    pub(crate) document: Option<Document>,
    pub(crate) problems: Vec<Problem>,
}

/// What a file describes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Thing {
    Organization(Organization),
    Person(Person),
    Location(Location),
    Device(Device),
    Network(Network),
    Policy(Policy),
    Host(Host),
    Role(Role),
    User(User),
    Wave(Wave),
    Command(Command),
    Reaction(Reaction),
    Secret(Secret),
    Repository(Repository),
    Application(Application),
    Account(Account),
    Equipment(Equipment),
    Group(Group),
    Term(Term),
    View(View),
    Context(Context),
    Shell(Shell),
    Home(Home),
    Constant(Constant),
    Query(Query),
    Relationship(Relationship),
}

impl Thing {
    fn about_mut(&mut self) -> &mut About {
        match self {
            Self::Organization(it) => &mut it.about,
            Self::Person(it) => &mut it.about,
            Self::Location(it) => &mut it.about,
            Self::Device(it) => &mut it.about,
            Self::Network(it) => &mut it.about,
            Self::Policy(it) => &mut it.about,
            Self::Host(it) => &mut it.about,
            Self::Role(it) => &mut it.about,
            Self::User(it) => &mut it.about,
            Self::Wave(it) => &mut it.about,
            Self::Command(it) => &mut it.about,
            Self::Reaction(it) => &mut it.about,
            Self::Secret(it) => &mut it.about,
            Self::Repository(it) => &mut it.about,
            Self::Application(it) => &mut it.about,
            Self::Account(it) => &mut it.about,
            Self::Equipment(it) => &mut it.about,
            Self::Group(it) => &mut it.about,
            Self::Term(it) => &mut it.about,
            Self::View(it) => &mut it.about,
            Self::Context(it) => &mut it.about,
            Self::Shell(it) => &mut it.about,
            Self::Home(it) => &mut it.about,
            Self::Constant(it) => &mut it.about,
            Self::Query(it) => &mut it.about,
            Self::Relationship(it) => &mut it.about,
        }
    }
}

impl Piece {
    /// Reads a file. Its path is from the fleet's root, with `/` between its parts.
    pub fn read(path: &str, text: &str) -> Self {
        if is_document(path) {
            return document(path, text);
        }
        match kind_and_name(path) {
            Ok((kind, name)) => read(path, kind, name, text),
            Err(problem) => Self { thing: None, document: None, problems: vec![*problem] },
        }
    }

    /// A file that has no place in the fleet, if its path says so already.
    pub fn refused(path: &str) -> Option<Problem> {
        kind_and_name(path).err().filter(|_| !is_document(path)).map(|problem| *problem)
    }

    /// The host that it describes, if it describes one.
    pub fn host(&self) -> Option<&Host> {
        match &self.thing {
            Some(Thing::Host(host)) => Some(host),
            _ => None,
        }
    }
}

/// Why a folder takes no files, and where they belong.
fn belongs(folder: &str) -> (&'static str, &'static str) {
    match folder {
        "networks" => (
            "networks of machines are in `domain/networks/equipment`",
            "move it there; networks of people are in `domain/networks/people`",
        ),
        "domain/events" => (
            "`domain/events` has the log of what was decided",
            "remove it; `cargo xtask fleet record` writes the log",
        ),
        _ => (
            "`domain/procedures` has folders and no files of its own",
            "move it to one of them: `commands`, `reactions`, `constants`, `queries` or `waves`",
        ),
    }
}

/// What a file describes, and its name.
fn kind_and_name(path: &str) -> Result<(Kind, &str), Box<Problem>> {
    let strange = |message: String, next: String| {
        Err(Box::new(Problem::error(STRANGE_FILE, path, message).next(next)))
    };
    let kind = match folder_of(path) {
        Folder::Of(kind) => kind,
        Folder::WithoutFiles(folder) => {
            let (why, next) = belongs(folder);
            let problem = Problem::error(NOT_MODELLED, path, format!("is not read: {why}"));
            return Err(Box::new(problem.next(next)));
        }
        _ => return strange("is in no folder of the fleet".to_owned(), nearest(path)),
    };
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    if is_left_alone(file) {
        return strange("says nothing of the fleet".to_owned(), String::new());
    }
    let Some(name) = file.strip_suffix(".toml") else {
        return strange(
            "does not end in `.toml`".to_owned(),
            "give it that ending, or keep it outside of the fleet's folders".to_owned(),
        );
    };
    let wrong = match kind {
        Kind::User => new_user(name).err(),
        Kind::Host if name == "localhost" => {
            Some("every machine calls itself by this name".to_owned())
        }
        _ => bad_name(name),
    };
    match wrong {
        None => Ok((kind, name)),
        Some(why) => strange(why, "give the file another name".to_owned()),
    }
}

fn bad_name(name: &str) -> Option<String> {
    (!is_label(name)).then(|| {
        format!(
            "{name:?} is no name: lower-case letters, digits and `-` make one, {LONGEST_LABEL} at \
             most, with no `-` at its ends"
        )
    })
}

fn read(path: &str, kind: Kind, name: &str, text: &str) -> Piece {
    let (table, errors) = parse(text);
    let mut problems = Vec::new();
    for (line, message) in &errors {
        let place = domi_model::Place { file: path.to_owned(), line: *line };
        let problem = Problem::error(SYNTAX, path, message.clone()).at(Some(place));
        problems.push(problem.next("write it as TOML"));
    }
    let mut fields = Fields::new(path, "", &table, &kind.fields());
    let mut about = about(path, name, errors.is_empty(), &mut fields);
    about.salt = salt::read(kind, &mut fields);
    let mut thing = match kind {
        Kind::Organization => Thing::Organization(Organization::read(about, &mut fields)),
        Kind::Person => Thing::Person(Person::read(about, &mut fields)),
        Kind::Location => Thing::Location(Location::read(about, &mut fields)),
        Kind::Device => Thing::Device(Device::read(about, &mut fields)),
        Kind::Network => Thing::Network(Network::read(about, &mut fields)),
        Kind::Authorization => Thing::Policy(Policy::authorization(about, &mut fields)),
        Kind::Authentication => Thing::Policy(Policy::authentication(about, &mut fields)),
        Kind::Host => Thing::Host(Host::read(about, &mut fields)),
        Kind::Role => Thing::Role(Role::read(about, &mut fields)),
        Kind::User => Thing::User(User::read(about, &mut fields)),
        Kind::Wave => Thing::Wave(Wave::read(about, &mut fields)),
        Kind::Command => Thing::Command(Command::read(about, &mut fields)),
        Kind::Reaction => Thing::Reaction(Reaction::read(about, &mut fields)),
        Kind::Secret => Thing::Secret(Secret::read(about, &mut fields)),
        Kind::Repository => Thing::Repository(Repository::read(about, &mut fields)),
        Kind::Application => Thing::Application(Application::read(about, &mut fields)),
        Kind::Account => Thing::Account(Account::read(about, &mut fields)),
        Kind::Equipment => Thing::Equipment(Equipment::read(about, &mut fields)),
        Kind::Group => Thing::Group(Group::read(about, &mut fields)),
        Kind::Term => Thing::Term(Term::read(about, &mut fields)),
        Kind::View => Thing::View(View::read(about, &mut fields)),
        Kind::Context => Thing::Context(Context::read(about, &mut fields)),
        Kind::Shell => Thing::Shell(Shell::read(about, &mut fields)),
        Kind::Home => Thing::Home(Home::read(about, &mut fields)),
        Kind::Constant => Thing::Constant(Constant::read(about, &mut fields)),
        Kind::Query => Thing::Query(Query::read(about, &mut fields)),
        Kind::Relationship => Thing::Relationship(Relationship::read(about, &mut fields)),
    };
    let about = thing.about_mut();
    about.digest = about.digest_of(kind, text);
    about.wrong = fields.problems.iter().map(|problem| problem.subject.clone()).collect();
    if errors.is_empty() {
        problems.append(&mut fields.problems);
    }
    Piece { thing: Some(thing), document: None, problems }
}

fn document(path: &str, text: &str) -> Piece {
    let (published, problems) = match Published::read(path, text) {
        Ok(it) => (Some(it), Vec::new()),
        Err(problem) => (None, vec![*problem]),
    };
    let document = Document { file: path.to_owned(), published };
    Piece { thing: None, document: Some(document), problems }
}

fn about(path: &str, name: &str, readable: bool, fields: &mut Fields<'_>) -> About {
    let id = fields.reference("id").and_then(|text| {
        let id = text.name.parse::<Id>().ok();
        if id.is_none() {
            let message = format!("{:?} is no UUID of version 7", text.name);
            let next = "write one in lower case with hyphens, as `uuidgen --time-v7` prints it";
            fields.problem(WRONG_FIELD, "id", text.line, message, next);
        }
        id
    });
    let statuses = Status::ALL.map(|status| (status.as_str(), status));
    let (status, status_line) = fields.word("status", &statuses).unwrap_or((Status::default(), 1));
    if let Some(node) = fields.get("description").filter(|node| !matches!(node.data, Data::Text(_)))
    {
        fields.wrong("description", node);
    }
    About {
        name: name.to_owned(),
        file: path.to_owned(),
        id,
        title: fields.text("title").unwrap_or_default(),
        status,
        status_line,
        readable,
        salt: None,
        digest: String::new(),
        wrong: Vec::new(),
    }
}

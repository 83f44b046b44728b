//! Rewrites texts with store paths for a machine that has no store.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};

use domi_evaluate::{Content, Stored};
use domi_model::Problem;
use domi_realise::Programs;
use serde_json::Value as Json;

use crate::codes::{NOT_CARRIED, NOT_MAPPED};
use crate::from_store::Kept;
use crate::on_every_nixos;
use crate::only_nixos::{self, is_of_path};
use crate::table::COMMON;
use crate::{Row, Supply, Table};

const STORE: &str = "/nix/store/";
/// What to do about a file whose content is known only when it is built.
const MADE_HERE: &str = "make it with pkgs.writeText or pkgs.formats, or as a file beside the module; \
     or test this on NixOS itself: --backend nixos-vm";
/// Where every NixOS has the certificates of those whom it trusts; Debian has them at the first, in a package.
pub(crate) const TRUSTED: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs/ca-bundle.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];
/// The first words of lines by which a program loads what may be built into it, in whatever case.
const LOADING: [&str; 3] = ["Include", "IncludeOptional", "LoadModule"];
/// The folder for files of the store on the machine.
pub(crate) const FILES: &str = "/etc/domi/files";

/// Something that is made by a command, once for all machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// Its name in the store, without the hash.
    pub name: String,
    /// The path that it is to have, there and on all machines.
    pub path: String,
    /// What makes it: lines of bash.
    pub command: String,
    /// The variables that are set for it, by their names.
    pub environment: BTreeMap<String, String>,
    /// The packages of Debian that it takes.
    pub debian: BTreeSet<String>,
    /// Files that these must have, each with its package in nixpkgs.
    pub needed: BTreeMap<String, String>,
    /// Whether its programs, which are in `bin`, are for everybody on the machine.
    pub on_path: bool,
}

/// Folders that programs of Debian write to, each with that of nixpkgs.
pub(crate) type Folders<'a> = BTreeMap<&'a str, &'a str>;

/// The files and packages that replace the store.
pub(crate) struct Texts<'a> {
    pub(crate) store: &'a BTreeMap<String, Stored>,
    pub(crate) table: &'a Table,
    /// Files to write, by path: what they hold, and whether they may be run.
    pub(crate) files: BTreeMap<String, (String, bool)>,
    /// Packages of Debian that are referred to.
    pub(crate) debian: BTreeSet<String>,
    /// Paths that packages must have on the machine, each with its package in nixpkgs.
    pub(crate) needed: BTreeMap<String, String>,
    /// What commands make, each after what it needs.
    pub(crate) making: Vec<Making>,
    /// Folders of programs that PATHs name.
    pub(crate) programs: BTreeSet<Programs>,
    /// Of the programs of Debian that were named since this was last emptied: the folders that each writes to,
    /// with that of nixpkgs.
    pub(crate) folders: Folders<'a>,
    /// The same of what a command makes, by its path.
    pub(crate) folders_of_made: BTreeMap<String, Folders<'a>>,
    /// A folder in which whoever reads the text looks itself, so that its files are named without it.
    pub(crate) searched: Option<&'static str>,
    /// What packages of Debian may lack that are referred to.
    pub(crate) warnings: BTreeSet<String>,
    pub(crate) problems: Vec<Problem>,
    /// What the machine has of the store, where it has that: paths of it then stay as they are.
    pub(crate) kept: Option<Kept>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(store: &'a BTreeMap<String, Stored>, supply: &'a Supply) -> Self {
        let (table, kept) = match supply {
            Supply::Debian(table) => (table, None),
            Supply::Store => (&COMMON, Some(Kept::default())),
        };
        Self {
            store,
            table,
            files: BTreeMap::new(),
            debian: BTreeSet::new(),
            needed: BTreeMap::new(),
            making: Vec::new(),
            programs: BTreeSet::new(),
            folders: Folders::new(),
            folders_of_made: BTreeMap::new(),
            searched: None,
            warnings: BTreeSet::new(),
            problems: Vec::new(),
            kept,
        }
    }

    /// The text as the machine gets it. `user` names the owner of the text in problems.
    pub(crate) fn text(&mut self, text: &str, user: &str) -> String {
        let text = self.without_built_in(text);
        let text = self.without_paths_of_nixos(&text, user);
        let text = self.with_trusted(&text);
        let mut out = String::new();
        let mut done = 0;
        for at in store_paths(&text) {
            out += &text[done..at.start];
            out += &self.path(&text[at.clone()], user);
            done = at.end;
        }
        out + &text[done..]
    }

    /// The text without the lines that load what Debian has built into a program.
    fn without_built_in<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let loads = |line: &str| {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if !LOADING.iter().any(|word| first.eq_ignore_ascii_case(word)) {
                return false;
            }
            let whole = words.next_back().unwrap_or_default().trim_matches(['"', '\'']);
            let Some((path, stored)) = self.stored_at(whole) else { return false };
            let within = whole[path.len()..].trim_matches('/');
            let row = self.table.row(stored);
            row.is_some_and(|row| row.built_in.iter().any(|file| file == within))
        };
        if self.kept.is_some() || !text.lines().any(loads) {
            return Cow::Borrowed(text);
        }
        text.split_inclusive('\n').filter(|line| !loads(line)).collect()
    }

    /// The text with the programs of every NixOS where the machine has them. What else only NixOS has is a
    /// problem.
    fn without_paths_of_nixos(&mut self, text: &str, user: &str) -> String {
        let mut out = String::new();
        let mut done = 0;
        for at in only_nixos::paths(text) {
            let path = &text[at.clone()];
            if let Some(ours) = on_every_nixos::on_debian(path) {
                out += &text[done..at.start];
                out += &ours;
                done = at.end;
            } else {
                self.only_there(path, user);
            }
        }
        out + &text[done..]
    }

    /// The text with the machine's own certificates of those whom every NixOS trusts.
    fn with_trusted(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut done = 0;
        for at in only_nixos::whole(text, &TRUSTED) {
            out += &text[done..at.start];
            out += TRUSTED[0];
            done = at.end;
            self.debian.insert("ca-certificates".to_owned());
        }
        out + &text[done..]
    }

    /// A path in the store, as the machine has it.
    pub(crate) fn path(&mut self, whole: &str, user: &str) -> String {
        let Some((path, stored)) = self.stored_at(whole) else {
            let message = format!("{user} refers to {whole}, but it is not known what made it");
            self.problem(whole, &message, "make it with pkgs.writeText, whose content is known");
            return whole.to_owned();
        };
        if self.kept.is_some() {
            self.keep(path, stored);
            return whole.to_owned();
        }
        let within = &whole[path.len()..];
        match &stored.content {
            Some(content) => self.file(stored, content, within),
            None if let Some(command) = &stored.command
                && self.table.row(stored).is_none() =>
            {
                self.made(stored, command, within)
            }
            None => self.of_package(stored, whole, within.trim_matches('/'), user),
        }
    }

    /// The name of the command that a path of the store has, where it is a package of one script.
    pub(crate) fn command(&self, path: &str) -> Option<String> {
        let (_, stored) = self.stored_at(path)?;
        let Some(Content::Text { destination, executable: true, .. }) = &stored.content else {
            return None;
        };
        destination.strip_prefix("/bin/").map(str::to_owned)
    }

    /// What is known to be in a path of the store.
    pub(crate) fn content_at(&self, path: &str) -> Option<&'a Content> {
        self.stored_at(path)?.1.content.as_ref()
    }

    /// The name of the package that a path of the store is, and what stands for it.
    pub(crate) fn package_at(&self, path: &str) -> Option<(String, &'a Row)> {
        let (_, stored) = self.stored_at(path)?;
        let table: &'a Table = self.table;
        Some((name(stored), table.row(stored)?))
    }

    /// The stored path that a path is, or is within.
    pub(crate) fn stored_at(&self, whole: &str) -> Option<(&'a str, &'a Stored)> {
        let upto = (Bound::Unbounded, Bound::Included(whole));
        let store: &'a BTreeMap<String, Stored> = self.store;
        let (path, stored) = store.range::<str, _>(upto).next_back()?;
        let rest = whole.strip_prefix(path.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((path.as_str(), stored))
    }

    fn file(&mut self, stored: &Stored, content: &Content, within: &str) -> String {
        let (text, destination, executable) = match content {
            Content::Text { text, destination, executable } => {
                (self.text(text, &stored.name), destination.as_str(), *executable)
            }
            Content::Settings { format, value } => {
                (self.settings(stored, format, value), "", false)
            }
        };
        // A path inside something that is itself a file means that file.
        let at = if destination.is_empty() { within } else { destination };
        let executable = executable || text.starts_with("#!");
        // The same text may be a script and, elsewhere, a package of that script.
        let mut hash = blake3::Hasher::new();
        hash.update(text.as_bytes());
        hash.update(if executable { b"\0x" } else { b"" });
        hash.update(destination.as_bytes());
        let hash = hash.finalize().to_hex();
        let folder = format!("{FILES}/{}-{}", &hash[..32], stored.name);
        self.files.insert(format!("{folder}{at}"), (text, executable));
        format!("{folder}{within}")
    }

    fn settings(&mut self, stored: &Stored, format: &str, value: &str) -> String {
        let Ok(mut value) = serde_json::from_str(value) else {
            self.problem(&stored.name, "its value is not valid JSON", "");
            return String::new();
        };
        self.strings(&mut value, &stored.name);
        match format {
            // JSON is YAML.
            "json" | "yaml" | "yaml_1_1" | "yaml_1_2" => format!("{value:#}\n"),
            "toml" => toml_edit::ser::to_string_pretty(&value).unwrap_or_else(|error| {
                self.problem(&stored.name, &format!("its value is not valid TOML: {error}"), "");
                String::new()
            }),
            other => {
                self.problem(&stored.name, &format!("the format {other} is not supported"), "");
                String::new()
            }
        }
    }

    fn strings(&mut self, value: &mut Json, user: &str) {
        match value {
            Json::String(text) => *text = self.text(text, user),
            Json::Array(items) => items.iter_mut().for_each(|item| self.strings(item, user)),
            Json::Object(map) => map.values_mut().for_each(|item| self.strings(item, user)),
            _ => {}
        }
    }

    fn of_package(&mut self, stored: &Stored, whole: &str, within: &str, user: &str) -> String {
        let table: &'a Table = self.table;
        let Some(row) = table.row(stored) else {
            if stored.of_command {
                let name = &stored.name;
                let message = format!(
                    "{user} refers to {whole}, which a command would make; nothing is built here"
                );
                self.problem(name, &message, MADE_HERE);
                return whole.to_owned();
            }
            let name = name(stored);
            let message = format!(
                "{user} refers to {whole}, but no Debian package is known for {name} of nixpkgs"
            );
            let lines = format!("[packages.{}] debian = [\"{}\"]", toml_key(&name), stored.pname);
            let next = format!("name the Debian package in domi.toml: {lines}");
            // Whatever else refers to the package wants the same lines.
            if !self.problems.iter().any(|problem| problem.next == next) {
                self.problem(&name, &message, &next);
            }
            return whole.to_owned();
        };
        if let Some(why) = &row.refused {
            let next = "leave it out, or test this on NixOS itself: --backend nixos-vm";
            let is_said = |it: &Problem| it.subject == stored.pname && it.next == next;
            if !self.problems.iter().any(is_said) {
                let message = format!("{user} refers to {whole}: {why}");
                self.problem(&stored.pname, &message, next);
            }
            return whole.to_owned();
        }
        self.warnings.extend(row.warning.clone());
        let path = row.path(within);
        self.debian.extend(row.debian_of(within).cloned());
        // A folder of programs may be empty, so nothing checks that it exists.
        if !matches!(within, "" | "bin" | "sbin") {
            self.needed.insert(path.clone(), stored.pname.clone());
        }
        if ["bin", "sbin"].contains(&within.split('/').next().unwrap_or_default()) {
            let folders = row.folders.iter();
            self.folders.extend(folders.map(|(debian, nix)| (debian.as_str(), nix.as_str())));
        }
        if let Some(name) = self.searched.and_then(|folder| path.strip_prefix(folder)) {
            return name.to_owned();
        }
        if path.contains('*') {
            let message = format!(
                "{user} refers to {whole}, whose folder on Debian has the name of the machine's architecture"
            );
            let next = "leave it out, or test this on NixOS itself: --backend nixos-vm";
            self.problem(&stored.pname, &message, next);
        }
        path
    }

    /// Says that a text refers to what only NixOS has.
    pub(crate) fn only_there(&mut self, path: &str, user: &str) {
        let message = format!("{user} refers to {path}, which only NixOS has");
        let next = "name what is meant by its package, such as ${pkgs.curl}/bin/curl";
        self.add(Problem::error(NOT_CARRIED, path, message).next(next));
    }

    fn problem(&mut self, subject: &str, message: &str, next: &str) {
        self.add(Problem::error(NOT_MAPPED, subject, message).next(next));
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Where a text has paths of the store.
pub(crate) fn store_paths(text: &str) -> impl Iterator<Item = Range<usize>> + use<'_> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(STORE)?;
        let rest = &text[start..];
        from = start + rest.find(|c| !is_of_path(c)).unwrap_or(rest.len());
        Some(start..from)
    })
}

/// The name of a package, as the table of packages has it.
fn name(stored: &Stored) -> String {
    stored.attribute.as_ref().map_or_else(|| stored.pname.clone(), |names| names.join("."))
}

/// A name as a key of TOML.
pub(crate) fn toml_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.chars().all(bare) { name.to_owned() } else { format!("\"{name}\"") }
}

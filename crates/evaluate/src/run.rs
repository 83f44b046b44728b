//! Asks Nix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use domi_host::Interrupt;
use domi_model::{NIX_NAMES, key_value, reserved};
use domi_nix_command::{Nix, NixFailed};
use serde::Serialize;
use serde_json::json;

use crate::answer::{Answer, Answered, Case, Evaluated, Known, Names};
use crate::store;
use crate::stored::Stored;
use crate::{Nixpkgs, Setting};

/// How many settings one process evaluates, to limit its memory.
pub const BATCH: usize = 100;

/// Modules to be evaluated, and what to report about them.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    /// Whose lib and NixOS modules.
    pub nixpkgs: &'a Nixpkgs,
    /// For which system: `x86_64-linux`.
    pub system: &'a str,
    /// Absolute paths of modules that the system always has.
    pub trunk: &'a [PathBuf],
    /// Absolute paths of the modules that the question is about.
    pub modules: &'a [PathBuf],
    /// Others that it is about, which are attributes of flakes.
    pub flakes: &'a [FlakeModule],
    /// The absolute path of a Nix file with the set of arguments that all modules get beside the
    /// usual ones.
    pub special_args: Option<&'a Path>,
    /// Options that are looked at, whether anything uses them or not.
    pub groups: &'a [OptionGroup],
    /// Packages that nixpkgs has not, by the names that they have here: each is a file with a function
    /// for `callPackage`, by its absolute path.
    pub programs: &'a BTreeMap<String, PathBuf>,
    /// Attribute paths of packages that are to be recognised in the store.
    pub packages: &'a [Vec<String>],
    /// Whether all units, files, users and groups that exist without the modules are compared too,
    /// which takes long; else only those whose names the modules define.
    pub changed: bool,
    /// How long one process may take.
    pub limit: Duration,
}

/// A module that is an attribute of a flake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlakeModule {
    /// The flake's reference, as Nix reads it anywhere.
    pub flake: String,
    /// The attribute's path in it: `nixosModules`, `site`.
    pub attribute: Vec<String>,
}

/// Options at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionGroup {
    /// The path of the place.
    pub prefix: Vec<String>,
    /// The options there that are evaluated completely, so that an illegal value is refused even if
    /// nothing uses it. Not while an option `enable` beside them is false.
    pub force: Vec<String>,
    /// What stands before their names in [`Refused::options`].
    pub label: String,
}

/// What NixOS makes of many settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluations {
    /// What it makes of each, in their order.
    pub cases: Vec<Result<Evaluated, Refused>>,
    /// What they refer to in the store, by store path.
    pub store: BTreeMap<String, Stored>,
}

/// NixOS refuses these settings as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why. Known only if the settings were evaluated alone or ended the process;
    /// [`Evaluation::explain`] asks again.
    pub reason: Option<String>,
    /// Names at the places of the groups that are no options, and options whose own values are
    /// refused, also if they follow from another refused one. Unknown if the settings end the process.
    pub options: Option<BTreeSet<String>>,
}

impl Evaluation<'_> {
    /// Evaluates the settings, several in one process.
    ///
    /// # Errors
    /// If Nix cannot be run, or refuses even the system without the modules.
    pub fn run(
        &self,
        nix: &Nix,
        cases: &[Setting],
        interrupt: &Interrupt,
    ) -> Result<Evaluations, NixFailed> {
        self.run_for(nix, cases, false, interrupt)
    }

    /// The same for machines that have the store's own files. All that the store is told to hold can then be
    /// built: no derivation stands for a file whose content is only recorded.
    ///
    /// # Errors
    /// As [`Evaluation::run`].
    pub fn run_to_build(
        &self,
        nix: &Nix,
        cases: &[Setting],
        interrupt: &Interrupt,
    ) -> Result<Evaluations, NixFailed> {
        self.run_for(nix, cases, true, interrupt)
    }

    fn run_for(
        &self,
        nix: &Nix,
        cases: &[Setting],
        builds: bool,
        interrupt: &Interrupt,
    ) -> Result<Evaluations, NixFailed> {
        let (sound, known) = (false, Vec::new());
        let mut asked = Asked { evaluation: self, nix, interrupt, builds, sound, known };
        let mut answers = Vec::with_capacity(cases.len());
        for batch in cases.chunks(BATCH) {
            answers.extend(asked.batch(batch)?);
        }
        let roots = answers.iter().flatten().flat_map(|case| case.references.iter().cloned());
        let read = if builds { store::whole } else { store::stored };
        let mut store = read(nix, roots.collect::<BTreeSet<_>>(), self.limit, interrupt)?;
        for known in asked.known {
            let of = |stored: &&mut Stored| Some(&stored.derivation) == known.derivation.as_ref();
            for stored in store.values_mut().filter(of) {
                stored.attribute = Some(known.attribute.clone());
            }
        }
        let cases: Vec<_> = answers.into_iter().map(|answer| answer.map(|it| it.seen)).collect();
        // Asking about each alone would take long, and an answer too many does no harm.
        if cases.len() == 1 {
            store = store::referred(&store, cases.iter().flatten().flat_map(Evaluated::texts));
        }
        Ok(Evaluations { cases, store })
    }

    /// Why NixOS refuses the settings, in its own words; `None` where it does not.
    ///
    /// # Errors
    /// When Nix cannot be run.
    pub fn explain(
        &self,
        nix: &Nix,
        case: &Setting,
        interrupt: &Interrupt,
    ) -> Result<Option<String>, NixFailed> {
        let asked = Asking { explain: true, ..Asking::default() };
        match self.ask(nix, std::slice::from_ref(case), asked, interrupt) {
            Ok(_) => Ok(None),
            Err(error) => match error.refusal() {
                Some(why) => Ok(Some(contexts(&error).chain([why]).collect::<Vec<_>>().join("\n"))),
                None => Err(error),
            },
        }
    }

    /// The names that a system has without the modules.
    ///
    /// # Errors
    /// When Nix cannot be run.
    pub fn names(&self, nix: &Nix, interrupt: &Interrupt) -> Result<Names, NixFailed> {
        Ok(self.ask(nix, &[], Asking::default(), interrupt)?.names.with_upstream())
    }

    fn ask(
        &self,
        nix: &Nix,
        cases: &[Setting],
        asking: Asking,
        interrupt: &Interrupt,
    ) -> Result<Answer, NixFailed> {
        let Asking { explain, builds } = asking;
        let request = json!({
            "nixpkgs": self.nixpkgs.to_json(),
            "system": self.system,
            "trunk": self.trunk,
            "modules": self.modules,
            "flakes": self.flakes,
            "specialArgs": self.special_args,
            "groups": self.groups,
            "programs": self.programs,
            "packages": self.packages,
            "reserved": NIX_NAMES,
            "changed": self.changed,
            "sharedUnits": reserved::shared_units().collect::<Vec<_>>(),
            "builds": builds,
            "explain": explain,
            "begins": BEGINS,
            "cases": cases.iter().map(Setting::to_json).collect::<Vec<_>>(),
        });
        let folder = written(&request.to_string()).map_err(NixFailed::NotStarted)?;
        let program = nix.program(["eval", "--json", "--impure", "--file"]);
        let program = program.arg(folder.path().join(EXPRESSION));
        // A hundred systems take a few megabytes; a file with a thousand of them takes more.
        let program = program.time_limit(self.limit).output_limit(1 << 30);
        nix.read_json(&program, interrupt)
    }
}

/// How settings are evaluated.
#[derive(Debug, Clone, Copy, Default)]
struct Asking {
    /// Whether Nix is to say why it refuses them.
    explain: bool,
    /// Whether what they refer to is to be built.
    builds: bool,
}

/// What generated modules say of a value beside what is wrong with it.
fn contexts(error: &NixFailed) -> impl Iterator<Item = &str> {
    error.contexts(key_value::LINE_OF)
}

const EXPRESSION: &str = "evaluate.nix";
/// What is evaluated, each file by its name.
const FILES: [(&str, &str); 4] = [
    (EXPRESSION, include_str!("evaluate.nix")),
    ("nixos_test.nix", include_str!("nixos_test.nix")),
    ("nixpkgs.nix", include_str!("nixpkgs.nix")),
    ("observe.nix", include_str!("observe.nix")),
];
const REQUEST: &str = "request.json";
/// What Nix says before it begins with settings, followed by their number.
const BEGINS: &str = "domi begins with settings ";

/// A folder with the expressions, and a request that they read.
pub(crate) fn written(request: &str) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    for (name, text) in FILES {
        fs_err::write(folder.path().join(name), text)?;
    }
    fs_err::write(folder.path().join(REQUEST), request)?;
    Ok(folder)
}

struct Asked<'a> {
    evaluation: &'a Evaluation<'a>,
    nix: &'a Nix,
    interrupt: &'a Interrupt,
    builds: bool,
    /// Whether anything has been evaluated: after that, a failure is caused by the settings.
    sound: bool,
    known: Vec<Known>,
}

impl Asked<'_> {
    /// Some errors end the process instead of being caught. Nix says when it begins with settings,
    /// so those that cause them are the last that it began with.
    fn batch(&mut self, cases: &[Setting]) -> Result<Vec<Result<Case, Refused>>, NixFailed> {
        let mut answers = Vec::with_capacity(cases.len());
        let mut rest = cases;
        loop {
            let alone = rest.len() == 1;
            let asking = Asking { explain: alone, builds: self.builds };
            let error = match self.evaluation.ask(self.nix, rest, asking, self.interrupt) {
                Ok(answer) => {
                    self.sound = true;
                    self.known = answer.known;
                    answers.extend(answer.cases.into_iter().map(case));
                    return Ok(answers);
                }
                Err(error) => error,
            };
            if rest.is_empty() || !error.is_refusal() {
                return Err(error);
            }
            if !self.sound
                && let Err(without) = self.batch(&[])
            {
                // What the user gives to every system can be wrong, too.
                let own =
                    self.evaluation.special_args.is_some() || !self.evaluation.trunk.is_empty();
                let Some(message) = without.refusal().filter(|_| own) else { return Err(without) };
                let refused = || Refused { reason: Some(message.to_owned()), options: None };
                answers.extend(rest.iter().map(|_| Err(refused())));
                return Ok(answers);
            }
            let NixFailed::Ended { message, said, .. } = &error else { return Err(error) };
            let Some(at) = last_begun(said).filter(|at| *at < rest.len()) else {
                return Err(error);
            };
            if at > 0 {
                answers.extend(self.batch(&rest[..at])?);
            }
            answers.push(Err(Refused { reason: Some(message.clone()), options: None }));
            rest = &rest[at + 1..];
            if rest.is_empty() {
                return Ok(answers);
            }
        }
    }
}

fn case(answered: Answered) -> Result<Case, Refused> {
    match answered {
        Answered::Seen(case) => Ok(*case),
        Answered::Refused { refused } => Err(Refused { reason: None, options: Some(refused) }),
    }
}

/// The number of the settings that Nix began with last.
fn last_begun(said: &str) -> Option<usize> {
    let number = |line: &str| line.split_once(BEGINS)?.1.trim().parse().ok();
    said.lines().rev().find_map(number)
}

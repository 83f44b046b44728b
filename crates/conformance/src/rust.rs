//! What `domi-realise` makes of settings.

use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::Added;
use domi_model::codes::{MISSING_VALUE, UNKNOWN_OPTION, WRONG_VALUE};
use domi_model::{Manifest, Problem, Renamed, Value};
use domi_realise::codes::{ASSERTION, NIXOS_WARNS, READ_ONLY, SET_TWICE, WARNING};
use domi_realise::realise;

use crate::canonical::{self, Paths};
use crate::{Content, DropIn, EtcFile, Outcome, System, Unit, User};

/// What settings come to in Rust.
///
/// # Errors
/// When a file was written that cannot be read.
pub fn realised(
    manifest: &Manifest,
    settings: &BTreeMap<String, Value>,
) -> Result<Outcome, String> {
    let paths = Paths::new(manifest);
    let realised = match realise(manifest, settings, &paths) {
        Ok(realised) => realised,
        Err(problems) => {
            let options = problems.iter().filter_map(|it| named(manifest, it)).collect();
            let assertions = if problems.iter().all(|problem| problem.code == ASSERTION) {
                problems.into_iter().map(|problem| problem.message).collect()
            } else {
                Vec::new()
            };
            return Ok(Outcome::Refused { assertions, options: Some(options) });
        }
    };
    if let Some(fault) = paths.faults.into_inner().into_iter().next() {
        return Err(fault);
    }
    let system = realised.system;
    let unit = |unit: domi_realise::Unit| Unit {
        text: unit.text,
        wanted_by: unit.wanted_by,
        required_by: unit.required_by,
    };
    let drop_in = |unit: domi_realise::Unit| DropIn::of(Added::by(&unit.text, unit.wanted_by));
    let etc = |file: domi_realise::EtcFile| EtcFile {
        content: Content::Text(file.text),
        mode: file.mode,
    };
    let user = |user: domi_realise::User| User {
        group: user.group,
        description: user.description,
        home: user.home,
    };
    let warnings = realised
        .warnings
        .into_iter()
        .filter(|problem| [WARNING, NIXOS_WARNS].contains(&problem.code));
    let attribute = |name: &String| manifest.packages.get(name).map(|it| it.nixpkgs.join("."));
    let mut out = System {
        units: system.units.into_iter().map(|(name, it)| (name, unit(it))).collect(),
        drop_ins: system.drop_ins.into_iter().map(|(name, it)| (name, drop_in(it))).collect(),
        etc: system.etc.into_iter().map(|(path, it)| (path, etc(it))).collect(),
        files: paths.files.into_inner(),
        users: system.users.into_iter().map(|(name, it)| (name, user(it))).collect(),
        groups: system.groups,
        tmpfiles: system.tmpfiles.concat(),
        sysctl: system.sysctl.iter().map(|(name, value)| format!("{name}={value}\n")).collect(),
        tcp: system.firewall.tcp,
        udp: system.firewall.udp,
        packages: system
            .installed
            .iter()
            .filter_map(attribute)
            .map(|it| canonical::package(&it))
            .collect(),
        packages_again: BTreeSet::new(),
        warnings: warnings.map(|problem| problem.message).collect(),
    };
    out.warnings.sort();
    out.forget_unused_files();
    Ok(Outcome::System(Box::new(out)))
}

/// The option whose own value a problem is about; a renamed one by its new name.
fn named(manifest: &Manifest, problem: &Problem) -> Option<String> {
    let of_values =
        [WRONG_VALUE, UNKNOWN_OPTION, MISSING_VALUE, READ_ONLY, SET_TWICE].contains(&problem.code);
    if !of_values && !problem.message.starts_with("the default") {
        return None;
    }
    let is_old = |old: &&Renamed| old.from.to_string() == problem.subject;
    let path = match manifest.renamed.iter().find(is_old) {
        Some(renamed) => renamed.to.to_string(),
        None => problem.subject.clone(),
    };
    // Names that are no identifiers are in quotes, as JSON has them.
    let mut quoted = serde_json::Deserializer::from_str(&path).into_iter::<String>();
    match quoted.next() {
        Some(Ok(name)) => Some(name),
        _ => path.split(['.', '[']).next().map(str::to_owned),
    }
}

impl System {
    /// Leaves files that something refers to.
    pub(crate) fn forget_unused_files(&mut self) {
        let units = self.units.values().map(|unit| unit.text.clone());
        let etc = self.etc.values().map(|file| file.content.key());
        let drop_ins = self.drop_ins.values().map(|drop_in| drop_in.lines.concat());
        let others = [self.tmpfiles.clone(), self.sysctl.clone()];
        let mut waiting: Vec<String> = units.chain(drop_ins).chain(etc).chain(others).collect();
        let mut used = BTreeMap::new();
        while let Some(text) = waiting.pop() {
            for (path, content) in self.files.iter().filter(|(path, _)| text.contains(*path)) {
                if used.insert(path.clone(), content.clone()).is_none() {
                    waiting.push(content.key());
                }
            }
        }
        self.files = used;
    }
}

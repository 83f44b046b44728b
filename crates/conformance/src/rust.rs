//! What `domi-realise` makes of settings.

use std::collections::{BTreeMap, BTreeSet};

use domi_evaluate::Added;
use domi_model::codes::{MISSING_VALUE, UNKNOWN_OPTION, WRONG_VALUE};
use domi_model::{Manifest, Problem, Renamed, Value};
use domi_realise::codes::{
    ASSERTION, CIRCLE, CLAIMED, CONFLICT, EXCLUDED, NIXOS_WARNS, NOT_THERE, READ_ONLY, SET_TWICE,
    WANTED, WARNING,
};
use domi_realise::{Member, PackagePaths, Realised, compose, realise_together};

use crate::canonical::{self, Paths};
use crate::case::{Given, Meant, given};
use crate::{Content, DropIn, EtcFile, Outcome, System, Unit, User};

/// What settings come to in Rust; of several features, what they come to together.
///
/// # Errors
/// When a file was written that cannot be read, or when options of NixOS's own modules are set: then
/// nobody here knows.
pub fn realised(features: &[&Manifest], case: &Value) -> Result<Outcome, String> {
    let mut parts = Vec::new();
    let mut problems = Vec::new();
    let mut packages = BTreeSet::new();
    let mut files = BTreeMap::new();
    let all_paths: Vec<Paths<'_>> = features.iter().map(|manifest| Paths::new(manifest)).collect();
    let given: Vec<Meant<'_>> = given(features, case).iter().map(Given::meant).collect();
    let member = |((manifest, given), paths)| Member {
        manifest,
        given: Meant::given(given),
        paths: paths as &dyn PackagePaths,
    };
    let members: Vec<Member<'_>> =
        features.iter().copied().zip(&given).zip(&all_paths).map(member).collect();
    let Ok(realised) = realise_together(&members) else {
        return Ok(Outcome::Refused { assertions: Vec::new(), options: Some(BTreeSet::new()) });
    };
    for ((manifest, realised), paths) in features.iter().zip(realised).zip(all_paths) {
        match realised {
            Ok(realised) => {
                let attribute =
                    |name: &String| manifest.packages.get(name).map(|it| it.nixpkgs.join("."));
                let installed = realised.system.installed.iter().filter_map(attribute);
                packages.extend(installed.map(|it| canonical::package(&it)));
                packages.extend(realised.system.commands.values().cloned());
                parts.push(realised);
            }
            Err(wrong) => {
                problems.extend(wrong.into_iter().map(|problem| (*manifest, problem)));
            }
        }
        if let Some(fault) = paths.faults.into_inner().into_iter().next() {
            return Err(fault);
        }
        files.extend(paths.files.into_inner());
    }
    if !problems.is_empty() {
        return Ok(refused(features, problems));
    }
    let realised = match compose(parts) {
        Ok(realised) => realised,
        Err(clashes) => {
            let (assertions, options) = (asserted(&clashes), Some(BTreeSet::new()));
            return Ok(Outcome::Refused { assertions, options });
        }
    };
    if !realised.system.nixos.is_empty() {
        let options: Vec<_> = realised.system.nixos.into_iter().collect();
        return Err(format!("only NixOS knows what {} comes to", options.join(", ")));
    }
    let mut out = told(realised);
    (out.packages, out.files) = (packages, files);
    out.forget_unused_files();
    Ok(Outcome::System(Box::new(out)))
}

/// What the modules say of features that cannot be on one machine; nothing where NixOS refuses more
/// than they do.
fn asserted(clashes: &[Problem]) -> Vec<String> {
    let by_modules = |it: &Problem| [CLAIMED, NOT_THERE, EXCLUDED, CIRCLE].contains(&it.code);
    if !clashes.iter().all(by_modules) {
        return Vec::new();
    }
    clashes.iter().map(|it| format!("{}: {}", it.subject, it.message)).collect()
}

fn refused(features: &[&Manifest], problems: Vec<(&Manifest, Problem)>) -> Outcome {
    let label = |manifest, name: String| labelled(features, manifest) + &name;
    let options = problems.iter().filter_map(|(of, it)| Some(label(of, named(of, it)?))).collect();
    let assertions = if problems.iter().all(|(_, problem)| problem.code == ASSERTION) {
        problems.into_iter().map(|(_, problem)| problem.message).collect()
    } else {
        Vec::new()
    };
    Outcome::Refused { assertions, options: Some(options) }
}

/// What stands before the names of a feature's options, where there are several features.
pub(crate) fn labelled(features: &[&Manifest], manifest: &Manifest) -> String {
    match features {
        [_] => String::new(),
        _ => format!("{}: ", manifest.feature.name),
    }
}

/// A system without its packages and files.
fn told(realised: Realised) -> System {
    let system = realised.system;
    let unit = |unit: domi_realise::Unit| Unit {
        text: unit.text,
        wanted_by: unit.wanted_by,
        required_by: unit.required_by,
        aliases: unit.aliases,
    };
    let drop_in = |unit: domi_realise::Unit| DropIn::of(Added::by(&unit.text, unit.wanted_by));
    let etc = |file: domi_realise::EtcFile| EtcFile {
        content: Content::Text(file.text),
        mode: file.mode,
        user: file.user,
        group: file.group,
    };
    let user = |user: domi_realise::User| User {
        normal: user.normal,
        uid: user.uid,
        extra_groups: user.extra_groups,
        create_home: user.create_home,
        shell: user.shell,
        group: user.group,
        description: user.description,
        home: user.home,
    };
    let warnings = realised
        .warnings
        .into_iter()
        .filter(|problem| [WARNING, NIXOS_WARNS, WANTED].contains(&problem.code));
    let mut out = System {
        units: system.units.into_iter().map(|(name, it)| (name, unit(it))).collect(),
        drop_ins: system.drop_ins.into_iter().map(|(name, it)| (name, drop_in(it))).collect(),
        etc: system.etc.into_iter().map(|(path, it)| (path, etc(it))).collect(),
        users: system.users.into_iter().map(|(name, it)| (name, user(it))).collect(),
        groups: system.groups,
        gids: system.gids,
        tmpfiles: system.tmpfiles.concat(),
        sysctl: system.sysctl.iter().map(|(name, value)| format!("{name}={value}\n")).collect(),
        tcp: system.firewall.tcp,
        udp: system.firewall.udp,
        warnings: warnings.map(|problem| problem.message).collect(),
        ..System::default()
    };
    out.warnings.sort();
    // NixOS's side tells what is there more often than without the module, once.
    out.warnings.dedup();
    out
}

/// The option whose own value a problem is about; a renamed one by its new name.
fn named(manifest: &Manifest, problem: &Problem) -> Option<String> {
    let of_values = [WRONG_VALUE, UNKNOWN_OPTION, MISSING_VALUE, READ_ONLY, SET_TWICE, CONFLICT]
        .contains(&problem.code);
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
        let shells = self.users.values().filter_map(|user| user.shell.clone());
        let others = [self.tmpfiles.clone(), self.sysctl.clone()].into_iter().chain(shells);
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

//! The tests of a feature, as NixOS tests and as evaluation checks.

mod reason;

use std::collections::{BTreeMap, BTreeSet};

use domi_model::{
    Action, Machine, Maintainer, Manifest, Refusal, Run, Switch, Test, TestBody, TestFile, Value,
};

use crate::ast::{Binding, Bound, Key, Nix, Op, Param};
use crate::expr::file_name;
use crate::files::free_name;
use crate::script::WRITES;
use crate::{header, print, program, script, specialisation, tmpfiles, value};

/// The text of `tests/<name>.nix`: a function from `pkgs` and `lib` to an attribute set with a
/// derivation for every test, by its slug.
pub fn tests(manifest: &Manifest, crate_dir: &str) -> String {
    let mut header = header::of_feature(manifest, crate_dir);
    for test in manifest.tests.iter().filter(|test| !is_here(test)) {
        header += &format!(
            "\n\nNot here: {}. It begins with the previous release, whose module is not in this \
             repository.",
            header::one_line(&test.name)
        );
    }
    print::file(&header, &tree(manifest))
}

/// Whether NixOS can do a test with what the repository has.
fn is_here(test: &Test) -> bool {
    !test.run().is_some_and(Run::is_update)
}

fn tree(manifest: &Manifest) -> Nix {
    let texts = repeated_texts(manifest);
    let tests = manifest
        .tests
        .iter()
        .filter(|test| is_here(test))
        .map(|test| Binding::new(test.slug(), derivation(manifest, test, &texts)).gap());
    let tests = Nix::Attrs(tests.collect());
    let mut bindings = helpers(manifest, &tests);
    bindings.extend(program::bindings(manifest, &tests.free(), ".."));
    bindings.extend(
        texts.iter().map(|(text, name)| Binding::new(name.as_str(), value::string(text)).gap()),
    );
    let body = if bindings.is_empty() { tests } else { Nix::Let(bindings, Box::new(tests)) };
    let free = body.free();
    let used = ["lib", "pkgs"].into_iter().filter(|name| free.contains(*name));
    Nix::Lambda(Param::Formals(used.map(str::to_owned).collect()), Box::new(body))
}

/// The texts of several lines that tests write to files more than once, and what they are bound to.
fn repeated_texts(manifest: &Manifest) -> BTreeMap<&str, String> {
    const LINES: usize = 3;
    let runs = manifest.tests.iter().filter(|test| is_here(test)).filter_map(Test::run);
    let written = runs.flat_map(|run| &run.steps).filter_map(|step| match &step.action {
        Action::Write(file) if file.content.lines().count() > LINES => Some(file),
        _ => None,
    });
    let mut counts: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for TestFile { path, content, .. } in written {
        counts.entry(content).or_insert((0, path)).0 += 1;
    }
    let mut taken: BTreeSet<String> = NAMES.map(str::to_owned).into();
    let repeated = counts.into_iter().filter(|(_, (count, _))| *count > 1);
    let named = repeated.map(|(content, (_, path))| {
        let file = path.rsplit('/').next().unwrap_or(path);
        let name = free_name(file, &taken);
        taken.insert(name.clone());
        (content, name)
    });
    named.collect()
}

/// The names that are bound in the file.
const NAMES: [&str; 16] = [
    "beside",
    "builtins",
    "config",
    "evaluate",
    "features",
    "lib",
    "maintainers",
    "mode",
    "module",
    "path",
    "pkgs",
    "refused",
    "required",
    "settings",
    "text",
    WRITES,
];

/// What several tests use, as far as they do.
fn helpers(manifest: &Manifest, tests: &Nix) -> Vec<Binding> {
    let feature = &manifest.feature;
    let module = format!("../modules/{}/{}.nix", feature.kind.as_str(), feature.name);
    let maintainers = feature.maintainers.iter().map(maintainer).collect();
    let used = tests.free();
    let evaluate = used.contains("evaluate");
    let requires = manifest.always_requires().next().is_some();
    let features = Binding::new("features", features_index());
    let candidates = [
        (used.contains("module") || evaluate, Binding::new("module", Nix::Path(module))),
        (
            (requires && (used.contains("required") || evaluate)) || used.contains("beside"),
            features,
        ),
        (
            requires && (used.contains("required") || evaluate),
            Binding::new("required", required(manifest))
                .comment("What the feature requires, with as little set as can be."),
        ),
        (
            used.contains("beside"),
            Binding::new("beside", beside_function())
                .comment("Other features and what they require, with as little set as can be."),
        ),
        (
            used.contains(WRITES),
            Binding::new(WRITES, script::writes())
                .comment("The command that writes a file, as a string of Python.")
                .gap(),
        ),
        (used.contains("maintainers"), Binding::new("maintainers", Nix::List(maintainers)).gap()),
        (
            evaluate,
            Binding::new("evaluate", evaluate_function(manifest))
                .comment("A system with these settings; nothing of it is built.")
                .gap(),
        ),
        (
            used.contains("refused"),
            Binding::new("refused", refused_function())
                .comment("Whether evaluating the whole value fails.")
                .gap(),
        ),
    ];
    candidates.into_iter().filter(|(used, _)| *used).map(|(_, binding)| binding).collect()
}

/// The modules of what a feature requires.
fn required(manifest: &Manifest) -> Nix {
    let names = Nix::ident("features").select([manifest.feature.name.as_str(), "requires"]);
    Nix::lib_call("concatMap", [modules_of_name(), names])
}

/// What is known of all features.
fn features_index() -> Nix {
    Nix::ident("import").call(Nix::Path("../nix/features.nix".to_owned()))
}

/// What is known of the feature of a name.
fn of_name(what: &str, default: Option<Nix>) -> Nix {
    Nix::Select {
        base: Box::new(Nix::ident("features")),
        path: vec![Key::Dynamic(Nix::ident("name")), what.into()],
        default: default.map(Box::new),
    }
}

/// The modules of the feature of a name, with as little set as can be.
fn modules_of_name() -> Nix {
    let modules = Nix::List(vec![of_name("module", None), of_name("enabled", None)]);
    Nix::lambda("name", modules)
}

/// The modules of features by their names.
fn beside_function() -> Nix {
    let requires = of_name("requires", Some(Nix::List(Vec::new())));
    let name = Nix::List(vec![Nix::ident("name")]);
    let all = Nix::lambda("name", Nix::binary(Op::Concat, name, requires));
    let all = Nix::lib_call("concatMap", [all, Nix::ident("names")]);
    let all = Nix::lib_call("unique", [all]);
    Nix::lambda("names", Nix::lib_call("concatMap", [modules_of_name(), all]))
}

/// The module of a feature, and what it requires.
fn modules(manifest: &Manifest, beside: &BTreeSet<String>) -> Nix {
    let own = Nix::List(vec![Nix::ident("module")]);
    match others(manifest, beside) {
        Some(others) => Nix::binary(Op::Concat, own, others),
        None => own,
    }
}

/// The modules of what a feature requires, and of what is beside it; none where there is neither.
fn others(manifest: &Manifest, beside: &BTreeSet<String>) -> Option<Nix> {
    let required = manifest.always_requires().next().map(|_| Nix::ident("required"));
    let names: Vec<String> = beside.iter().cloned().collect();
    let beside = Nix::ident("beside").call(value::string_list(&names));
    let beside = (!names.is_empty()).then_some(beside);
    required.into_iter().chain(beside).reduce(|one, two| Nix::binary(Op::Concat, one, two))
}

fn evaluate_function(manifest: &Manifest) -> Nix {
    let prefix = manifest.feature.option_prefix().into_iter().map(Key::from);
    let is = |path: &str, value| Binding::at(path.split('.').map(Key::from).collect(), value);
    let machine = Nix::Attrs(vec![
        is("imports", modules(manifest, &BTreeSet::new())),
        is("boot.isContainer", Nix::ident("true")),
        is("documentation.enable", Nix::ident("false")),
        is("nixpkgs.pkgs", Nix::ident("pkgs")),
        is("system.stateVersion", Nix::lib("trivial.release")),
        Binding::at(prefix.collect(), Nix::ident("settings")),
    ]);
    // Not `pkgs.nixos`, which a package set that was put together by hand need not have.
    let file = Nix::lib_call(
        "path.append",
        [Nix::ident("pkgs").dot("path"), Nix::str("nixos/lib/eval-config.nix")],
    );
    let system = Nix::ident("import").call(file).call(Nix::attrs([
        is("lib", Nix::ident("lib")),
        is("system", Nix::ident("null")),
        is("modules", Nix::List(vec![machine])),
    ]));
    Nix::Lambda(Param::Ident("settings".to_owned()), Box::new(system.dot("config")))
}

fn refused_function() -> Nix {
    let forced = Nix::ident("builtins").dot("deepSeq").call(Nix::ident("value"));
    let tried = Nix::ident("builtins").dot("tryEval").call(forced.call(Nix::ident("null")));
    Nix::lambda("value", tried.dot("success").negated())
}

fn maintainer(maintainer: &Maintainer) -> Nix {
    let optional = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| Binding::new(name, value::string(value)))
    };
    let lines = [
        Some(Binding::new("name", value::string(&maintainer.name))),
        optional("email", &maintainer.email),
        optional("github", &maintainer.github),
    ];
    Nix::attrs(lines.into_iter().flatten())
}

fn derivation(manifest: &Manifest, test: &Test, texts: &BTreeMap<&str, String>) -> Nix {
    match &test.body {
        TestBody::Run(run) => machines(manifest, test, run, texts),
        TestBody::Refuse(refusal) => check(manifest, test, refusal),
    }
}

/// The derivation's name.
fn full_name(manifest: &Manifest, test: &Test) -> Nix {
    file_name(&format!("{}-{}", manifest.feature.name, test.slug()))
}

fn machines(manifest: &Manifest, test: &Test, run: &Run, texts: &BTreeMap<&str, String>) -> Nix {
    let mut lines = vec![
        // What is wrong in a node is then said to be in this file.
        Binding::new("_file", Nix::Path(format!("./{}.nix", manifest.feature.name))),
        Binding::new("name", full_name(manifest, test)),
    ];
    if !manifest.feature.maintainers.is_empty() {
        let path = vec!["meta".into(), "maintainers".into()];
        lines.push(Binding::at(path, Nix::ident("maintainers")));
    }
    let nodes = run
        .machines
        .iter()
        .map(|(name, machine)| Binding::new(name.as_str(), node(manifest, run, name, machine)));
    lines.push(match nodes.collect::<Vec<_>>() {
        mut one if one.len() == 1 => nested("nodes", one.remove(0)),
        several => Binding::new("nodes", Nix::Attrs(several)),
    });
    lines.push(Binding::new("testScript", Nix::Str(script::parts(run, texts))));
    Nix::ident("pkgs").dot("testers").dot("runNixOSTest").call(Nix::Attrs(lines))
}

/// `outer.a = …` from `a = …`.
fn nested(outer: &str, binding: Binding) -> Binding {
    match binding.bound {
        Bound::Value(mut path, value) => {
            path.insert(0, outer.into());
            Binding::at(path, value)
        }
        bound => Binding::new(outer, Nix::Attrs(vec![Binding { bound, ..binding }])),
    }
}

fn node(manifest: &Manifest, run: &Run, name: &str, machine: &Machine) -> Nix {
    let switches = specialisation::all(run, name);
    let mut lines = Vec::new();
    if machine.enable || !machine.settings.is_empty() || !switches.is_empty() {
        let imports = match machine.enable {
            true => modules(manifest, &run.beside),
            false => Nix::List(vec![Nix::ident("module")]),
        };
        lines.push(Binding::new("imports", imports));
    }
    if machine.enable || !machine.settings.is_empty() {
        let prefix = manifest.feature.option_prefix().into_iter().map(Key::from).collect();
        let settings = settings(manifest, machine.enable, machine.settings.iter());
        lines.push(Binding::at(prefix, settings).flattened());
    }
    if !machine.packages.is_empty() {
        let packages = machine.packages.iter().map(|name| value::package(manifest, name));
        let path = vec!["environment".into(), "systemPackages".into()];
        lines.push(Binding::at(path, Nix::List(packages.collect())));
    }
    if !machine.files.is_empty() {
        let rules = machine.files.iter().map(|file| value::string(&tmpfiles::rule(file)));
        let path = vec!["systemd".into(), "tmpfiles".into(), "rules".into()];
        lines.push(Binding::at(path, Nix::List(rules.collect())));
    }
    if run.switches(name).next().is_some() {
        // A test's machine without specialisations cannot be switched otherwise.
        let path = ["system", "switch", "enable"].map(Key::from);
        lines.push(Binding::at(path.to_vec(), Nix::ident("true")));
    }
    let specialisations = switches.into_iter().map(|switch| {
        let name = specialisation::name(run, name, switch).unwrap_or_default();
        let path = vec![name.as_str().into(), "configuration".into()];
        Binding::at(path, switched(manifest, run, machine, switch))
    });
    match specialisations.collect::<Vec<_>>() {
        none if none.is_empty() => {}
        mut one if one.len() == 1 => lines.push(nested("specialisation", one.remove(0))),
        several => lines.push(Binding::new("specialisation", Nix::Attrs(several))),
    }
    Nix::Attrs(lines)
}

/// What a specialisation of a machine changes.
fn switched(manifest: &Manifest, run: &Run, machine: &Machine, switch: &Switch) -> Nix {
    let forced = |value| Nix::lib_call("mkForce", [value]);
    let enabled = match (machine.enable, switch.enable) {
        (true, false) => Some(forced(Nix::ident("false"))),
        (false, true) => Some(Nix::ident("true")),
        _ => None,
    };
    let enabled = enabled.map(|value| Binding::new("enable", value));
    let changed =
        switch.settings.iter().filter(|(name, value)| machine.settings.get(*name) != Some(*value));
    let given = changed.map(|(name, value)| {
        let value = value::setting(manifest, &manifest.options, name, value);
        let is_set = machine.settings.contains_key(name);
        Binding::new(name.as_str(), if is_set { forced(value) } else { value })
    });
    let mut lines = Vec::new();
    let others = others(manifest, &run.beside);
    if let (false, true, Some(others)) = (machine.enable, switch.enable, others) {
        lines.push(Binding::new("imports", others));
    }
    let prefix = manifest.feature.option_prefix().into_iter().map(Key::from).collect();
    let settings = Nix::attrs(enabled.into_iter().chain(given));
    lines.push(Binding::at(prefix, settings).flattened());
    Nix::Attrs(lines)
}

fn settings<'m>(
    manifest: &Manifest,
    enable: bool,
    settings: impl Iterator<Item = (&'m String, &'m Value)>,
) -> Nix {
    let enabled = enable.then(|| Binding::new("enable", Nix::ident("true")));
    let given = settings.map(|(name, value)| {
        Binding::new(name.as_str(), value::setting(manifest, &manifest.options, name, value))
            .flattened()
    });
    Nix::attrs(enabled.into_iter().chain(given))
}

/// A derivation that evaluates only where the settings are refused, for the reason that they
/// should be.
fn check(manifest: &Manifest, test: &Test, refusal: &Refusal) -> Nix {
    let given = settings(manifest, true, refusal.settings.iter());
    let config = Binding::new("config", Nix::ident("evaluate").call(given));
    let done = Nix::ident("pkgs").dot("runCommand").call(full_name(manifest, test));
    let done = done.call(Nix::attrs([])).call(Nix::str("touch $out"));
    let printed = |others: &BTreeMap<String, Value>| settings(manifest, true, others.iter());
    let body = reason::reasons(manifest, refusal, printed).into_iter().rev().fold(
        done,
        |body, (condition, message)| {
            let message = value::string(&format!("{}: {message}", test.name));
            let checked = Nix::lib_call("assertMsg", [condition, message]);
            Nix::Assert(Box::new([checked, body]))
        },
    );
    Nix::Let(vec![config], Box::new(body))
}

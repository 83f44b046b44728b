//! The checks of a repository, in a newcomer's order.

use super::picture::{Generated, Git, Picture, Place, Sdk};
use super::step::Found::{Done, Open, Unknown};
use super::step::{At, Check, Found, Step, named};

/// Where the SDK comes from.
const SOURCE: &str = "https://github.com/domi-nix/domi-nix";
/// Why nothing can be said of what follows from features or a fleet.
pub(super) const UNREAD: &str = "not everything that it follows from can be read";

/// Up to where there is something to put on machines.
pub(super) const FIRST: &[Check<Picture>] = &[
    Check { id: "workspace", about: "there is a cargo workspace", look: workspace },
    Check { id: "readable", about: "the workspace can be read", look: readable },
    Check { id: "sdk", about: "the workspace says where the SDK comes from", look: sdk },
    Check { id: "feature", about: "there is a feature", look: feature },
    Check { id: "built", about: "every feature is built, and can be read", look: built },
    Check { id: "generated", about: "generated files are up to date", look: generated },
    Check { id: "tests", about: "every feature has a test", look: tests },
    Check { id: "passed", about: "all tests passed on this computer's system", look: passed },
    Check { id: "git", about: "git keeps the history", look: git },
    Check { id: "ignored", about: "git leaves out what cargo builds", look: ignored },
];

/// What comes once all that is written is as it should be.
pub(super) const LAST: &[Check<Picture>] = &[
    Check { id: "committed", about: "everything is committed", look: committed },
    Check { id: "ci", about: "every change is tested by a service", look: ci },
    Check { id: "flake", about: "a flake has the features for NixOS", look: flake },
    Check { id: "systems", about: "all tests passed on every claimed system", look: systems },
    Check { id: "released", about: "a feature was released", look: released },
];

fn workspace(picture: &Picture) -> Found {
    let why = "a repository of features is a cargo workspace; the template is a small one, with a feature \
               that can be tested at once";
    // Without a workspace there is no `cargo xtask`.
    let template = format!("{} template new default", picture.program);
    match picture.place {
        Place::Empty => Open(Step::new("begin with the template", template + " .", why)),
        Place::Other => {
            let command = template + " my-features";
            let what = "begin with the template, in a folder of its own";
            Open(Step::new(what, command, why))
        }
        Place::Unreadable(_) | Place::Workspace => Done(String::new()),
    }
}

fn readable(picture: &Picture) -> Found {
    match &picture.place {
        Place::Empty | Place::Other => Unknown("there is none yet"),
        Place::Unreadable(why) => {
            let command = "cargo metadata --no-deps --format-version 1 --quiet && cargo xtask list";
            Open(Step::new("fix what cannot be read", command, why))
        }
        Place::Workspace => Done(String::new()),
    }
}

/// Whether anything can be said of the workspace.
fn is_readable(picture: &Picture) -> bool {
    picture.place == Place::Workspace
}

fn sdk(picture: &Picture) -> Found {
    if !is_readable(picture) {
        return Unknown("there is no workspace that can be read");
    }
    let line = format!("domi-sdk = {{ git = \"{SOURCE}\" }}");
    let header = "[workspace.dependencies]";
    let step = Step::new(
        "say where the SDK comes from",
        "cargo xtask list",
        "every feature in Rust is written with it, and `cargo xtask new` takes it from there",
    );
    match picture.sdk {
        // Who has features has them in another way.
        _ if !picture.features.is_empty() => Done(String::new()),
        Sdk::There => Done(String::new()),
        Sdk::NoTable => Open(step.writing("Cargo.toml", At::End, &[header, &line])),
        Sdk::NotInTable => Open(step.writing("Cargo.toml", At::Below(header.to_owned()), &[&line])),
    }
}

fn feature(picture: &Picture) -> Found {
    match &picture.features[..] {
        _ if !is_readable(picture) => Unknown("there is no workspace that can be read"),
        [] => Open(Step::new(
            "make a feature; its name is yours",
            "cargo xtask new web-gateway",
            "a feature is one crate: options, what a machine has with it, and tests. The new one is \
             complete, and its tests pass",
        )),
        all => Done(named(all)),
    }
}

fn built(picture: &Picture) -> Found {
    let step = |what: &str, why: &str| Step::new(what, "cargo xtask list", why);
    match (&picture.not_built[..], &picture.wrong[..]) {
        _ if picture.features.is_empty() && picture.wrong.is_empty() => {
            Unknown("there is no feature")
        }
        ([], []) => Done(match picture.known.len() {
            1 => "1 feature".to_owned(),
            features => format!("{features} features"),
        }),
        ([], wrong) => Open(step("fix what is wrong with a feature", &wrong[0])),
        (not_built, _) => Open(step(
            "build the features",
            &format!(
                "not built, or changed since then: {}; a feature is known by what its program prints",
                named(not_built)
            ),
        )),
    }
}

/// Whether all features could be read.
fn are_known(picture: &Picture) -> bool {
    matches!(built(picture), Done(_))
}

fn generated(picture: &Picture) -> Found {
    match &picture.generated {
        Generated::Unknown => Unknown(UNREAD),
        Generated::Fresh(files) => Done(format!("{files} files")),
        Generated::Stale(files) => Open(Step::new(
            "write the generated files",
            "cargo xtask generate",
            &format!(
                "{} differ{} from what the features say; NixOS and its users read these files",
                named(files),
                if files.len() == 1 { "s" } else { "" }
            ),
        )),
        Generated::Refused(why) => Open(Step::new(
            "see why files cannot be generated",
            "cargo xtask generate --check",
            why,
        )),
    }
}

fn tests(picture: &Picture) -> Found {
    if !are_known(picture) {
        return Unknown(UNREAD);
    }
    match picture.known.iter().find(|it| it.tests == 0) {
        None => Done(match picture.known.iter().map(|it| it.tests).sum() {
            1 => "1 test".to_owned(),
            tests => format!("{tests} tests"),
        }),
        Some(it) => {
            let step = Step::new(
                format!("write a test of {}", it.name),
                format!("cargo xtask test {}", it.name),
                "without one, nobody knows that it works, now and after each change",
            );
            let file = format!("{}/src/main.rs", it.folder);
            let unit = format!("    tests.it(\"runs\").wait_for_unit(\"{}.service\");", it.name);
            let lines = ["fn tests(cfg: &Expr<Self>, tests: &mut Tests) {", &unit, "}"];
            Open(step.writing(file, At::Somewhere, &lines))
        }
    }
}

fn passed(picture: &Picture) -> Found {
    if !are_known(picture) {
        return Unknown(UNREAD);
    }
    let test = |name: &str| format!("cargo xtask test {name}");
    if let Some((it, bad)) = picture.known.iter().find_map(|it| Some((it, it.bad[0].first()?))) {
        let why = format!("its test `{bad}` did not pass when it ran last");
        return Open(Step::new(format!("make {} pass its tests", it.name), test(&it.name), &why));
    }
    let never: Vec<&str> =
        picture.known.iter().filter(|it| it.open[0] > 0).map(|it| &*it.name).collect();
    match never[..] {
        [] => Done("by the last runs that are known here".to_owned()),
        [one] => {
            let why =
                "has tests that have not passed here: until they do, nobody knows that it works";
            Open(Step::new(format!("test {one}"), test(one), &format!("{one} {why}")))
        }
        _ => {
            let why =
                "have tests that have not passed here: until they do, nobody knows that they work";
            let why = format!("{} {why}", named(&never));
            Open(Step::new("test the features", "cargo xtask test", &why))
        }
    }
}

fn git(picture: &Picture) -> Found {
    let why = "what was right before can be had again, and a flake has only what git knows";
    match &picture.git {
        _ if picture.features.is_empty() => Unknown("there is no feature"),
        Git::Repository { .. } => Done(String::new()),
        Git::None => Open(Step::new("begin a history", "git init", why)),
        Git::Missing => Open(Step::new("install git", "apt-get install git", why)),
        Git::Refuses(said) => Open(Step::new("see why git refuses", "git status", said)),
    }
}

fn ignored(picture: &Picture) -> Found {
    match &picture.git {
        Git::Repository { target: Some(target), .. } => {
            let step = Step::new(
                "leave what cargo builds out of the history",
                "git status --short",
                "it is large, and others on each computer",
            );
            Open(step.writing(".gitignore", At::End, &[&format!("/{target}")]))
        }
        Git::Repository { .. } => Done(String::new()),
        _ => Unknown("there is no repository"),
    }
}

fn committed(picture: &Picture) -> Found {
    let Git::Repository { has_commit, changed, .. } = picture.git else {
        return Unknown("there is no repository");
    };
    if has_commit && changed == 0 {
        return Done(String::new());
    }
    let plan = match picture.fleet {
        Some(_) if has_commit => "cargo xtask fleet plan && ",
        _ => "",
    };
    let message = if has_commit { "Say here what changed" } else { "The first features" };
    let count = match changed {
        1 => "a file or folder is not committed as it is".to_owned(),
        changed => format!("{changed} files and folders are not committed as they are"),
    };
    let plan_why =
        if plan.is_empty() { "" } else { "; the plan says first what changes on which host" };
    Open(Step::new(
        "commit what is done",
        format!("{plan}git add --all && git commit --quiet --message \"{message}\""),
        &format!("{count}: from here on, `--affected` tests only what a change touches{plan_why}"),
    ))
}

fn ci(picture: &Picture) -> Found {
    match &picture.ci {
        _ if picture.features.is_empty() => Unknown("there is no feature"),
        Some(file) => Done(file.clone()),
        None => {
            let step = Step::new(
                "let GitHub test every change",
                "cargo xtask generate",
                "a change that breaks a feature is seen before others have it; the workflow is generated, \
                 and runs what a change touches, on every system",
            );
            let at = if picture.has_config { At::End } else { At::New };
            Open(step.writing("domi.toml", at, &["[github]"]))
        }
    }
}

fn flake(picture: &Picture) -> Found {
    if picture.has_flake {
        return Done("flake.nix".to_owned());
    }
    let command = "cargo xtask template new default .template && cp -rn .template/flake.nix .template/systems . \
                   && rm -rf .template";
    Open(Step::new(
        "add the flake of the template",
        command,
        "the modules are written, and nothing gives them to NixOS: a flake with a trunk does",
    ))
}

fn systems(picture: &Picture) -> Found {
    if !are_known(picture) {
        return Unknown(UNREAD);
    }
    let is_open = |it: &&super::picture::Known| it.open[1] > 0 || !it.bad[1].is_empty();
    let open: Vec<&str> = picture.known.iter().filter(is_open).map(|it| &*it.name).collect();
    if open.is_empty() {
        return Done("by the last runs that are known here".to_owned());
    }
    let why = format!(
        "{} claim{} a system on which tests have not passed here; on another system, machines are \
         emulated",
        named(&open),
        if open.len() == 1 { "s" } else { "" }
    );
    Open(Step::new("test on all systems", "cargo xtask matrix", &why))
}

fn released(picture: &Picture) -> Found {
    if !matches!(picture.git, Git::Repository { .. }) {
        return Unknown("there is no repository");
    }
    if picture.known.is_empty() {
        return Unknown("there is no feature");
    }
    if picture.known.iter().any(|it| it.is_released) {
        return Done(String::new());
    }
    // Whoever has written versions before has nothing to commit.
    let command = "cargo xtask release --write && git add --all && git commit --quiet --allow-empty \
                   --message \"Release\" && cargo xtask release --tag";
    let why = "by the tag of a release, who uses a feature says which state of it is meant";
    Open(Step::new("release the features", command, why))
}

use clap::Parser;

use super::super::CommandLine;
use super::document::{Guide, checks, text};
use super::picture::{FleetFacts, Generated, Git, Known, Picture, Place, Sdk};
use super::step::{At, Edit, Step};
use domi_fleet::{Fleet, Piece};

/// How this program was called.
const PROGRAM: &str = "/opt/xtask";

/// A repository in which nothing is left to do.
fn whole() -> Picture {
    Picture {
        place: Place::Workspace,
        features: vec!["greeting".to_owned()],
        known: vec![Known {
            name: "greeting".to_owned(),
            folder: "crates/greeting".to_owned(),
            tests: 2,
            is_released: true,
            ..Known::default()
        }],
        generated: Generated::Fresh(12),
        git: git(true, 0),
        has_config: true,
        ci: Some(".github/workflows".to_owned()),
        has_flake: true,
        ..Picture::default()
    }
}

fn git(has_commit: bool, changed: usize) -> Git {
    Git::Repository { has_commit, changed, target: None }
}

/// The files of a fleet that is whole, in the order in which the guide asks for them.
const FLEET: [(&str, &str); 6] = [
    ("domain/organizations/bakery.toml", "purpose = \"Bread\"\nresponsible = \"ada\"\n"),
    (
        "domain/people/ada.toml",
        "keys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl a\"]\n",
    ),
    ("domain/locations/shop.toml", "title = \"Shop\"\n"),
    ("hosts/counter.toml", "features = [\"greeting\"]\nlocation = \"shop\"\n"),
    ("users/ada.toml", "uid = 1000\n"),
    (
        "domain/policies/authorization/all.toml",
        "who = [\"ada\"]\nmay = [\"administer\"]\n[[tests]]\nwho = \"ada\"\nhost = \"counter\"\nmay = [\"administer\"]\n",
    ),
];

/// A repository with a fleet of these files, one of them with another text.
fn fleet(files: usize, other: Option<(usize, &str)>) -> Picture {
    let pieces = FLEET[..files].iter().enumerate().map(|(at, (path, text))| {
        let text = other.filter(|it| it.0 == at).map_or(*text, |it| it.1);
        Piece::read(path, text)
    });
    let (fleet, problems) = Fleet::of(pieces);
    assert!(problems.is_empty(), "{problems:?}");
    let bare = fleet.hosts.values().filter(|it| it.given.features.is_empty());
    let bare = bare.map(|it| it.about.name.clone()).collect();
    let facts = FleetFacts {
        folder: String::new(),
        fleet,
        wrong: Vec::new(),
        without_feature: Some(bare),
        unrecorded: Ok(0),
    };
    Picture { fleet: Some(facts), ..whole() }
}

fn with(change: impl FnOnce(&mut Picture)) -> Picture {
    let mut picture = whole();
    change(&mut picture);
    picture
}

fn with_feature(change: impl FnOnce(&mut Known)) -> Picture {
    with(|picture| change(&mut picture.known[0]))
}

fn with_fleet(change: impl FnOnce(&mut FleetFacts)) -> Picture {
    let mut picture = fleet(6, None);
    change(picture.fleet.as_mut().expect("there is one"));
    picture
}

/// Pictures, each with the check that is next.
fn pictures() -> Vec<(Picture, &'static str)> {
    let names = || vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let place = |place| Picture { place, program: PROGRAM.to_owned(), ..Picture::default() };
    let empty = || place(Place::Workspace);
    vec![
        (place(Place::Empty), "workspace"),
        (place(Place::Other), "workspace"),
        (place(Place::Unreadable("Cargo.toml has no name".to_owned())), "readable"),
        (Picture { sdk: Sdk::NoTable, ..empty() }, "sdk"),
        (Picture { sdk: Sdk::NotInTable, ..empty() }, "sdk"),
        (empty(), "feature"),
        (with(|it| it.not_built = names()), "built"),
        (with(|it| it.wrong = vec!["a: is not right".to_owned()]), "built"),
        (with(|it| it.generated = Generated::Stale(names())), "generated"),
        (with(|it| it.generated = Generated::Refused("no".to_owned())), "generated"),
        (with_feature(|it| it.tests = 0), "tests"),
        (with_feature(|it| it.bad[0] = names()), "passed"),
        (with_feature(|it| it.open[0] = 1), "passed"),
        (
            with(|it| {
                it.known.push(it.known[0].clone());
                it.known.iter_mut().for_each(|it| it.open[0] = 1);
            }),
            "passed",
        ),
        (with(|it| it.git = Git::None), "git"),
        (with(|it| it.git = Git::Missing), "git"),
        (with(|it| it.git = Git::Refuses("dubious".to_owned())), "git"),
        (
            with(|it| {
                it.git = Git::Repository {
                    has_commit: true,
                    changed: 1,
                    target: Some("target".to_owned()),
                };
            }),
            "ignored",
        ),
        (with_fleet(|it| it.wrong = names()), "fleet.readable"),
        (fleet(0, None), "fleet.organisation"),
        (fleet(2, Some((0, "responsible = \"ada\"\n"))), "fleet.purpose"),
        (fleet(1, None), "fleet.people"),
        (fleet(2, Some((1, "status = \"retired\"\n"))), "fleet.people"),
        (fleet(2, Some((0, "purpose = \"Bread\"\n"))), "fleet.responsible"),
        (fleet(2, Some((1, ""))), "fleet.keys"),
        (fleet(2, None), "fleet.places"),
        (fleet(3, None), "fleet.hosts"),
        (fleet(4, Some((3, ""))), "fleet.features"),
        (fleet(4, None), "fleet.users"),
        (fleet(5, None), "fleet.policies"),
        // Whoever is gone gets no user, and is in no policy.
        (fleet(5, Some((1, "status = \"retired\"\n"))), "fleet.people"),
        (fleet(6, Some((5, "who = [\"ada\"]\nmay = [\"login\"]\n"))), "fleet.tests"),
        (with_fleet(|it| it.unrecorded = Ok(3)), "fleet.recorded"),
        (with_fleet(|it| it.unrecorded = Err("line 3".to_owned())), "fleet.recorded"),
        (with(|it| it.git = git(false, 3)), "committed"),
        (with(|it| it.git = git(true, 1)), "committed"),
        (Picture { git: git(true, 1), ..fleet(6, None) }, "committed"),
        (with(|it| it.ci = None), "ci"),
        (
            with(|it| {
                it.ci = None;
                it.has_config = false;
            }),
            "ci",
        ),
        (with(|it| it.has_flake = false), "flake"),
        (with_feature(|it| it.open[1] = 1), "systems"),
        (with_feature(|it| it.bad[1] = names()), "systems"),
        (with_feature(|it| it.is_released = false), "released"),
    ]
}

#[test]
fn each_repository_has_its_next_step_and_every_check_has_one() {
    let mut met = std::collections::BTreeSet::new();
    for (picture, expected) in pictures() {
        let guide = Guide::of(&picture);
        assert_eq!(guide.next.as_deref(), Some(expected), "{picture:?}");
        met.insert(expected);
    }
    let all: std::collections::BTreeSet<_> = checks().map(|check| check.id).collect();
    assert_eq!(met, all);
}

#[test]
fn where_all_is_done_nothing_is_next() {
    for picture in [whole(), fleet(6, None)] {
        let guide = Guide::of(&picture);
        assert_eq!(guide.next, None, "{guide:?}");
        assert!(guide.checks.iter().all(|it| it.step.is_none()));
        let said = text(&guide, domi_report::Paint::plain());
        assert!(said.starts_with("nothing is left to do"), "{said}");
    }
}

/// Programs that steps name beside this one.
const OTHERS: [&str; 5] = ["git", "nix", "cp", "rm", "apt-get"];

#[test]
fn every_command_is_one_that_there_is() {
    let mut ours = 0;
    for (picture, id) in pictures() {
        for checked in Guide::of(&picture).checks {
            let Some(Step { command, .. }) = checked.step else { continue };
            for part in command.split(" && ") {
                let words: Vec<&str> = part.split(' ').collect();
                match words[..] {
                    ["cargo", "xtask", ref rest @ ..] | [PROGRAM, ref rest @ ..] => {
                        let line = std::iter::once("xtask").chain(rest.iter().copied());
                        let parsed = CommandLine::try_parse_from(line);
                        assert!(parsed.is_ok(), "{id}: {part}: {parsed:?}");
                        ours += 1;
                    }
                    ["cargo", "metadata", ..] => {}
                    [other, ..] => assert!(OTHERS.contains(&other), "{id}: {part}"),
                    [] => panic!("{id}: there is no command"),
                }
            }
        }
    }
    assert!(ours > 40, "{ours} commands");
}

#[test]
fn lines_to_write_are_toml_or_stand_in_a_program() {
    for (picture, id) in pictures() {
        for checked in Guide::of(&picture).checks {
            let edit = checked.step.and_then(|step| step.edit);
            let Some(Edit { file, at, lines }) = edit else { continue };
            if file.ends_with(".toml") {
                let read = lines.join("\n").parse::<toml_edit::DocumentMut>();
                assert!(read.is_ok(), "{id}: {file}: {lines:?}");
            } else {
                assert!(matches!(at, At::Somewhere | At::End), "{id}: {file}");
            }
        }
    }
}

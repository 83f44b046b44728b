//! The checks of a fleet, in a newcomer's order: what it is for, who is there, where, with which
//! machines, and who may do what on them.

use domi_fleet::{About, Person, Principal};

use super::picture::{FleetFacts, Picture};
use super::repository::UNREAD;
use super::step::Found::{Done, Nothing, Open, Unknown};
use super::step::{At, Check, Found, Step, named};

/// What looks at the files after they were written.
const CHECK: &str = "cargo xtask fleet check";

pub(super) const CHECKS: &[Check<Picture>] = &[
    Check {
        id: "fleet.readable",
        about: "nothing is wrong with the fleet's files",
        look: readable,
    },
    Check { id: "fleet.organisation", about: "the fleet has an organisation", look: organisation },
    Check {
        id: "fleet.purpose",
        about: "every outermost organisation has a purpose",
        look: purpose,
    },
    Check { id: "fleet.people", about: "there are people", look: people },
    Check {
        id: "fleet.responsible",
        about: "somebody answers for each organisation",
        look: responsible,
    },
    Check { id: "fleet.keys", about: "every person has a key", look: keys },
    Check { id: "fleet.places", about: "there is a place for machines", look: places },
    Check { id: "fleet.hosts", about: "there is a host", look: hosts },
    Check { id: "fleet.features", about: "every host gets a feature", look: features },
    Check { id: "fleet.users", about: "somebody has a user on hosts", look: users },
    Check { id: "fleet.policies", about: "it is said who may do what on hosts", look: policies },
    Check { id: "fleet.tests", about: "what is expected of the policies is tested", look: tests },
    Check { id: "fleet.recorded", about: "what was decided is in the log", look: recorded },
];

/// What a check finds in a fleet; nothing where there is none.
fn of(picture: &Picture, look: impl FnOnce(&FleetFacts) -> Found) -> Found {
    picture.fleet.as_ref().map_or(Nothing, look)
}

fn current<'a>(abouts: impl Iterator<Item = &'a About>) -> Vec<&'a str> {
    abouts.filter(|about| about.is_current()).map(|about| &*about.name).collect()
}

/// People who are there, without agents.
fn persons(facts: &FleetFacts) -> impl Iterator<Item = &Person> {
    let people = facts.fleet.people.values();
    people.filter(|it| it.about.is_current() && it.kind == Principal::Person)
}

/// A step that writes a file of the fleet, or a line of one.
fn writing(facts: &FleetFacts, step: Step, file: &str, at: At, lines: &[&str]) -> Found {
    Open(step.writing(format!("{}{file}", facts.folder), at, lines))
}

fn readable(picture: &Picture) -> Found {
    of(picture, |facts| match facts.wrong.first() {
        None => Done(String::new()),
        Some(wrong) => Open(Step::new("fix what is wrong with the fleet's files", CHECK, wrong)),
    })
}

fn organisation(picture: &Picture) -> Found {
    of(picture, |facts| {
        let there = current(facts.fleet.organizations.values().map(|it| &it.about));
        if !there.is_empty() {
            return Done(named(&there));
        }
        let why = "everything else follows from whom it is for: people, places and machines belong to an \
                   organisation";
        let lines = ["title = \"The Hill Bakery\"", "purpose = \"Bread, and a web page\""];
        let file = "domain/organizations/hill-bakery.toml";
        writing(facts, Step::new("describe the organisation", CHECK, why), file, At::New, &lines)
    })
}

fn purpose(picture: &Picture) -> Found {
    of(picture, |facts| {
        let all = facts.fleet.organizations.values();
        let mut all = all.filter(|it| it.about.is_current() && it.within.is_none()).peekable();
        if all.peek().is_none() {
            return Unknown("there is no organisation");
        }
        let Some(it) = all.find(|it| it.purpose.is_empty()) else {
            return Done(String::new());
        };
        let what = format!("say what {} is there for", it.about.name);
        let why = "who decides about a machine later can ask whether it serves that";
        let line = "purpose = \"Bread, and a web page that says when it is ready\"";
        writing(facts, Step::new(what, CHECK, why), &it.about.file, At::Top, &[line])
    })
}

fn people(picture: &Picture) -> Found {
    of(picture, |facts| {
        let there = current(facts.fleet.people.values().map(|it| &it.about));
        if !there.is_empty() {
            return Done(named(&there));
        }
        let organisations = current(facts.fleet.organizations.values().map(|it| &it.about));
        let Some(of) = organisations.first() else {
            return Unknown("there is no organisation");
        };
        let why = "somebody answers for the organisation, and somebody administers its machines";
        let lines = ["title = \"Ada Example\"".to_owned(), format!("units = [\"{of}\"]")];
        let lines = lines.each_ref().map(|line| &**line);
        let file = "domain/people/ada.toml";
        writing(facts, Step::new("describe a person", CHECK, why), file, At::New, &lines)
    })
}

fn responsible(picture: &Picture) -> Found {
    of(picture, |facts| {
        let all = facts.fleet.organizations.values().filter(|it| it.about.is_current());
        let open = all.clone().find(|it| it.responsible.is_none());
        match (open, persons(facts).next()) {
            _ if all.count() == 0 => Unknown("there is no organisation"),
            (None, _) => Done(String::new()),
            (Some(_), None) => Unknown("there are no people"),
            (Some(it), Some(person)) => {
                let what = format!("say who answers for {}", it.about.name);
                let why = "whoever has a question about it, or an alarm, has somebody to turn to";
                let line = format!("responsible = \"{}\"", person.about.name);
                writing(facts, Step::new(what, CHECK, why), &it.about.file, At::Top, &[&line])
            }
        }
    })
}

fn keys(picture: &Picture) -> Found {
    of(picture, |facts| {
        let mut people = persons(facts).peekable();
        if people.peek().is_none() {
            return Unknown("there are no people");
        }
        let Some(it) = people.find(|it| it.keys.is_empty()) else {
            return Done(String::new());
        };
        let what = format!("give {} a key: a line of a file that ends in .pub", it.about.name);
        let why = "without one, nobody can log in to a machine as this person";
        let line = format!("keys = [\"ssh-ed25519 {} {}\"]", EXAMPLE, it.about.name);
        writing(facts, Step::new(what, CHECK, why), &it.about.file, At::Top, &[&line])
    })
}

/// A key that nobody has.
const EXAMPLE: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIGFkYSBleGFtcGxlIGFkYSBleGFtcGxlIGFkYSBl";

fn places(picture: &Picture) -> Found {
    of(picture, |facts| {
        let there = current(facts.fleet.locations.values().map(|it| &it.about));
        if !there.is_empty() {
            return Done(named(&there));
        }
        // A machine of a cloud is in no place of its own.
        if !facts.fleet.hosts.is_empty() {
            return Done("none is needed".to_owned());
        }
        let why = "a machine is somewhere, and hosts of a place can share settings";
        let lines = ["title = \"Shop\"", "address = \"1 Hill Street, Exampleton\""];
        let file = "domain/locations/shop.toml";
        writing(facts, Step::new("describe a place", CHECK, why), file, At::New, &lines)
    })
}

fn hosts(picture: &Picture) -> Found {
    of(picture, |facts| {
        let there = current(facts.fleet.hosts.values().map(|it| &it.about));
        if !there.is_empty() {
            return Done(named(&there));
        }
        let why =
            "a host is a machine; it gets what its organisation, place, roles and own file say";
        let mut lines = vec!["title = \"Computer at the counter\"".to_owned()];
        let places = current(facts.fleet.locations.values().map(|it| &it.about));
        lines.extend(places.first().map(|it| format!("location = \"{it}\"")));
        let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
        writing(
            facts,
            Step::new("describe a host", CHECK, why),
            "hosts/counter.toml",
            At::New,
            &lines,
        )
    })
}

fn features(picture: &Picture) -> Found {
    of(picture, |facts| {
        let hosts = &facts.fleet.hosts;
        if current(hosts.values().map(|it| &it.about)).is_empty() {
            return Unknown("there is no host");
        }
        let Some(without) = &facts.without_feature else { return Unknown(UNREAD) };
        let Some(host) = without.iter().find_map(|name| hosts.get(name)) else {
            return Done(String::new());
        };
        let what = format!("say which features {} gets", host.about.name);
        let why = "nothing of this repository is on it yet; what several hosts share is a role, a file of \
                   nodes/";
        let name = picture.features.first().map_or("NAME", |name| &**name);
        let line = format!("features = [\"{name}\"]");
        writing(facts, Step::new(what, CHECK, why), &host.about.file, At::Top, &[&line])
    })
}

fn users(picture: &Picture) -> Found {
    of(picture, |facts| {
        let there = current(facts.fleet.users.values().map(|it| &it.about));
        if !there.is_empty() {
            return Done(named(&there));
        }
        let Some(Person { about: About { name: person, .. }, .. }) = persons(facts).next() else {
            return Unknown("there are no people");
        };
        let why = "whoever logs in does so as a user; its number is given once, and is the same on every \
                   host";
        let step = Step::new(format!("give {person} a user"), CHECK, why);
        writing(facts, step, &format!("users/{person}.toml"), At::New, &["uid = 1000"])
    })
}

fn policies(picture: &Picture) -> Found {
    of(picture, |facts| {
        let there = facts.fleet.policies.values().filter(|it| it.may.is_some());
        let there = current(there.map(|it| &it.about));
        if !there.is_empty() {
            return Done(named(&there));
        }
        let Some(Person { about: About { name: person, .. }, .. }) = persons(facts).next() else {
            return Unknown("there are no people");
        };
        let why = "nobody may log in to a machine before a policy says so";
        let lines = [format!("who = [\"{person}\"]"), "may = [\"administer\"]".to_owned()];
        let lines = lines.each_ref().map(|line| &**line);
        let file = "domain/policies/authorization/administrators.toml";
        writing(
            facts,
            Step::new("say who administers the hosts", CHECK, why),
            file,
            At::New,
            &lines,
        )
    })
}

fn tests(picture: &Picture) -> Found {
    of(picture, |facts| {
        let all = facts.fleet.policies.values();
        let mut all = all.filter(|it| it.about.is_current() && it.may.is_some()).peekable();
        let Some(first) = all.peek() else { return Unknown("there is no policy") };
        let hosts = current(facts.fleet.hosts.values().map(|it| &it.about));
        let Some(host) = hosts.first() else { return Unknown("there is no host") };
        let file = first.about.file.clone();
        let who = first.who.first().map_or("NAME", |who| &*who.name);
        let right = first.may.map_or("login", domi_fleet::Right::as_str);
        let lines = [
            "[[tests]]".to_owned(),
            format!("who = \"{who}\""),
            format!("host = \"{host}\""),
            format!("may = [\"{right}\"]"),
        ];
        if all.any(|it| !it.tests.is_empty()) {
            return Done(String::new());
        }
        let why = "policies of many files act together: a test says what must come of them, and of what \
                   nobody may do";
        let lines = lines.each_ref().map(|line| &**line);
        writing(facts, Step::new("test the policies", CHECK, why), &file, At::End, &lines)
    })
}

fn recorded(picture: &Picture) -> Found {
    of(picture, |facts| match &facts.unrecorded {
        _ if facts.fleet.organizations.is_empty() => Unknown("nothing was decided yet"),
        Ok(0) => Done(String::new()),
        Ok(number) => Open(Step::new(
            "record what was decided",
            "cargo xtask fleet record",
            &format!(
                "the log lacks {number} of what the files say: it tells later what there was at any time"
            ),
        )),
        Err(why) => {
            Open(Step::new("see what is wrong with the log", "cargo xtask fleet verify", why))
        }
    })
}

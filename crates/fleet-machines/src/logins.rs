//! Who logs in: with a key, to a real server.

use domi_fleet::{Login, Policy, Right, Trial};
use domi_fleet_files::HostFacts;
use domi_model::{Machine, Place};

use crate::files::{Told, program};
use crate::making::{Case, Making, SSH};
use crate::world::World;

/// The test of a policy that is about logging in; none where the fleet lacks what it names.
pub(crate) fn case(world: &World<'_>, policy: &Policy, trial: &Trial) -> Option<Case> {
    let (who, host) = (trial.who.as_ref()?, trial.host.as_ref()?);
    let facts = world.hosts.get(host.name.as_str())?;
    let user = trial.user.as_ref().map_or_else(String::new, |it| format!(" as {}", it.name));
    let (who, host) = (who.name.as_str(), host.name.as_str());
    let name = match trial.may {
        None => format!("{who} does not log in to {host}{user}"),
        Some(Right::Login) => {
            format!("{who} logs in to {host}{user} and does not administer it")
        }
        Some(Right::Administer) => format!("{who} administers {host}{user}"),
    };
    let making = Making::new(world, policy, trial, name);
    Some(tried(world, making, trial, (who, host), facts, trial.may))
}

/// That somebody cannot log in to a host, so that nothing is reached from there.
pub(crate) fn cannot(
    world: &World<'_>,
    making: Making<'_>,
    trial: &Trial,
    who: &str,
    host: &str,
) -> Case {
    match world.hosts.get(host) {
        Some(facts) => {
            let expected = trial.reach.then_some(Right::Login);
            tried(world, making, trial, (who, host), facts, expected)
        }
        None => making.not_run(host, format!("there is no host `{host}`")),
    }
}

fn tried(
    world: &World<'_>,
    mut making: Making<'_>,
    trial: &Trial,
    (who, host): (&str, &str),
    facts: &HostFacts,
    expected: Option<Right>,
) -> Case {
    if let Some(why) = world.unable(host) {
        return making.not_run(host, format!("`{host}` {why}"));
    }
    let has_key = |who: &str| world.fleet.person(who).is_some_and(|it| !it.keys.is_empty());
    if !has_key(who) {
        let why = format!("`{who}` has no key, and how else they log in is not known");
        return making.not_run(host, why);
    }
    let mut keyed: Vec<String> = vec![who.to_owned()];
    let others = facts.logins.iter().map(|login| login.principal.clone());
    keyed.extend(others.filter(|it| has_key(it)));
    keyed.sort();
    keyed.dedup();
    let keyed = keyed.into_iter().map(|principal| {
        let users = facts.logins.iter().filter(|login| login.principal == principal);
        let users: Vec<&str> = users.map(|login| login.user.as_str()).collect();
        format!("{principal} {}", users.join(" ")).trim_end().to_owned()
    });
    let why = vec![reason(world, trial, facts, expected)];
    let told = Told { keyed: keyed.collect(), why, ..Told::default() };
    let machines = [host.to_owned()].into();
    let machine = Machine { packages: vec![SSH.to_owned()], ..Machine::default() };
    making.machine(host, machine, program(world, host, &machines, told));
    making.step(host, "begin");
    making.step(host, "server");
    for (user, may) in users(world, trial, who, facts, expected) {
        let Some(may) = may else {
            making.step(host, &format!("refused {who} {user}"));
            continue;
        };
        making.step(host, &format!("login {who} {user}"));
        let does = match may {
            Right::Login => "administers-nothing",
            Right::Administer => "administers",
        };
        making.step(host, &format!("{does} {who} {user}"));
    }
    making.case(host, Vec::new())
}

/// The users that somebody is tried as, each with what they must be able to do. That is what the files
/// say, where the test expects that, too; else what the test expects.
fn users(
    world: &World<'_>,
    trial: &Trial,
    who: &str,
    facts: &HostFacts,
    expected: Option<Right>,
) -> Vec<(String, Option<Right>)> {
    let best = Login::best(&facts.logins, trial);
    let said = best.map(|login| login.may);
    let own = world.fleet.users.values().filter(|user| user.of.name == who);
    let own = own.filter(|user| user.about.is_current()).map(|user| user.about.name.clone());
    let mut names: Vec<String> = match &trial.user {
        Some(user) => vec![user.name.clone()],
        None => own.collect(),
    };
    if names.is_empty() {
        names.push(who.to_owned());
    }
    let may = |name: &str| {
        let is_it = |login: &&Login| login.user == name && login.principal == who;
        facts.logins.iter().find(is_it).map(|login| login.may)
    };
    let first = best.map_or_else(|| names[0].clone(), |login| login.user.clone());
    let wanted = |name: String| {
        let may = may(&name);
        let may = match expected {
            _ if said == expected => may,
            _ if said > expected => may.min(expected),
            _ if name == first => expected,
            _ => may,
        };
        (name, may)
    };
    names.into_iter().map(wanted).collect()
}

/// What the files say, for where the machine is otherwise than expected.
fn reason(world: &World<'_>, trial: &Trial, facts: &HostFacts, expected: Option<Right>) -> String {
    let best = Login::best(&facts.logins, trial);
    let said = best.map_or_else(
        || "no authorisation says that they may log in".to_owned(),
        |login| {
            let file = world.place(&Place { file: login.because.clone(), line: 1 }).file;
            format!("{file} says that they may {}", login.may.as_str())
        },
    );
    match best.map(|login| login.may) == expected {
        true => format!("by the fleet's files, {said}: they and the machine differ"),
        false => format!(
            "the fleet's files say so, too: {said}; correct the policies, or the test if it expects \
             the wrong thing"
        ),
    }
}

//! Who reaches which port: connections that are made, or are not.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use domi_fleet::{By, Reached, Trial};
use domi_model::{Machine, Protocol};

use crate::files::{Told, because, program};
use crate::logins;
use crate::making::{Case, Making};
use crate::world::{MOST_MACHINES, World};

/// How long a connection is waited for that must be made, and one that must not, in seconds.
const PATIENCE: u64 = 30;
const SILENCE: u64 = 3;

/// A connection that is tried.
struct Attempt {
    machine: String,
    from: IpAddr,
    to: IpAddr,
    protocol: Protocol,
    port: u16,
    /// What lets it in by the fleet's files.
    by: Option<String>,
    /// Whether it must be made.
    expected: bool,
}

impl Attempt {
    /// As steps and files name it.
    fn key(&self) -> String {
        format!("{} {} {} {}", self.protocol.as_str(), self.port, self.from, self.to)
    }

    /// What to say where it is otherwise than expected.
    fn beside(&self, trial: &Trial) -> String {
        let correct = "correct `[[reach]]` of the roles, or the test if it expects the wrong thing";
        match (&self.by, self.expected) {
            (Some(by), true) => format!(
                "the fleet's files say that it is let in by {by}: they and the machine differ"
            ),
            (None, false) => {
                "the fleet's files say that nothing lets it in: they and the machine differ"
                    .to_owned()
            }
            (Some(by), false) => format!("the fleet's files say so, too, by {by}; {correct}"),
            (None, true) if trial.reach => format!("the fleet's files say so, too; {correct}"),
            (None, true) => correct.to_owned(),
        }
    }
}

/// The test of a policy that is about ports; `all` are those ports, at least one.
pub(crate) fn case(world: &World<'_>, all: &[Reached<'_>]) -> Case {
    let Reached { policy, trial, who, target, sources, .. } = &all[0];
    let host = target.about.name.as_str();
    let mut making = Making::new(world, policy, trial, name(trial, who, host));
    if let Some(from) = trial.from.as_ref().filter(|_| sources.is_empty()) {
        // Nobody is there who could try, and that is what is to be seen.
        return logins::cannot(world, making, trial, who, &from.name);
    }
    if let Some(why) = world.unable(host) {
        return making.not_run(host, format!("`{host}` {why}"));
    }
    let mut not_covered = Vec::new();
    let mut machines: Vec<String> = Vec::new();
    for source in sources {
        match world.unable(&source.about.name) {
            Some(why) => not_covered.push(format!("from `{}`, which {why}", source.about.name)),
            None => machines.push(source.about.name.clone()),
        }
    }
    if trial.from.is_none() {
        match world.addresses.outside() {
            [] => {
                let why = "from outside: the fleet's networks have every address";
                not_covered.push(why.to_owned());
            }
            _ => machines.push(world.outside()),
        }
    }
    let attempts = attempts(world, all, &machines);
    if let Some(it) = all.iter().find(|it| is_missing(it, &attempts)) {
        let why = match &not_covered[..] {
            [] => "where no address has the version of another".to_owned(),
            all => all.join("; "),
        };
        let (protocol, port) = (it.protocol.as_str(), it.port);
        return making.not_run(host, format!("{protocol} {port} cannot be tried {why}"));
    }
    let trying: BTreeSet<String> = attempts.iter().map(|it| it.machine.clone()).collect();
    let mut needed = trying.clone();
    needed.insert(host.to_owned());
    if needed.len() > MOST_MACHINES {
        let why = format!(
            "it needs {} machines, and a test has {MOST_MACHINES} at most: say `from`",
            needed.len()
        );
        return making.not_run(host, why);
    }
    let mut told: BTreeMap<&str, Told> = needed.iter().map(|it| (&**it, Told::default())).collect();
    for it in &attempts {
        let beside = format!("{}\t{}", it.key(), it.beside(trial));
        let seconds = if it.expected { PATIENCE } else { SILENCE };
        let source = told.entry(&it.machine).or_default();
        source.tries.push(format!("{seconds} {}", it.key()));
        source.beside.push(beside.clone());
        let target = told.entry(host).or_default();
        if it.protocol == Protocol::Tcp {
            target.listen.insert(format!("{} {}", it.port, it.to));
        }
        target.beside.push(beside);
    }
    for (name, told) in told {
        making.machine(name, Machine::default(), program(world, name, &needed, told));
    }
    needed.iter().for_each(|machine| making.step(machine, "begin"));
    trying.iter().for_each(|machine| making.step(machine, "try"));
    trying.iter().for_each(|machine| making.step(machine, "tried"));
    for it in &attempts {
        let seen = if it.expected { "let-in" } else { "dropped" };
        making.step(host, &format!("{seen} {}", it.key()));
        if it.protocol == Protocol::Tcp {
            let seen = if it.expected { "connected" } else { "unconnected" };
            making.step(&it.machine, &format!("{seen} {} {} {}", it.port, it.from, it.to));
        }
    }
    making.case(host, not_covered)
}

/// Whether nothing is tried of what decides on a port: nothing at all, or not what reaches it.
fn is_missing(it: &Reached<'_>, attempts: &[Attempt]) -> bool {
    let mut of_it = attempts.iter().filter(|at| (at.protocol, at.port) == (it.protocol, it.port));
    match it.answer {
        Ok(_) => !of_it.any(|attempt| attempt.by.is_some()),
        Err(_) => of_it.next().is_none(),
    }
}

/// What is tried: from each address of each machine to each of the target that has the same version.
fn attempts(world: &World<'_>, all: &[Reached<'_>], machines: &[String]) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for it in all {
        let first = attempts.len();
        let target = it.target.about.name.as_str();
        for machine in machines {
            for &from in world.addresses_of(machine) {
                for &to in world.addresses_of(target) {
                    let is_way = match machine == target {
                        true => from == to,
                        false => from.is_ipv4() == to.is_ipv4(),
                    };
                    if is_way {
                        attempts.push(attempt(world, it, machine, from, to));
                    }
                }
            }
        }
        expect(it, &mut attempts[first..]);
    }
    attempts
}

fn attempt(
    world: &World<'_>,
    it: &Reached<'_>,
    machine: &str,
    from: IpAddr,
    to: IpAddr,
) -> Attempt {
    let Reached { protocol, port, .. } = *it;
    let target = it.target.about.name.as_str();
    let by = match world.let_in.get(target).and_then(|let_in| let_in.by(from, protocol, port)) {
        _ if machine == target => Some("being on the host itself".to_owned()),
        Some(By::Feature) => Some("a feature, which opens the port to everybody".to_owned()),
        Some(By::Rule(rule)) => Some(because(world, rule)),
        None => None,
    };
    let expected = by.is_some();
    Attempt { machine: machine.to_owned(), from, to, protocol, port, by, expected }
}

/// Where a port is not to be reached, no attempt may succeed. Where it is, those must that the files let
/// in, and no others; if they let none in, it is asked of the first.
fn expect(it: &Reached<'_>, attempts: &mut [Attempt]) {
    if !it.trial.reach {
        attempts.iter_mut().for_each(|it| it.expected = false);
    } else if it.answer.is_err() {
        attempts.iter_mut().take(1).for_each(|it| it.expected = true);
    }
}

/// `courier reaches tcp 80 of page`.
fn name(trial: &Trial, who: &str, host: &str) -> String {
    let ports = [("tcp", &trial.tcp), ("udp", &trial.udp)];
    let ports = ports
        .into_iter()
        .flat_map(|(protocol, ports)| ports.iter().map(move |port| format!("{protocol} {port}")));
    let ports: Vec<String> = ports.collect();
    let verb = if trial.reach { "reaches" } else { "does not reach" };
    let from = trial.from.as_ref().map_or_else(String::new, |it| format!(" from {}", it.name));
    let user = trial.user.as_ref().map_or_else(String::new, |it| format!(" as {}", it.name));
    format!("{who} {verb} {} of {host}{from}{user}", ports.join(", "))
}

//! Tests of what people reach: which ports of a host the firewall lets them come to, from the hosts
//! that they may log in to.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Problem, Protocol};
use domi_realise::Firewall;

use crate::admitted::Rule;
use crate::codes::FAILED_TEST;
use crate::{Fleet, Host, Login, Policy, Trial};

/// Who may log in to a host, and what its firewall lets in.
#[derive(Debug, Clone, Copy)]
pub struct LetIn<'a> {
    /// Who may log in.
    pub logins: &'a [Login],
    /// As its roles say.
    pub rules: &'a [Rule],
    /// What its features let everybody reach.
    pub open: &'a Firewall,
}

/// What lets a connection in.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// A feature opens the port to everybody.
    Feature,
    /// A rule that follows from the fleet.
    Rule(&'a Rule),
}

impl<'a> LetIn<'a> {
    /// What lets a connection from an address in; nothing where it is dropped.
    pub fn by(&self, from: IpAddr, protocol: Protocol, port: u16) -> Option<By<'a>> {
        if self.is_open(protocol, port) {
            return Some(By::Feature);
        }
        self.rules.iter().find(|rule| rule.lets_in(from, protocol, port)).map(By::Rule)
    }

    fn is_open(&self, protocol: Protocol, port: u16) -> bool {
        self.open.ports().iter().any(|(of, ports)| *of == protocol && ports.contains(&port))
    }
}

/// A port that a test is about, and whether it is reached by all that the fleet says.
#[derive(Debug, Clone)]
pub struct Reached<'f> {
    /// The policy that the test stands beside.
    pub policy: &'f Policy,
    /// The test.
    pub trial: &'f Trial,
    /// Who.
    pub who: &'f str,
    /// The host that has the port.
    pub target: &'f Host,
    /// The hosts from which the test asks. Where it names none, it asks from outside, too.
    pub sources: Vec<&'f Host>,
    /// The port's protocol.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// Why it is reached; as an error, why it is not.
    pub answer: Result<String, String>,
}

/// What follows for each port of each test that can be read. `let_in` is said of all hosts that are not
/// retired, by their names.
pub fn reached<'f>(fleet: &'f Fleet, let_in: &BTreeMap<&str, LetIn<'_>>) -> Vec<Reached<'f>> {
    let policies = fleet.policies.values().filter(|policy| policy.about.is_current());
    let all = policies.flat_map(|policy| policy.tests.iter().map(move |trial| (policy, trial)));
    let of_ports: Vec<_> = all.filter(|(_, trial)| trial.readable && trial.is_of_ports()).collect();
    if of_ports.is_empty() {
        return Vec::new();
    }
    let logins = Logins::of(let_in);
    let mut found = Vec::new();
    for (policy, trial) in of_ports {
        let target = trial.host.as_ref().and_then(|host| fleet.hosts.get(&host.name));
        let (Some(who), Some(target)) = (&trial.who, target) else { continue };
        let Some(let_in) = let_in.get(target.about.name.as_str()).copied() else { continue };
        if fleet.person(&who.name).is_none() {
            continue;
        }
        let who = who.name.as_str();
        let sources = logins.sources(fleet, who, trial);
        for (protocol, ports) in [(Protocol::Tcp, &trial.tcp), (Protocol::Udp, &trial.udp)] {
            for &port in ports {
                let way = Way { trial, sources: &sources, target, let_in, protocol, port };
                let answer = way.why().ok_or_else(|| way.why_not());
                let sources = sources.clone();
                found.push(Reached { policy, trial, who, target, sources, protocol, port, answer });
            }
        }
    }
    found
}

/// The tests of ports that fail. `let_in` is said of all hosts that are not retired, by their names.
pub fn failed_reaches(fleet: &Fleet, let_in: &BTreeMap<&str, LetIn<'_>>) -> Vec<Problem> {
    reached(fleet, let_in).iter().filter_map(failed).collect()
}

/// Where people may log in: hosts with the users that they are there, by their names.
struct Logins<'a>(BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>>);

impl<'a> Logins<'a> {
    fn of(let_in: &BTreeMap<&'a str, LetIn<'a>>) -> Self {
        let mut all: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
        for (host, it) in let_in {
            for login in it.logins {
                let hosts = all.entry(&login.principal).or_default();
                hosts.entry(host).or_default().insert(&login.user);
            }
        }
        Self(all)
    }

    /// The hosts from which a test asks whether somebody reaches something.
    fn sources<'h>(&self, fleet: &'h Fleet, who: &str, trial: &Trial) -> Vec<&'h Host> {
        let is_meant = |host: &&str, users: &BTreeSet<&str>| {
            trial.from.as_ref().is_none_or(|it| it.name == **host)
                && trial.user.as_ref().is_none_or(|it| users.contains(it.name.as_str()))
        };
        let hosts = self.0.get(who).into_iter().flatten();
        let hosts = hosts.filter(|(host, users)| is_meant(host, users));
        hosts.filter_map(|(host, _)| fleet.hosts.get(*host)).collect()
    }
}

/// A port of a host, and from where it may be reached.
struct Way<'a> {
    trial: &'a Trial,
    sources: &'a [&'a Host],
    target: &'a Host,
    let_in: LetIn<'a>,
    protocol: Protocol,
    port: u16,
}

impl Way<'_> {
    /// Why it can be reached; none where it cannot.
    fn why(&self) -> Option<String> {
        let is_open = self.let_in.is_open(self.protocol, self.port);
        // Whoever is said to be nowhere else can still be outside of the fleet.
        if is_open && self.trial.from.is_none() {
            return Some("a feature lets everybody in".to_owned());
        }
        self.sources.iter().find_map(|source| self.why_from(source, is_open))
    }

    fn why_from(&self, source: &Host, is_open: bool) -> Option<String> {
        let name = &source.about.name;
        if source.about.name == self.target.about.name {
            return Some("they may log in there, and no firewall is within a host".to_owned());
        }
        let version = |address: &IpAddr| address.is_ipv4();
        let addresses = source.addresses.iter().map(|it| it.address);
        // An address of one version reaches none of the other; what is not known could be either.
        let fits = |address: &IpAddr| {
            let mut there = self.target.addresses.iter();
            self.target.addresses.is_empty()
                || there.any(|it| version(&it.address) == version(address))
        };
        let is_let_in =
            |address: &IpAddr| self.let_in.by(*address, self.protocol, self.port).is_some();
        let mut fitting = addresses.filter(fits);
        if is_open && (source.addresses.is_empty() || fitting.clone().next().is_some()) {
            return Some(format!("a feature lets everybody in, and so `{name}`"));
        }
        let address = fitting.find(is_let_in)?;
        Some(format!("`{name}` is let in, as {address}"))
    }

    /// Why it cannot be reached.
    fn why_not(&self) -> String {
        let target = &self.target.about.name;
        let as_whom = self.trial.user.as_ref();
        let as_whom = as_whom.map_or_else(String::new, |user| format!(" as `{}`", user.name));
        match (self.sources, &self.trial.from) {
            ([], Some(from)) => format!("they may not log in to `{}`{as_whom}", from.name),
            ([], None) => format!("no feature opens it, and they may log in nowhere{as_whom}"),
            ([source], _) => format!("`{target}` does not let `{}` in there", source.about.name),
            _ => format!(
                "`{target}` lets none of the hosts in there that they may log in to{as_whom}"
            ),
        }
    }
}

fn failed(it: &Reached<'_>) -> Option<Problem> {
    if it.answer.is_ok() == it.trial.reach {
        return None;
    }
    let (who, protocol, port) = (it.who, it.protocol.as_str(), it.port);
    let target = &it.target.about.name;
    let message = match &it.answer {
        Ok(why) => format!(
            "`{who}` reaches {protocol} {port} of `{target}`: {why}; the test expects them not to"
        ),
        Err(why) => format!(
            "`{who}` does not reach {protocol} {port} of `{target}`: {why}; the test expects them to"
        ),
    };
    let place = it.policy.about.at(it.trial.line);
    let problem = Problem::error(FAILED_TEST, "tests", message).at(place);
    let next = "correct `[[reach]]` of the roles, or the test if it expects the wrong thing";
    Some(problem.next(next))
}

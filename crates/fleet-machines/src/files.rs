//! The files of a machine in a test.

use core::net::IpAddr;
use std::collections::BTreeSet;

use domi_fleet::{Right, Rule};
use domi_model::{TestFile, shell_word};

use crate::world::World;

const PROGRAM: &str = include_str!("fleet-test.sh");
const PROBE: &str = include_str!("probe.pl");
const NOTED: &str = include_str!("noted.nft");

/// What a machine is told beside what follows from the fleet: each the lines of a file.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// TCP ports and addresses that are listened at.
    pub(crate) listen: BTreeSet<String>,
    /// What is tried from here.
    pub(crate) tries: Vec<String>,
    /// What is said of a connection that is otherwise than expected.
    pub(crate) beside: Vec<String>,
    /// People and agents that have a key, with the users that it is for.
    pub(crate) keyed: Vec<String>,
    /// Why somebody may log in, or may not.
    pub(crate) why: Vec<String>,
}

/// The program that a machine of a test has, with all that it is told; `machines` are all of them.
pub(crate) fn program(
    world: &World<'_>,
    name: &str,
    machines: &BTreeSet<String>,
    told: Told,
) -> TestFile {
    let Told { listen, tries, beside, keyed, why } = told;
    let (firewall, rules) = firewall(world, name);
    let (users, numbers) = users(world, name);
    let named = world.named(machines).map(|(address, of)| format!("{address} {of}"));
    let texts = [
        ("network", network(world, name, machines)),
        ("hosts", hosts(world, name, machines)),
        ("firewall.nft", firewall),
        ("rules", lines(rules)),
        ("users.conf", users),
        ("users", numbers),
        ("names", lines(named)),
        ("listen", lines(listen)),
        ("tries", lines(tries)),
        ("beside", lines(beside)),
        ("keyed", lines(keyed)),
        ("why", lines(why)),
        ("probe.pl", PROBE.to_owned()),
    ];
    let written =
        texts.map(|(name, text)| format!("    printf %s {} >\"$at/{name}\"\n", shell_word(&text)));
    let content = PROGRAM.replace(NOTHING_TOLD, &format!("told() {{\n{}}}\n", written.concat()));
    TestFile { path: "/usr/local/bin/fleet-test".to_owned(), content, mode: "0755".to_owned() }
}

/// What stands in the program where nothing is told.
const NOTHING_TOLD: &str = "told() { :; }\n";

fn lines(all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().map(|line| line + "\n").collect()
}

/// Its addresses, and a way from each to all addresses of others: they are on one network, whatever
/// ranges the fleet's networks have.
fn network(world: &World<'_>, name: &str, machines: &BTreeSet<String>) -> String {
    let own = world.addresses_of(name);
    let mut commands = Vec::new();
    for address in own {
        let more = if address.is_ipv6() { " nodad" } else { "" };
        commands.push(format!("address add {} dev CARD{more}", single(address)));
    }
    commands.push("link set CARD up".to_owned());
    for (address, _) in world.named(machines).filter(|(_, of)| *of != name) {
        let from = own.iter().find(|own| own.is_ipv4() == address.is_ipv4());
        if let Some(from) = from {
            let to = single(address);
            commands.push(format!("route replace {to} dev CARD src {from}"));
        }
    }
    lines(commands)
}

fn single(address: &IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}

/// Names of the addresses of all machines, as the fleet has them.
fn hosts(world: &World<'_>, name: &str, machines: &BTreeSet<String>) -> String {
    let known = domi_fleet::names(world.fleet);
    let own = ["127.0.0.1 localhost", "::1 localhost"].map(str::to_owned);
    let all = world.named(machines).map(|(address, of)| {
        let names = known.get(address).map_or_else(|| of.to_owned(), |names| names.join(" "));
        format!("{address} {names}")
    });
    lines(own.into_iter().chain([format!("127.0.1.1 {name}")]).chain(all))
}

/// What its firewall lets in by the fleet, with what notes what came and what passed; and the rules, a
/// line each.
fn firewall(world: &World<'_>, name: &str) -> (String, Vec<String>) {
    let mut script = NOTED.to_owned();
    let mut shown = Vec::new();
    for (mark, rule) in (1..).zip(world.let_in.get(name).into_iter().flat_map(|it| it.rules)) {
        let text = rule.to_string();
        let matches = text.strip_suffix(" accept").unwrap_or(&text);
        script += &format!("add rule inet domi input {matches} meta mark set {mark} accept\n");
        shown.push(format!("{}: {text}", because(world, rule)));
    }
    (script, shown)
}

/// Where a rule follows from.
pub(crate) fn because(world: &World<'_>, rule: &Rule) -> String {
    match &rule.because {
        Some(place) => world.place(place).to_string(),
        None => "a name server answers networks that have a domain".to_owned(),
    }
}

/// Who may log in to it, as sysusers.d has users, and each with their number.
fn users(world: &World<'_>, name: &str) -> (String, String) {
    let (mut all_groups, mut made, mut numbers) = (BTreeSet::new(), Vec::new(), Vec::new());
    for login in world.hosts.get(name).into_iter().flat_map(|host| &host.logins) {
        let Some(user) = world.fleet.users.get(&login.user) else { continue };
        let (name, uid) = (&login.user, user.uid.map(|(uid, _)| uid));
        let number = uid.map_or_else(|| "-".to_owned(), |uid| uid.to_string());
        made.push(format!("u {name} {number}:users - /home/{name} /bin/bash"));
        let groups = user.groups.iter().map(|group| group.name.as_str());
        let root = (login.may == Right::Administer).then_some("wheel");
        for group in groups.chain(root) {
            all_groups.insert(format!("g {group} -"));
            made.push(format!("m {name} {group}"));
        }
        numbers.extend(uid.map(|uid| format!("{name} {uid}")));
    }
    (lines(all_groups.into_iter().chain(made)), lines(numbers))
}

//! Names of a test's machines: host names on a network, and variables of a Python script.

use crate::names::is_kebab;

/// The longest host name.
const LONGEST: usize = 63;

/// Names that a machine answers to by default.
const OWN_HOSTS: [&str; 7] = [
    "gateway",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-localhost",
    "ip6-loopback",
    "localdomain",
    "localhost",
];

/// What no variable of Python can be called.
const KEYWORDS: &str = "and as assert async await break class continue def del elif else except \
     finally for from global if import in is lambda nonlocal not or pass raise return try while \
     with yield";

/// Types of Python that the NixOS test driver names in front of a script, where mypy reads them: a
/// machine of the name would not be a type. Python's other names may be a machine's: no printed
/// script uses them, and the driver has its own.
const TYPES: &str = "bool bytes dict float int list object set str tuple type";

/// What the NixOS test driver gives a script, in its versions so far, and what a script that this
/// tool prints defines: `-` stands for `_`, as in a machine's name.
const SCRIPT: &str = "create-machine debug driver dump-machine-ssh join-all json log \
     machines machines-nspawn machines-qemu os output polling-condition re retry run-tests \
     serial-stdout-off serial-stdout-on start-all subtest t test-script vlans";

/// Why a machine cannot have this name.
pub(super) fn fault(name: &str) -> Option<String> {
    let listed = |names: &str| names.split_whitespace().any(|known| known == name);
    let vlan = name.strip_prefix("vlan").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let why = if !is_kebab(name) {
        "is in kebab-case, such as `server` or `server-a`"
    } else if name.len() > LONGEST {
        "has at most 63 characters, as host names have"
    } else if OWN_HOSTS.contains(&name) {
        "is none that every machine already has for itself or its network"
    } else if listed(KEYWORDS) || listed(TYPES) {
        "becomes a variable of Python, which has this word already"
    } else if listed(SCRIPT) || vlan {
        "becomes a variable of the test script, which has this one already"
    } else {
        return None;
    };
    Some(format!("{name:?} is no name for a machine: it {why}"))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_machine_has_a_name_that_a_network_and_a_script_can_have() {
        let longest = "a".repeat(63);
        for name in [
            "machine", "open", "server", "server-a", "a1", "rest", "froms", "match", "print", "id",
            "hash", "input", "repr", "filter", "zip", "vars", "exit", &longest,
        ] {
            assert_eq!(fault(name), None, "{name}");
        }
        let longer = "a".repeat(64);
        for (name, why) in [
            ("", "kebab-case"),
            ("a_b", "kebab-case"),
            ("A", "kebab-case"),
            ("1", "kebab-case"),
            ("a-", "kebab-case"),
            ("a.b", "kebab-case"),
            ("é", "kebab-case"),
            (&longer, "63 characters"),
            ("localhost", "for itself"),
            ("from", "Python"),
            ("str", "Python"),
            ("list", "Python"),
            ("re", "script"),
            ("output", "script"),
            ("start-all", "script"),
            ("machines", "script"),
            ("vlan1", "script"),
        ] {
            let said = fault(name).unwrap_or_default();
            assert!(said.contains(why), "{name}: {said}");
        }
    }
}

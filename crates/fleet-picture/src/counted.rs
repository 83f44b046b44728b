//! Numbers of things, in words.

use std::collections::BTreeMap;

use domi_fleet_files::HostFacts;

/// A number of hosts: `1 host`, `5,000 hosts`.
pub(crate) fn hosts(count: usize) -> String {
    format!("{} {}", grouped(count), if count == 1 { "host" } else { "hosts" })
}

/// How many hosts have which roles, by the roles.
pub(crate) fn by_roles(all: &[&HostFacts]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for host in all {
        let roles = match &*host.roles {
            [] => "no role".to_owned(),
            roles => roles.join(" and "),
        };
        *counts.entry(roles).or_default() += 1;
    }
    counts
}

/// With a comma between thousands.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::hosts;

    #[test]
    fn thousands_are_set_apart() {
        let said = [0, 1, 999, 1000, 1_234_567].map(hosts);
        assert_eq!(said, ["0 hosts", "1 host", "999 hosts", "1,000 hosts", "1,234,567 hosts"]);
    }
}

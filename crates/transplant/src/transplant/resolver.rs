//! Which name servers a machine asks. On NixOS openresolv writes that down, from the settings and from what
//! interfaces get from their networks. Those of a portable machine get nothing, so that all is known beforehand.

use domi_evaluate::Evaluated;
use domi_realise::{Content, File};

use super::Carrier;

/// The option that names them.
pub(super) const NAME_SERVERS: &str = "networking.nameservers";

/// What openresolv's settings say of other things: the order of interfaces, and files for other programs.
const OF_OTHERS: [&str; 8] = [
    "dnsmasq_",
    "interface_order",
    "libc_restart",
    "named_",
    "pdns_",
    "pdnsd_",
    "pihole_",
    "unbound_",
];

#[derive(Default)]
struct Resolver {
    /// The name servers that are asked before all others.
    first: Vec<String>,
    options: Vec<String>,
    unknown: Vec<String>,
}

impl Resolver {
    fn read(text: &str) -> Self {
        let mut out = Self::default();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let words = || value.trim_matches(['\'', '"']).split_whitespace().map(str::to_owned);
            match key {
                "name_servers" => out.first = words().collect(),
                "resolv_conf_options" => out.options = words().collect(),
                _ if OF_OTHERS.iter().any(|other| key.starts_with(other)) => {}
                _ => out.unknown.push(line.to_owned()),
            }
        }
        out
    }

    /// The text of `/etc/resolv.conf`, with the name servers of the system. Where one of the first is on the
    /// machine itself, it alone is asked.
    fn text(&self, others: &[String]) -> String {
        let is_here = |server: &String| server.starts_with("127.") || server == "::1";
        let others = if self.first.iter().any(is_here) { &[] } else { others };
        let mut text: String =
            self.first.iter().chain(others).map(|it| format!("nameserver {it}\n")).collect();
        if !self.options.is_empty() {
            text += &format!("options {}\n", self.options.join(" "));
        }
        text
    }
}

impl Carrier<'_> {
    pub(super) fn resolver(&mut self, case: &Evaluated) {
        let settings = case.other.get("settings").into_iter().flatten();
        let named = settings.filter_map(|it| it.strip_prefix(NAME_SERVERS)?.strip_prefix(" = "));
        let others: Vec<String> =
            named.filter_map(|it| serde_json::from_str::<Vec<String>>(it).ok()).flatten().collect();
        // Without openresolv the file stops whoever calls it.
        let is_off = case.etc.contains_key("resolv.conf");
        let changed = case.changed_etc.get("resolvconf.conf").filter(|_| !is_off);
        let changed = changed.and_then(|file| file.text.as_deref()).map(Resolver::read);
        if changed.is_none() && others.is_empty() {
            return;
        }
        let resolver = changed.unwrap_or_default();
        for line in &resolver.unknown {
            let subject = format!("networking.resolvconf: {line}");
            self.not_carried(&subject, "a portable machine has no openresolv that would read it");
        }
        let content = Content::Text(resolver.text(&others));
        self.out.files.push(File { path: "/etc/resolv.conf".to_owned(), mode: 0o644, content });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_those_that_openresolv_would_write() {
        let check = |settings: &str, others: &[&str], expected: &str| {
            let others: Vec<_> = others.iter().map(|it| (*it).to_owned()).collect();
            let read = Resolver::read(settings);
            assert_eq!(read.text(&others), expected, "{settings}");
            assert_eq!(read.unknown, <[&str; 0]>::default());
        };
        check("", &["192.168.1.2"], "nameserver 192.168.1.2\n");
        let usual = "# as ever\ninterface_order='lo lo[0-9]*'\nresolv_conf_options='edns0'\n";
        check(usual, &["10.0.0.1"], "nameserver 10.0.0.1\noptions edns0\n");
        let local = "name_servers='127.0.0.1 ::1'\nresolv_conf_options='edns0 trust-ad'\n\
                     dnsmasq_conf=/etc/dnsmasq-conf.conf\n";
        let expected = "nameserver 127.0.0.1\nnameserver ::1\noptions edns0 trust-ad\n";
        check(local, &["10.0.0.1"], expected);
        check(
            "name_servers='10.0.0.2'\n",
            &["10.0.0.1"],
            "nameserver 10.0.0.2\nnameserver 10.0.0.1\n",
        );
        let other = Resolver::read("append_search=example.org\n");
        assert_eq!(other.unknown, ["append_search=example.org"]);
    }
}

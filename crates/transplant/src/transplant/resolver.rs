//! Which name servers a machine asks. On NixOS openresolv writes that down, from the settings and from what
//! interfaces get from their networks. Those of a portable machine get nothing, so that all is known beforehand.

use std::collections::BTreeSet;

use domi_evaluate::Evaluated;
use domi_realise::{Content, File};

use super::Carrier;
use crate::guards;

/// The option that names them.
pub(super) const NAME_SERVERS: &str = "networking.nameservers";

/// What openresolv's settings say of the order of interfaces, and of who else is told.
const OF_OTHERS: [&str; 2] = ["interface_order", "libc_restart"];

/// The beginnings of settings of other servers on the machine.
const OF_SERVERS: [&str; 4] = ["named_", "pdns_", "pdnsd_", "unbound_"];
/// Those that name a file, to which openresolv then writes the servers that one of them is to ask.
const SUBSCRIBERS: [&str; 6] =
    ["named_options", "named_zones", "pdns_zones", "pdnsd_conf", "pdnsd_resolv", "unbound_conf"];

/// How the file begins where openresolv is off.
const OFF: &str = "echo \"resolvconf is disabled";

/// What openresolv takes for no server at all.
const NO_SERVER: &str = "0.0.0.0";

#[derive(Default)]
struct Resolver {
    /// The name servers that are asked before all others.
    first: Vec<String>,
    options: Vec<String>,
    /// The file by which dnsmasq knows whom to ask.
    of_dnsmasq: Option<String>,
    /// Lines about other servers on the machine.
    subscribers: Vec<String>,
    /// Whether the settings switch openresolv off.
    is_off: bool,
    unknown: Vec<String>,
}

impl Resolver {
    /// As openresolv is set where no module says anything of it.
    fn usual() -> Self {
        Self { options: vec!["edns0".to_owned()], ..Self::default() }
    }

    fn read(text: &str) -> Self {
        if text.starts_with(OFF) {
            return Self { is_off: true, ..Self::default() };
        }
        let mut out = Self::default();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let Some(value) = plain(value) else {
                out.unknown.push(line.to_owned());
                continue;
            };
            let words = || value.split_whitespace().map(str::to_owned);
            match key {
                "name_servers" => out.first = words().collect(),
                "resolv_conf_options" => out.options = words().collect(),
                "dnsmasq_resolv" if is_free(value) => out.of_dnsmasq = Some(value.to_owned()),
                "dnsmasq_resolv" => out.subscribers.push(line.to_owned()),
                // Of networks with names of their own, which no portable machine has, and of the running server.
                _ if key.starts_with("dnsmasq_") || OF_OTHERS.contains(&key) => {}
                _ if SUBSCRIBERS.contains(&key) => out.subscribers.push(line.to_owned()),
                // Without a file to write to they say nothing.
                _ if OF_SERVERS.iter().any(|it| key.starts_with(it)) => {}
                _ => out.unknown.push(line.to_owned()),
            }
        }
        out
    }

    /// The servers on the machine itself, and those elsewhere, with those of the system.
    fn servers<'s>(&'s self, others: &'s [String]) -> (Vec<&'s str>, Vec<&'s str>) {
        let mut seen = BTreeSet::from([NO_SERVER]);
        let all = self.first.iter().chain(others).map(String::as_str);
        let is_here = |server: &str| {
            server.starts_with("127.") || ["::1", "255.255.255.255"].contains(&server)
        };
        all.filter(|server| seen.insert(server)).partition(|server| is_here(server))
    }

    /// The text of `/etc/resolv.conf`. Where a server is on the machine itself, no other is asked.
    fn text(&self, others: &[String]) -> String {
        let (here, elsewhere) = self.servers(others);
        let mut text = lines(if here.is_empty() { &elsewhere } else { &here });
        if !self.options.is_empty() {
            text += &format!("options {}\n", self.options.join(" "));
        }
        text
    }
}

/// The value of a line of shell, if it is the same to whoever is no shell: a bare word, or a text in quotes.
fn plain(value: &str) -> Option<&str> {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let (text, special) = if let Some(text) = within('\'') {
        (text, "'")
    } else if let Some(text) = within('"') {
        (text, "\"$`\\")
    } else {
        (value, "'\"$`\\;&|<>()[]{}*?~#! \t")
    };
    (!text.contains(|c| special.contains(c))).then_some(text)
}

fn lines(servers: &[&str]) -> String {
    servers.iter().map(|server| format!("nameserver {server}\n")).collect()
}

/// Whether a file may be written, as nothing else of the machine needs it.
fn is_free(path: &str) -> bool {
    path.starts_with('/') && !guards::touches_machine(&format!("f {path}"))
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
        let resolver = changed.unwrap_or_else(Resolver::usual);
        if resolver.is_off {
            let what = "without openresolv, nobody says what NixOS would ask";
            self.not_carried("networking.resolvconf.enable", what);
            return;
        }
        for line in &resolver.unknown {
            let subject = format!("networking.resolvconf: {line}");
            self.not_carried(&subject, "a portable machine has no openresolv that would read it");
        }
        let (_, elsewhere) = resolver.servers(&others);
        for line in resolver.subscribers.iter().filter(|_| !elsewhere.is_empty()) {
            let what = format!("openresolv would give them to the machine's own server: {line}");
            self.not_carried(NAME_SERVERS, &what);
        }
        let mut write = |path: &str, text: String| {
            let content = Content::Text(text);
            self.out.files.push(File { path: path.to_owned(), mode: 0o644, content });
        };
        write("/etc/resolv.conf", resolver.text(&others));
        if let Some(path) = resolver.of_dnsmasq.as_deref().filter(|_| !elsewhere.is_empty()) {
            write(path, lines(&elsewhere));
        }
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
        let usual = "# as ever\ninterface_order='lo lo[0-9]*'\nresolv_conf_options='edns0'\n";
        assert_eq!(Resolver::usual().options, Resolver::read(usual).options);
        check(usual, &["10.0.0.1"], "nameserver 10.0.0.1\noptions edns0\n");
        let local = "name_servers='127.0.0.1 ::1'\nresolv_conf_options='edns0 trust-ad'\n\
                     dnsmasq_conf=/etc/dnsmasq-conf.conf\n";
        let expected = "nameserver 127.0.0.1\nnameserver ::1\noptions edns0 trust-ad\n";
        check(local, &["127.0.0.1", "10.0.0.1"], expected);
        let both = "nameserver 10.0.0.2\nnameserver 10.0.0.1\n";
        check("name_servers='10.0.0.2'\n", &["10.0.0.1", "10.0.0.2"], both);
        check("", &["9.9.9.9", "127.0.0.1"], "nameserver 127.0.0.1\n");
        check("name_servers=10.0.0.1\n", &["127.0.0.53"], "nameserver 127.0.0.53\n");
        check("", &["0.0.0.0", "9.9.9.9"], "nameserver 9.9.9.9\n");
        let unknown = |line: &str| assert_eq!(Resolver::read(line).unknown, [line]);
        unknown("append_search=example.org");
        unknown("name_servers=\"$name_servers 10.0.0.2\" # ours");
        unknown("name_servers=10.0.0.1 # ours");
        unknown("dnsmasq_resolv=/etc/x.conf # y");
        unknown("name_servers='10.0.0.1");
    }

    #[test]
    fn a_server_on_the_machine_has_a_file_that_is_written_or_is_named() {
        let read = Resolver::read("dnsmasq_resolv='/etc/dnsmasq-resolv.conf'\nunbound_conf=/x\n");
        assert_eq!(read.of_dnsmasq.as_deref(), Some("/etc/dnsmasq-resolv.conf"));
        assert_eq!(read.subscribers, ["unbound_conf=/x"]);
        let taken = Resolver::read("dnsmasq_resolv=/etc/../etc/passwd\n");
        assert_eq!((taken.of_dnsmasq, taken.subscribers.len()), (None, 1));
        // Without a file, a server is told nothing.
        let alone = Resolver::read("unbound_pid=/run/x\n");
        assert_eq!((alone.subscribers.len(), alone.unknown.len()), (0, 0));
    }
}

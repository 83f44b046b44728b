use core::net::IpAddr;
use domi_model::names::is_label;
use ipnet::IpNet;

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "ranges",
        "a list of ranges such as \"192.0.2.0/24\" or \"2001:db8::/64\"",
        "The addresses that belong to it. No two networks share one.",
    )
    .shaped(Shape::Texts),
    Field::new("location", "the name of a location", "Where it is.").naming(Kind::Location),
    Field::new(
        "domain",
        "a domain name such as \"office.example.org\"",
        "What stands after the names of hosts in it.",
    ),
    Field::new(
        "name_server",
        "the name of a host",
        "The host that answers for the names of the domain, to all networks that have a domain. \
         `[[reach]]` of a role lets others ask: TCP and UDP port 53.",
    ).naming(Kind::Host),
    Field::new(
        "gateways",
        "a list of addresses, at most one of IPv4 and one of IPv6",
        "The router that leads to all other networks. Hosts that say their network card in it send there \
         what is in none of their networks.",
    )
    .shaped(Shape::Texts),
];

/// A network that machines are connected to.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// What every file says.
    pub about: About,
    /// Its ranges of addresses, each with its line.
    pub ranges: Vec<(IpNet, u32)>,
    /// Where it is.
    pub location: Option<Ref>,
    /// What stands after the names of hosts in it.
    pub domain: String,
    /// The host that answers for the names of the domain.
    pub name_server: Option<Ref>,
    /// The router that leads to all other networks, by its addresses, each with its line.
    pub gateways: Vec<(IpAddr, u32)>,
}

impl Network {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let mut ranges = Vec::new();
        for Ref { name: text, line } in fields.references("ranges") {
            match text.parse::<IpNet>() {
                Ok(range) if range.trunc() == range => ranges.push((range, line)),
                Ok(range) => {
                    let message = format!("{text:?} is an address within a range, and no range");
                    let next = format!("write \"{}\"", range.trunc());
                    fields.problem(WRONG_FIELD, "ranges", line, message, next);
                }
                Err(_) => {
                    let message = format!("{text:?} is no range of addresses");
                    let next = "write one such as \"192.0.2.0/24\" or \"2001:db8::/64\"";
                    fields.problem(WRONG_FIELD, "ranges", line, message, next);
                }
            }
        }
        let domain = fields.text("domain").unwrap_or_default();
        if let Some(node) = fields.get("domain").filter(|_| !is_domain(&domain)) {
            fields.wrong("domain", node);
        } else if let Some(node) = fields.get("domain")
            && HOSTMASTER.len() + domain.len() > LONGEST
        {
            // Whoever answers for the domain has such an address of mail.
            let message =
                format!("`{HOSTMASTER}` and the domain have more than {LONGEST} characters");
            fields.problem(WRONG_FIELD, "domain", node.line, message, "write a shorter one");
        }
        let (location, name_server) =
            (fields.reference("location"), fields.reference("name_server"));
        let gateways = gateways(fields);
        Self { about, ranges, location, domain, name_server, gateways }
    }
}

/// Addresses, at most one of each version.
fn gateways(fields: &mut Fields<'_>) -> Vec<(IpAddr, u32)> {
    let mut gateways: Vec<(IpAddr, u32)> = Vec::new();
    for Ref { name: text, line } in fields.references("gateways") {
        let message = match text.parse::<IpAddr>() {
            Err(_) => format!("{text:?} is no address"),
            Ok(it) if gateways.iter().any(|(other, _)| other.is_ipv6() == it.is_ipv6()) => {
                format!("{it} is a second one of its version")
            }
            Ok(it) => {
                gateways.push((it, line));
                continue;
            }
        };
        let next = "write one address of IPv4, one of IPv6, or one of each";
        fields.problem(WRONG_FIELD, "gateways", line, message, next);
    }
    gateways
}

/// The most characters of a full name.
pub(crate) const LONGEST: usize = 253;

/// What stands before a domain in the address of whoever looks after it.
pub(crate) const HOSTMASTER: &str = "hostmaster.";

/// Whether a text is empty or a domain name in lower case.
fn is_domain(text: &str) -> bool {
    text.is_empty() || text.len() <= LONGEST && text.split('.').all(is_label)
}

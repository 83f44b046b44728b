use core::net::IpAddr;
use std::collections::BTreeMap;

use domi_model::Platform;
use serde::Serialize;

use crate::fields::{Field, Fields, Shape};
use crate::text::Data;
use crate::{About, Given, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "kind",
        "\"metal\", \"virtual\", \"container\" or \"cloud\"",
        "What the machine is. Metal where it is left out.",
    )
    .shaped(Shape::Word(&["metal", "virtual", "container", "cloud"])),
    Field::new(
        "system",
        "\"x86_64-linux\" or \"aarch64-linux\"",
        "Its platform. x86_64-linux where it is left out.",
    )
    .shaped(Shape::Word(&["x86_64-linux", "aarch64-linux"])),
    Field::new(
        "unit",
        "the name of an organisation or unit",
        "Whose it is. Where it is left out, that of its device, or the only organisation.",
    ).naming(Kind::Organization),
    Field::new(
        "location",
        "the name of a location",
        "Where it is. Where it is left out, the location of its device, or of the host it runs on.",
    ).naming(Kind::Location),
    Field::new("device", "the name of a device", "The device that it is.").naming(Kind::Device),
    Field::new("runs_on", "the name of a host", "The host that it runs on.").naming(Kind::Host),
    Field::new("roles", "a list of names of roles", "What it is for.").naming(Kind::Role).shaped(Shape::Texts),
    Field::new("tags", "a list of tags", "Words that policies may select it by.")
        .shaped(Shape::Texts),
    Field::new(
        "addresses",
        "a table of networks, each with an address or a list of them",
        "Its addresses: `office = \"192.0.2.10\"`.",
    ).naming(Kind::Network)
    .shaped(Shape::Addresses),
    Field::new(
        "interfaces",
        "a table of networks, each with the name of a network card",
        "The cards that get the addresses: `office = \"enp1s0\"`. Where it is left out, the addresses \
         are known to others, and something else gives them to the machine.",
    ).naming(Kind::Network)
    .shaped(Shape::Named),
    Field::new(
        "gateway",
        "the name of a network",
        "The network whose gateways lead to all others. Needed where several of its networks have \
         gateways. With one such network, it is that one.",
    ).naming(Kind::Network),
];

/// What a machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Machine {
    /// A computer.
    #[default]
    Metal,
    /// A virtual machine.
    Virtual,
    /// A container.
    Container,
    /// A machine of a cloud, made from an image.
    Cloud,
}

impl Machine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Metal, Self::Virtual, Self::Container, Self::Cloud];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metal => "metal",
            Self::Virtual => "virtual",
            Self::Container => "container",
            Self::Cloud => "cloud",
        }
    }
}

/// An address in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The network.
    pub network: Ref,
    /// The address.
    pub address: IpAddr,
}

/// A machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// What every file says.
    pub about: About,
    /// What the machine is.
    pub kind: Machine,
    /// Its platform.
    pub system: Platform,
    /// Whose it is, as its file says.
    pub unit: Option<Ref>,
    /// Where it is, as its file says.
    pub location: Option<Ref>,
    /// The device that it is.
    pub device: Option<Ref>,
    /// The host that it runs on.
    pub runs_on: Option<Ref>,
    /// What it is for.
    pub roles: Vec<Ref>,
    /// Words that policies may select it by.
    pub tags: Vec<Ref>,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// The names of its network cards, by network.
    pub interfaces: BTreeMap<String, Ref>,
    /// The network whose gateways lead to all others.
    pub gateway: Option<Ref>,
    /// What it gets, beside all that follows from the above.
    pub given: Given,
}

impl Host {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let kinds = Machine::ALL.map(|kind| (kind.as_str(), kind));
        let systems = Platform::ALL.map(|system| (system.as_str(), system));
        let kind = fields.word("kind", &kinds).map(|(kind, _)| kind);
        let system = fields.word("system", &systems).map(|(system, _)| system);
        Self {
            about,
            kind: kind.unwrap_or_default(),
            system: system.unwrap_or(Platform::X86_64Linux),
            unit: fields.reference("unit"),
            location: fields.reference("location"),
            device: fields.reference("device"),
            runs_on: fields.reference("runs_on"),
            roles: fields.references("roles"),
            tags: fields.references("tags"),
            addresses: addresses(fields),
            interfaces: interfaces(fields),
            gateway: fields.reference("gateway"),
            given: Given::read(fields),
        }
    }
}

fn interfaces(fields: &mut Fields<'_>) -> BTreeMap<String, Ref> {
    let Some((table, _)) = fields.table("interfaces") else { return BTreeMap::new() };
    // What the kernel takes, without what a file name or a rule of the firewall cannot have.
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_card = |name: &str| {
        (1..=15).contains(&name.len()) && name.chars().all(good) && name != ".." && name != "."
    };
    let mut cards = BTreeMap::new();
    for (network, node) in table {
        match &node.data {
            Data::Text(name) if is_card(name) => {
                cards.insert(network.clone(), Ref { name: name.clone(), line: node.line });
            }
            _ => {
                let next = "write one such as \"enp1s0\", as `ip link` shows it";
                let message = "is no name of a network card";
                let key = format!("interfaces.{network}");
                fields.problem(crate::codes::WRONG_FIELD, &key, node.line, message, next);
            }
        }
    }
    cards
}

fn addresses(fields: &mut Fields<'_>) -> Vec<Address> {
    let Some((table, _)) = fields.table("addresses") else { return Vec::new() };
    let mut addresses = Vec::new();
    for (network, node) in table {
        let items = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for item in items {
            let address = match &item.data {
                Data::Text(text) => text.parse::<IpAddr>().ok(),
                _ => None,
            };
            match address {
                Some(address) => {
                    let network = Ref { name: network.clone(), line: item.line };
                    addresses.push(Address { network, address });
                }
                None => {
                    let next = "write an address such as \"192.0.2.10\" or \"2001:db8::10\"";
                    let message = "is no address".to_owned();
                    let key = format!("addresses.{network}");
                    fields.problem(crate::codes::WRONG_FIELD, &key, item.line, message, next);
                }
            }
        }
    }
    addresses
}

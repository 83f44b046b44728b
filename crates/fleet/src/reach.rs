//! Which ports of a role's machines others may reach.

use crate::fields::{Field, Fields, Shape};
use crate::{Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("tcp", "a list of ports from 1 to 65535", "TCP ports that are let in.")
        .shaped(Shape::Ports),
    Field::new("udp", "a list of ports from 1 to 65535", "UDP ports that are let in.")
        .shaped(Shape::Ports),
    Field::new("roles", "a list of names of roles", "From hosts that have one of these roles.")
        .naming(Kind::Role)
        .shaped(Shape::Texts),
    Field::new("hosts", "a list of names of hosts", "From these hosts.")
        .naming(Kind::Host)
        .shaped(Shape::Texts),
    Field::new("networks", "a list of names of networks", "From all addresses of these networks.")
        .naming(Kind::Network)
        .shaped(Shape::Texts),
];

/// Who may reach which ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The line where it begins.
    pub line: u32,
    /// TCP ports.
    pub tcp: Vec<u16>,
    /// UDP ports.
    pub udp: Vec<u16>,
    /// From hosts of these roles.
    pub roles: Vec<Ref>,
    /// From these hosts.
    pub hosts: Vec<Ref>,
    /// From these networks.
    pub networks: Vec<Ref>,
}

impl Reach {
    /// Reads the tables `reach` of a file.
    pub(crate) fn read(parent: &mut Fields<'_>) -> Vec<Self> {
        parent.tables("reach", FIELDS, |fields, line| Self {
            line,
            tcp: fields.ports("tcp"),
            udp: fields.ports("udp"),
            roles: fields.references("roles"),
            hosts: fields.references("hosts"),
            networks: fields.references("networks"),
        })
    }
}

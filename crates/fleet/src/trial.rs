//! What people expect of policies, written beside them: who may do what on which host.

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::{Kind, Ref, Right};

pub(crate) const FIELDS: &[Field] = &[
    Field::new("who", "the name of a person or agent", "Who.").naming(Kind::Person),
    Field::new("host", "the name of a host", "On which host.").naming(Kind::Host),
    Field::new(
        "user",
        "the name of a user",
        "As which user. Where it is left out, as any: what allows most counts.",
    ).naming(Kind::User),
    Field::new(
        "may",
        "a list of \"login\", \"administer\" and \"reach\"",
        "What they may do there, and no more. Nothing where the list is empty or left out. Of ports, \
         whether they `reach` them.",
    )
    .shaped(Shape::Words(&["login", "administer", "reach"])),
    Field::new(
        "tcp",
        "a list of ports from 1 to 65535",
        "TCP ports. The test is then about these ports, and not about logging in.",
    )
    .shaped(Shape::Ports),
    Field::new("udp", "a list of ports from 1 to 65535", "The same of UDP ports.")
        .shaped(Shape::Ports),
    Field::new(
        "from",
        "the name of a host",
        "From which host ports are reached. Where it is left out, from any that they may log in to, \
         and from outside.",
    ).naming(Kind::Host),
];

/// What somebody is expected to be able to do on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The line where it begins.
    pub line: u32,
    /// Who.
    pub who: Option<Ref>,
    /// Where.
    pub host: Option<Ref>,
    /// As which user; none for any.
    pub user: Option<Ref>,
    /// What they may do; none for nothing.
    pub may: Option<Right>,
    /// TCP ports that the test is about.
    pub tcp: Vec<u16>,
    /// UDP ports that the test is about.
    pub udp: Vec<u16>,
    /// From which host they are reached.
    pub from: Option<Ref>,
    /// Whether they are.
    pub reach: bool,
    /// Whether every key of it could be read.
    pub readable: bool,
}

impl Trial {
    /// Reads the tables `tests` of a file.
    pub(crate) fn read(parent: &mut Fields<'_>) -> Vec<Self> {
        parent.tables("tests", FIELDS, |fields, line| {
            let (who, host) = (fields.reference("who"), fields.reference("host"));
            let (user, from) = (fields.reference("user"), fields.reference("from"));
            let is_of_ports = fields.get("tcp").or(fields.get("udp")).is_some();
            let (tcp, udp) = (fields.ports("tcp"), fields.ports("udp"));
            let (may, reach) = match is_of_ports {
                true => (None, reach(fields)),
                false => (Right::read(fields), false),
            };
            let is_read = |fields: &Fields<'_>| {
                !fields.problems.iter().any(|problem| problem.code == WRONG_FIELD)
            };
            if is_of_ports && tcp.is_empty() && udp.is_empty() && is_read(fields) {
                let message = "the test is about ports, and names none";
                fields.problem(WRONG_FIELD, "tcp", line, message, "name some");
            }
            if let Some(from) = from.as_ref().filter(|_| !is_of_ports) {
                let message = "says from where ports are reached, and the test names no ports";
                let next = "name `tcp` or `udp` ports, or take it away";
                fields.problem(WRONG_FIELD, "from", from.line, message, next);
            }
            let readable = is_read(fields);
            Self { line, who, host, user, may, tcp, udp, from, reach, readable }
        })
    }

    /// Whether it is about ports, and not about logging in.
    pub fn is_of_ports(&self) -> bool {
        !self.tcp.is_empty() || !self.udp.is_empty()
    }
}

/// Whether `may` of a test of ports says that they are reached.
fn reach(fields: &mut Fields<'_>) -> bool {
    let may = fields.references("may");
    for right in may.iter().filter(|right| right.name != "reach") {
        let message = format!("{:?} is nothing that one may do with ports", right.name);
        let next = "write `may = [\"reach\"]`, or nothing; logging in is another test";
        fields.problem(WRONG_FIELD, "may", right.line, message, next);
    }
    may.iter().any(|right| right.name == "reach")
}

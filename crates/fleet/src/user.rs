use domi_model::NORMAL_IDS;

use crate::codes::WRONG_FIELD;
use crate::fields::{Field, Fields, Shape};
use crate::{About, Kind, Ref};

pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "of",
        "the name of a person or agent",
        "Whose it is. Where it is left out, that of the same name.",
    ).naming(Kind::Person),
    Field::new(
        "uid",
        "a number from 1000 to 29999",
        "Its number, and that of its own group, on every machine. Given once, and never again.",
    )
    .shaped(Shape::Number(*NORMAL_IDS.start(), *NORMAL_IDS.end())),
    Field::new(
        "groups",
        "a list of names of groups",
        "Further groups that it is in. None whose members can act as root, such as `wheel`: that is \
         said by an authorisation.",
    )
        .shaped(Shape::Texts),
];

/// Groups whose members are root or can make themselves so: they may call `sudo`, write to disks or
/// memory, read the passwords of others, or run containers and machines as root.
const LIKE_ROOT: &[&str] = &[
    "admin",
    "disk",
    "docker",
    "incus-admin",
    "kmem",
    "libvirt",
    "libvirtd",
    "lxd",
    "mem",
    "podman",
    "root",
    "shadow",
    "staff",
    "sudo",
    "wheel",
];

/// A user on machines.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// What every file says.
    pub about: About,
    /// Whose it is.
    pub of: Ref,
    /// Its number and the line; none only where that is a problem.
    pub uid: Option<(u32, u32)>,
    /// Further groups.
    pub groups: Vec<Ref>,
}

impl User {
    pub(crate) fn read(about: About, fields: &mut Fields<'_>) -> Self {
        let uid = fields.number("uid", &NORMAL_IDS);
        let mut groups = fields.references("groups");
        groups.retain(|group| {
            let wrong = domi_model::names::user(&group.name).err();
            if let Some(why) = &wrong {
                let next = "write letters, digits, `_` and `-`, 31 at most";
                fields.problem(WRONG_FIELD, "groups", group.line, why, next);
            }
            let is_like_root = LIKE_ROOT.contains(&group.name.as_str());
            if is_like_root {
                let message = format!("whoever is in `{}` can act as root", group.name);
                let next =
                    "say `may = [\"administer\"]` in an authorisation, and take it away here";
                fields.problem(WRONG_FIELD, "groups", group.line, message, next);
            }
            wrong.is_none() && !is_like_root
        });
        let of = fields.reference("of");
        let of = of.unwrap_or_else(|| Ref { name: about.name.clone(), line: 1 });
        Self { about, of, uid, groups }
    }
}

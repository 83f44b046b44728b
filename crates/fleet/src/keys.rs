//! The keys of each kind of file, and what they name.

use crate::fields::{Field, Shape, Target};
use crate::kind::Kind;
use crate::{
    account, application, constant, context, device, equipment, given, group, home, host, location,
    network, organization, people, policy, query, reach, relationship, repository, role, rules,
    salt, secret, select, shell, software, term, trial, user, view, wave,
};

/// Keys that every file may have.
pub(crate) const COMMON: &[Field] = &[
    Field::new(
        "id",
        "a UUID of version 7, in lower case",
        "Stays the same when the file gets another name. No two files have the same.",
    ),
    Field::new("title", "a text of one line", "What people call it."),
    Field::new("description", "a text", "Remarks. Nothing reads them."),
    Field::new(
        "status",
        "one of planned, provisioning, active, maintenance, retired",
        "How far it has come. Active where it is left out.",
    )
    .shaped(Shape::Word(&["planned", "provisioning", "active", "maintenance", "retired"])),
];

impl Kind {
    /// The keys that its files may have.
    pub fn fields(self) -> Vec<&'static [Field]> {
        let own: &[&[Field]] = match self {
            Self::Organization => &[organization::FIELDS, given::FIELDS],
            Self::Person => &[people::FIELDS, salt::FIELDS],
            Self::Location => &[location::FIELDS, given::FIELDS],
            Self::Device => &[device::FIELDS],
            Self::Network => &[network::FIELDS],
            Self::Authorization => &[policy::AUTHORIZATION, policy::BOTH, given::FIELDS],
            Self::Authentication => &[policy::AUTHENTICATION, policy::BOTH, given::FIELDS],
            Self::Host => &[host::FIELDS, given::FIELDS],
            Self::Role => &[role::FIELDS, given::FIELDS],
            Self::User => &[user::FIELDS, salt::FIELDS],
            Self::Wave => &[wave::FIELDS],
            Self::Command => &[rules::COMMAND],
            Self::Reaction => &[rules::REACTION],
            Self::Secret => &[secret::FIELDS],
            Self::Repository => &[repository::FIELDS],
            Self::Application => &[application::FIELDS],
            Self::Account => &[account::FIELDS],
            Self::Equipment => &[equipment::FIELDS],
            Self::Group => &[group::FIELDS],
            Self::Term => &[term::FIELDS],
            Self::View => &[view::FIELDS],
            Self::Context => &[context::FIELDS],
            Self::Shell => &[software::FIELDS, shell::FIELDS],
            Self::Home => &[home::FIELDS, software::FIELDS],
            Self::Constant => &[constant::FIELDS],
            Self::Query => &[query::FIELDS],
            Self::Relationship => &[relationship::FIELDS],
        };
        [&[COMMON], own].concat()
    }

    /// The keys of the tables `tests` of authorisations.
    pub fn tests() -> &'static [Field] {
        trial::FIELDS
    }

    /// The keys of the tables `reach` of roles.
    pub fn reaches() -> &'static [Field] {
        reach::FIELDS
    }

    /// The keys of the table `health` of waves.
    pub fn health() -> &'static [Field] {
        wave::HEALTH
    }

    /// The keys of the table `on`.
    pub fn selectors() -> &'static [Field] {
        select::FIELDS
    }

    /// Every key of its files that names something, with those of the tables within: `on.roles`.
    pub fn names(self) -> Vec<(String, Target)> {
        let within = |field: &Field| {
            let within = within(field).iter().filter_map(|it| Some((it, it.target?)));
            let within = within.map(|(it, target)| (format!("{}.{}", field.name, it.name), target));
            within.collect::<Vec<_>>()
        };
        let fields = self.fields().into_iter().flatten();
        let names = fields.flat_map(|field| {
            let own = field.target.map(|target| (field.name.to_owned(), target));
            own.into_iter().chain(within(field))
        });
        names.collect()
    }
}

/// The keys of the tables that a key takes, where those have keys of their own.
pub(crate) fn within(field: &Field) -> &'static [Field] {
    match field.shape {
        Shape::Selectors => Kind::selectors(),
        Shape::Trials => Kind::tests(),
        Shape::Reaches => Kind::reaches(),
        Shape::Healths => Kind::health(),
        _ => &[],
    }
}

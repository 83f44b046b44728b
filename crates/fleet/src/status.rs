use serde::Serialize;

/// How far something has come, from a plan to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not there yet.
    Planned,
    /// Being set up.
    Provisioning,
    /// In use.
    #[default]
    Active,
    /// Out of use for a while.
    Maintenance,
    /// Gone. Its name and numbers stay taken.
    Retired,
}

impl Status {
    /// All, in their usual order.
    pub const ALL: [Self; 5] =
        [Self::Planned, Self::Provisioning, Self::Active, Self::Maintenance, Self::Retired];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Maintenance => "maintenance",
            Self::Retired => "retired",
        }
    }

    /// What may follow it, apart from itself. Whatever is retired stays so.
    pub fn followers(self) -> &'static [Self] {
        match self {
            Self::Planned => &[Self::Provisioning, Self::Active, Self::Retired],
            Self::Provisioning => &[Self::Active, Self::Planned, Self::Retired],
            Self::Active => &[Self::Maintenance, Self::Retired],
            Self::Maintenance => &[Self::Active, Self::Provisioning, Self::Retired],
            Self::Retired => &[],
        }
    }

    /// Whether the one may become the other.
    pub fn may_become(self, other: Self) -> bool {
        self == other || self.followers().contains(&other)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_retired_stays_retired_and_all_else_may_be_retired() {
        for status in Status::ALL {
            assert!(status.may_become(status));
            assert!(status.may_become(Status::Retired));
            assert_eq!(Status::Retired.may_become(status), status == Status::Retired);
        }
        assert!(!Status::Active.may_become(Status::Planned));
        assert!(Status::Maintenance.may_become(Status::Active));
    }
}

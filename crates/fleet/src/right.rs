use serde::Serialize;

use crate::codes::WRONG_FIELD;
use crate::fields::Fields;
use crate::spelling::instead;

/// What somebody may do on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Log in.
    Login,
    /// Log in, and act as root.
    Administer,
}

impl Right {
    const ALL: [Self; 2] = [Self::Login, Self::Administer];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Administer => "administer",
        }
    }

    /// The greatest of those under `may`.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let mut may = None;
        for right in fields.references("may") {
            match Self::ALL.into_iter().find(|it| it.as_str() == right.name) {
                Some(found) => may = may.max(Some(found)),
                None if right.name == "reach" => {
                    let message = "\"reach\" is said of ports, and none are named";
                    let next = "name `tcp` or `udp` ports of a test";
                    fields.problem(WRONG_FIELD, "may", right.line, message, next);
                }
                None => {
                    let next = instead(&right.name, Self::ALL.map(Self::as_str), "right");
                    let message = format!("{:?} is nothing that one may do", right.name);
                    fields.problem(WRONG_FIELD, "may", right.line, message, next);
                }
            }
        }
        may
    }
}

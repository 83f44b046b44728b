use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// What stays the same when a file gets another name: a UUID of version 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Uuid);

impl FromStr for Id {
    type Err = ();

    /// Reads the usual form, in lower case and with hyphens, so that an id is one text.
    fn from_str(text: &str) -> Result<Self, ()> {
        let id = Uuid::try_parse(text).map_err(drop)?;
        let usual = id.get_version_num() == 7 && id.hyphenated().to_string() == text;
        usual.then_some(Self(id)).ok_or(())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_version_seven_and_written_in_one_way() {
        let check = |text: &str, good: bool| assert_eq!(text.parse::<Id>().is_ok(), good, "{text}");
        check("01932f5e-7c00-7a3b-8c1d-0123456789ab", true);
        check("01932F5E-7C00-7A3B-8C1D-0123456789AB", false);
        check("01932f5e7c007a3b8c1d0123456789ab", false);
        check("01932f5e-7c00-4a3b-8c1d-0123456789ab", false);
        check("", false);
    }
}

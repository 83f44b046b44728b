//! systemd's specifiers, such as `%t`, and where each is expanded.

/// What expands specifiers; each knows letters of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// A value of a unit.
    Value,
    /// The name of another unit.
    UnitName,
    /// A path or argument of tmpfiles.d.
    Tmpfiles,
}

impl Expansion {
    /// The letters that the oldest systemd of the machines knows here, but for deprecated ones.
    fn letters(self) -> &'static str {
        match self {
            Self::Value => "aAbBCdEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY",
            Self::UnitName => "aAbBgGHijlmMnNopquUvwW",
            Self::Tmpfiles => "abBCgGhHlLmoStTuUvVwW",
        }
    }

    /// Says what is wrong with a specifier here.
    pub(crate) fn check(self, specifier: &str) -> Result<(), String> {
        let mut letters = specifier.strip_prefix('%').unwrap_or_default().chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if self.letters().contains(letter) => Ok(()),
            (Some(_), None) => Err(format!("systemd expands no `{specifier}` here")),
            _ => Err(format!("{specifier:?} is no specifier, which is `%` and a letter")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specifier_is_a_letter_that_is_known_there() {
        let check = |expansion: Expansion, specifier: &str, fault: Option<&str>| {
            assert_eq!(expansion.check(specifier).err().as_deref(), fault, "{specifier}");
        };
        check(Expansion::Value, "%t", None);
        check(Expansion::UnitName, "%i", None);
        check(Expansion::UnitName, "%t", Some("systemd expands no `%t` here"));
        check(Expansion::Tmpfiles, "%i", Some("systemd expands no `%i` here"));
        for bad in ["t", "%", "%%", "%tt", "", "%t/x"] {
            assert!(Expansion::Value.check(bad).is_err(), "{bad}");
        }
    }
}

//! Names that options and features had, and what becomes of them with the versions of a feature.

use domi_model::{Removed, Renamed, Taken};

/// A name that an option had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldName {
    pub(crate) renamed: Renamed,
    /// The version in which the option lost the name.
    pub(crate) since: Option<&'static str>,
}

/// What becomes of the old names of options in a version of the feature.
pub(crate) fn at(version: &str, names: Vec<OldName>) -> (Vec<Renamed>, Vec<Removed>) {
    let (mut renamed, mut removed) = (Vec::new(), Vec::new());
    for OldName { renamed: mut name, since } in names {
        let taken = taken(version, since);
        if taken == Taken::NoLonger {
            let since = since.map(|since| format!(" since version {since}")).unwrap_or_default();
            let reason = format!("It has another name{since}: `{}`.", name.to);
            removed.push(Removed { option: name.from, reason });
            continue;
        }
        name.silent = taken == Taken::Silently;
        renamed.push(name);
    }
    (renamed, removed)
}

/// What becomes of an old name in a version. One that says of no version since when it is old is taken
/// with a warning. Another one is taken without a message at first, with a warning from the next minor
/// version on, and refused from the next major version on.
pub(crate) fn taken(version: &str, since: Option<&str>) -> Taken {
    let Some(since) = since else { return Taken::WithWarning };
    let (now, then) = (numbers(version), numbers(since));
    if now.0 > then.0 {
        Taken::NoLonger
    } else if now <= then {
        Taken::Silently
    } else {
        Taken::WithWarning
    }
}

/// The major and the minor number of a version.
fn numbers(version: &str) -> (u64, u64) {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use domi_model::OptionPath;

    use super::*;

    #[test]
    fn an_old_name_is_taken_then_warned_of_then_refused() {
        let check = |version: &str, since: Option<&'static str>, expected: &str| {
            let path = |name: &str| OptionPath(vec![name.to_owned()]);
            let renamed = Renamed { from: path("old"), to: path("new"), silent: false };
            let (renamed, removed) = at(version, vec![OldName { renamed, since }]);
            let found = match (&renamed[..], &removed[..]) {
                ([Renamed { silent: true, .. }], []) => "silent",
                ([_], []) => "warns",
                ([], [removed]) => {
                    assert!(removed.reason.contains("`new`"), "{}", removed.reason);
                    "refused"
                }
                _ => "lost",
            };
            assert_eq!(found, expected, "{version} after {since:?}");
        };
        check("1.2.3", None, "warns");
        check("0.1.0", Some("0.1.0"), "silent");
        check("0.1.9", Some("0.1.0"), "silent");
        check("0.2.0", Some("0.1.0"), "warns");
        check("0.10.0", Some("0.9.4"), "warns");
        check("1.0.0", Some("0.9.4"), "refused");
        check("2.0.0-rc.1", Some("1.7.0"), "refused");
        // Whoever goes back to a version before it has it, too.
        check("1.1.0", Some("1.2.0"), "silent");
    }
}

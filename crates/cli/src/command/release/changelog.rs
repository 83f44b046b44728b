//! A feature's changelog: `CHANGELOG.md` beside its `Cargo.toml`.

use domi_compare::Level;

use super::document::State;

/// Its name.
pub(super) const FILE: &str = "CHANGELOG.md";

/// What a new one begins with.
const BEGINS: &str = "# Changelog\n\nWhat changed of this feature, the last version first.\n";

/// Headings of the changes of each level.
const HEADINGS: [(Level, &str); 3] =
    [(Level::Major, "Breaking"), (Level::Minor, "Changed"), (Level::Patch, "Fixed")];

/// What is said of a release without a change.
pub(super) fn without_changes(state: State) -> &'static str {
    match state {
        State::First => "The first release.",
        _ => "Nothing changed but the version.",
    }
}

/// Whether a changelog has an entry for a version.
pub(super) fn has(text: &str, version: &str) -> bool {
    text.lines().any(|line| of(line) == Some(version))
}

/// The version that a line is the heading of: `## 0.2.0 - 2026-01-31`, `## [0.2.0]`.
fn of(line: &str) -> Option<&str> {
    let word = line.strip_prefix("## ")?.split_whitespace().next()?;
    Some(word.trim_start_matches('[').trim_end_matches(']'))
}

/// A changelog with an entry for a version before all others. What stands under `Unreleased` becomes
/// part of it.
pub(super) fn with(
    text: Option<&str>,
    (version, state): (&str, State),
    date: &str,
    changes: &[(Level, String)],
) -> String {
    let (before, by_hand, after) = parts(text.unwrap_or(BEGINS));
    let by_hand = by_hand.trim();
    let mut lists = String::new();
    // Whoever has written something knows of a change.
    if changes.is_empty() && (by_hand.is_empty() || state == State::First) {
        lists += &format!("\n{}\n", without_changes(state));
    }
    for (level, heading) in HEADINGS {
        let of_level = changes.iter().filter(|(it, _)| *it == level);
        let lines: String = of_level.map(|(_, line)| format!("- {line}\n")).collect();
        if !lines.is_empty() {
            lists += &format!("\n### {heading}\n\n{lines}");
        }
    }
    let title = format!("## {version} - {date}\n");
    let mut with = before.trim_end().to_owned();
    if !with.is_empty() {
        with += "\n\n";
    }
    with += &title;
    if !by_hand.is_empty() {
        with += &format!("\n{by_hand}\n");
    }
    with += &lists;
    if !after.is_empty() {
        with.push('\n');
    }
    with + after
}

/// What comes before a new entry, what was written for it by hand, and what comes after it.
fn parts(text: &str) -> (&str, &str, &str) {
    let is_unreleased = |version: &str| version.eq_ignore_ascii_case("unreleased");
    let (mut at, mut unreleased) = (0, None);
    for line in text.split_inclusive('\n') {
        match (of(line.trim_end()), unreleased) {
            (Some(version), None) if is_unreleased(version) => unreleased = Some(at + line.len()),
            (Some(_), begins) => {
                let begins = begins.unwrap_or(at);
                return (&text[..begins], &text[begins..at], &text[at..]);
            }
            _ => {}
        }
        at += line.len();
    }
    let begins = unreleased.unwrap_or(text.len());
    (&text[..begins], &text[begins..], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: Option<&str>, expected: &str) {
        let changes = [
            (Level::Major, "A gate is gone.".to_owned()),
            (Level::Major, "A door is gone.".to_owned()),
            (Level::Patch, "A word is another one.".to_owned()),
        ];
        let made = with(text, ("0.2.0", State::TooLow), "2026-01-31", &changes);
        assert_eq!(made, expected);
        assert!(has(&made, "0.2.0") && !text.is_some_and(|text| has(text, "0.2.0")));
    }

    const ENTRY: &str = "## 0.2.0 - 2026-01-31\n\n### Breaking\n\n- A gate is gone.\n- A door is \
                         gone.\n\n### Fixed\n\n- A word is another one.\n";

    #[test]
    fn an_entry_goes_before_all_others() {
        check(None, &format!("{BEGINS}\n{ENTRY}"));
        check(Some("# Ours\n"), &format!("# Ours\n\n{ENTRY}"));
        check(Some("# Ours"), &format!("# Ours\n\n{ENTRY}"));
        check(Some(""), ENTRY);
        check(Some("## Unreleased\n"), &format!("## Unreleased\n\n{ENTRY}"));
        check(
            Some("# Ours\n\n## 0.1.0\n\n- All.\n"),
            &format!("# Ours\n\n{ENTRY}\n## 0.1.0\n\n- All.\n"),
        );
        check(
            Some("# Ours\n\n## [Unreleased]\n\n- By hand.\n\n## [0.1.0]\n"),
            "# Ours\n\n## [Unreleased]\n\n## 0.2.0 - 2026-01-31\n\n- By hand.\n\n### Breaking\n\n- A \
             gate is gone.\n- A door is gone.\n\n### Fixed\n\n- A word is another one.\n\n## [0.1.0]\n",
        );
    }

    #[test]
    fn the_first_release_says_so() {
        let made = with(None, ("0.1.0", State::First), "2026-01-31", &[]);
        assert_eq!(made, format!("{BEGINS}\n## 0.1.0 - 2026-01-31\n\nThe first release.\n"));
    }

    #[test]
    fn a_later_release_without_a_change_is_not_the_first() {
        let made = with(Some(""), ("0.2.0", State::Enough), "2026-01-31", &[]);
        assert_eq!(made, "## 0.2.0 - 2026-01-31\n\nNothing changed but the version.\n");
        let by_hand = Some("## Unreleased\n\n- More.\n");
        let made = with(by_hand, ("0.2.0", State::Enough), "2026-01-31", &[]);
        assert_eq!(made, "## Unreleased\n\n## 0.2.0 - 2026-01-31\n\n- More.\n");
    }

    #[test]
    fn a_version_is_found_whatever_stands_behind_it() {
        assert!(has("## [1.0.0] (2026)\n", "1.0.0"));
        assert!(!has("## 1.0.01\n### 1.0.0\n", "1.0.0"));
    }
}

//! What a change of a unit's text asks for.

use super::unit_text::UnitText;

/// What a change of a unit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing: it is the same, but for what concerns no process.
    None,
    /// That it reloads.
    Reload,
    /// That it starts again.
    Restart,
}

/// Keys of `[Unit]` that say nothing of what runs.
const IDLE: [&str; 12] = [
    "AllowIsolate",
    "CollectMode",
    "Description",
    "Documentation",
    "IgnoreOnIsolate",
    "OnFailure",
    "OnFailureJobMode",
    "OnSuccess",
    "RefuseManualStart",
    "RefuseManualStop",
    "SourcePath",
    "StopWhenUnneeded",
];

/// What the change from one text to another asks for.
pub(super) fn compare(old: &UnitText, new: &UnitText) -> Change {
    let mut change = Change::None;
    for (section, key) in old.differing(new) {
        let was = !old.values(section, key).is_empty();
        let is = !new.values(section, key).is_empty();
        match (section, key) {
            ("Unit", "X-Reload-Triggers") | ("Service", "ExecReload") if is => {
                change = Change::Reload;
            }
            ("Mount", "Options") if was && is => change = Change::Reload,
            // What can no longer reload, or has nothing to reload for, runs on.
            ("Unit", "X-Reload-Triggers") | ("Service", "ExecReload") => {}
            ("Unit", key) if IDLE.contains(&key) => {}
            _ => return Change::Restart,
        }
    }
    change
}

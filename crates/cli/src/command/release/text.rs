//! What `release` shows to people.

use domi_compare::{Finding, Level};
use domi_report::{Paint, shown};

use super::document::{Document, Released, State};

/// All of it.
pub(super) fn text(document: &Document, paint: Paint) -> String {
    document.features.iter().map(|it| of_feature(it, paint)).collect()
}

fn of_feature(it: &Released, paint: Paint) -> String {
    let Released { feature, version, last_tag, least, state, changes, why, .. } = it;
    let name = paint.strong(feature);
    let since = last_tag.as_deref().unwrap_or_default();
    let least = least.as_deref().unwrap_or_default();
    let head = match state {
        State::First => format!("{name}: {version}, never released"),
        State::Unchanged => format!("{name}: {version}, not changed since {since}"),
        State::Enough if changes.is_empty() => {
            format!("{name}: {version}, nothing but the version changed since {since}")
        }
        State::Enough => format!("{name}: {version} is enough for what changed since {since}"),
        State::TooLow => {
            let low = paint.bad("too low");
            format!("{name}: {version} is {low} for what changed since {since}: {least} or more")
        }
        State::NotCompared => {
            let not = paint.bad("not compared");
            let since = last_tag.as_deref().unwrap_or("an earlier release");
            let why = shown(why.as_deref().unwrap_or_default());
            format!(
                "{name}: {version}, {not} with {since}: {}",
                why.lines().next().unwrap_or_default()
            )
        }
    };
    let changes: String = changes.iter().map(|it| format!("  {}\n", change(it, paint))).collect();
    format!("{head}\n{changes}")
}

fn change(it: &Finding, paint: Paint) -> String {
    let level = format!("{:<5}", it.level.as_str());
    let level = match it.level {
        Level::Major => paint.bad(level),
        Level::Minor => paint.odd(level),
        Level::Patch => paint.faint(level),
    };
    format!("{level}  {:<20}  {}", it.effect.id(), said(it))
}

/// What a change is about, and from what to what.
pub(super) fn said(it: &Finding) -> String {
    let what = shown(&it.what).replace('\n', "\\n");
    match (&it.before, &it.after) {
        (Some(before), Some(after)) => format!("{what}: {} → {}", shown(before), shown(after)),
        _ => what,
    }
}

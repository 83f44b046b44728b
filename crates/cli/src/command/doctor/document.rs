//! What was found, for programs and for people.

use domi_report::Paint;
use schemars::JsonSchema;
use serde::Serialize;

use super::check::{Check, State};

/// The version of the document.
pub(super) const SCHEMA: &str = "domi.doctor/1";

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    /// The version of this document: `domi.doctor/1`.
    pub(super) schema: String,
    /// The version of the rules by which it was checked.
    pub(super) rules: u32,
    /// What is checked out, and a digest of what is not committed; empty where there is no git.
    pub(super) commit: String,
    /// When the row was recorded that this is compared with, if there is one.
    pub(super) compared_with: Option<String>,
    /// How many checks are green.
    pub(super) green: usize,
    /// How many are red.
    pub(super) red: usize,
    /// How many were not run: they count neither as green nor as red.
    pub(super) not_run: usize,
    /// Every check, always in the same order.
    pub(super) checks: Vec<Check>,
}

/// The JSON Schema of the document.
pub(crate) fn schema() -> serde_json::Value {
    crate::out::schema::<Health>(SCHEMA)
}

/// What a person sees of it.
pub(super) fn text(health: &Health, paint: Paint) -> String {
    let mut text = String::new();
    for check in &health.checks {
        let Check { id, about, reason, fix, .. } = check;
        match check.state {
            State::Green => text += &format!("{} {id}: {reason}\n", paint.good("✓")),
            State::NotRun => text += &format!("{} {id}: not run: {reason}\n", paint.odd("-")),
            State::Red => {
                let turned = if check.turned_red { " (it was green)" } else { "" };
                text += &format!("{} {id}{turned}: {reason}\n", paint.bad("✗"));
                text += &format!("    wanted: {about}\n");
            }
        }
        if let Some(fix) = fix {
            text +=
                &format!("    {}: {fix}\n", if check.state == State::Red { "fix" } else { "next" });
        }
    }
    text + &format!("{} green, {} red, {} not run\n", health.green, health.red, health.not_run)
}

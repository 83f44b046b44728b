//! A unit of a fleet becomes a fleet of its own: which file goes where, and what each says then.
//!
//! What belongs to the unit goes with it. What the settings of its hosts follow from besides, and stays
//! in use on the other side, is on both sides then: units around it, roles, places, policies. Names that
//! cross the cut become names of the other fleet, or are refused.

mod halves;
mod rewrite;
mod sides;
mod written;

use std::collections::BTreeMap;

use domi_model::Problem;

use crate::Fleet;

pub use halves::{Half, Halves};

/// Divides a fleet in which nothing is wrong. `texts` has the text of each file.
///
/// # Errors
/// What keeps the two together.
pub fn split(
    fleet: &Fleet,
    unit: &str,
    texts: &BTreeMap<String, String>,
) -> Result<Halves, Vec<Problem>> {
    let links = sides::by_file(fleet);
    let sides = sides::Sides::of(fleet, unit, &links);
    written::written(fleet, unit, &sides, &links, texts)
}

/// The text of a context's file that has its view at another path.
///
/// # Errors
/// Why that cannot be: the file is no TOML.
pub fn led(text: &str, from: &str) -> Result<String, String> {
    rewrite::renamed(text, "from", &|_| Some(rewrite::Becomes::Name(from.to_owned())))
}

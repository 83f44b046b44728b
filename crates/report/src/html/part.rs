//! What several sections of the page write alike.

use maud::{Markup, html};

pub(super) fn moment(at: jiff::Timestamp) -> Markup {
    let machine = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    html! { time datetime=(machine) { (at.strftime("%Y-%m-%d %H:%M UTC").to_string()) } }
}

pub(super) fn day(at: jiff::Timestamp) -> Markup {
    let day = at.strftime("%Y-%m-%d").to_string();
    html! { time datetime=(day) { (day) } }
}

/// The place of a job in the page. Jobs are numbered in the order of the plan.
pub(super) fn anchor(number: usize) -> String {
    format!("job-{number}")
}

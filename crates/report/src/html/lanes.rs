//! Tests that were done in two lanes, and whether the two say the same.

use domi_event::{LanesCompared, LanesOutcome};
use maud::{Markup, html};

use super::list::List;
use super::part::anchor;
use crate::text::Paint;
use crate::{Recorded, lanes};

pub(super) fn section(run: &Recorded) -> Markup {
    let mut compared = lanes::compared(run);
    let Some(about) = lanes::summary(&compared, Paint::plain()) else { return html! {} };
    // What is wrong comes first; what is the same is a number.
    let rank = |it: &LanesCompared| match it.outcome {
        LanesOutcome::Different => 0,
        LanesOutcome::Undecided | LanesOutcome::Unknown => 1,
        LanesOutcome::NotCompared | LanesOutcome::Same => 2,
    };
    compared.sort_by_key(rank);
    let list = List {
        id: "lanes",
        title: "Both lanes",
        about: &about,
        columns: &["test", "outcome", "jobs"],
        most: 300,
    };
    list.of(&compared, |compared| row(run, compared))
}

fn row(run: &Recorded, compared: &LanesCompared) -> Markup {
    let (sign, class) = lanes::sign(compared.outcome);
    let number = |job: &str| run.jobs.iter().position(|planned| planned.job == job);
    html! {
        tr {
            th scope="row" { (lanes::name(compared)) }
            td {
                span class={ "sign " (class) } aria-hidden="true" { (sign) }
                " " (lanes::said(compared))
            }
            td {
                @for lane in &compared.lanes {
                    @match number(&lane.job) {
                        Some(number) => a href={ "#" (anchor(number)) } { (lane.backend) },
                        None => (lane.backend),
                    }
                    " "
                }
            }
        }
    }
}

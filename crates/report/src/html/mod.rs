//! A run as one HTML page, for people: it needs no network, no server and no other file.
//!
//! Everything from outside is shown as text. Scripts only hide and show parts; without them
//! everything can be read.

mod durations;
mod failures;
mod flaky;
mod known;
mod lanes;
mod list;
mod matrix;
mod part;
mod timeline;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::part::moment;
use crate::Recorded;
use crate::history::History;
use crate::text::{Took, counted, shown};

/// The page of a run. `before` are earlier runs, the oldest first, for the histories.
pub fn html(run: &Recorded, before: &[Recorded]) -> String {
    let history = History::new(before, run);
    let title = format!("{} · {}", counted(&run.counts()), run.started.run);
    let body = html! {
        (head(run))
        main {
            (lanes::section(run))
            (failures::section(run))
            (known::section(run))
            (matrix::section(run, &history))
            (flaky::section(run, &history))
            (timeline::section(run))
            (durations::section(run, &history))

        }
        script { (PreEscaped(include_str!("page.js"))) }
    };
    frame(&title, ("#jobs", "Skip to the jobs"), &body)
}

/// A page with this title and body, and a link that leads past what comes first.
pub fn frame(title: &str, (to, skip): (&str, &str), body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Even if markup got in here, it could load or send nothing.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                a.skip href=(to) { (skip) }
                (body)
            }
        }
    };
    // Removes control characters and changes of text direction, wherever they come from.
    shown(&page.into_string())
}

fn head(run: &Recorded) -> Markup {
    let counts = run.counts();
    html! {
        header {
            h1 {
                (counted(&counts))
                @if run.finished.is_none() { ": the run was not finished" }
            }
            p.facts {
                @if let Some(began) = run.began { (moment(began)) " · " }
                @if let Some(finished) = &run.finished { (Took(finished.millis)) " · " }
                "on " (run.started.host) " · domi " (run.started.tool)
            }
            @if !run.started.command.is_empty() {
                p { code { (run.started.command.join(" ")) } }
            }
            @for prepared in run.prepared.iter().filter(|prepared| !prepared.why.is_empty()) {
                p.facts {
                    (prepared.backend)
                    @if !prepared.system.is_empty() { " on " (prepared.system) }
                    (match prepared.accelerator.as_str() {
                        "" => String::new(),
                        "kvm" => ", with KVM".to_owned(),
                        "tcg" => ", emulated".to_owned(),
                        other => format!(", by {other}"),
                    })
                    ": " (prepared.why)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

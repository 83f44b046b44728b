//! A section with a table of jobs.

use maud::{Markup, html};

/// The section's title.
pub(super) struct List<'a> {
    /// A word for links.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// One sentence about the listed jobs.
    pub(super) about: &'a str,
    pub(super) columns: &'a [&'a str],
    /// How many jobs are listed.
    pub(super) most: usize,
}

impl List<'_> {
    /// The section, with a row for each job; nothing if there is none.
    pub(super) fn of<T>(&self, jobs: &[T], row: impl Fn(&T) -> Markup) -> Markup {
        let Self { id, title, about, columns, most } = self;
        let title_id = format!("{id}-title");
        let left_out = jobs.len().saturating_sub(*most);
        html! {
            @if !jobs.is_empty() {
                section aria-labelledby=(title_id) {
                    h2 id=(title_id) { (title) }
                    p.facts { (about) }
                    @if left_out > 0 { p.facts { (left_out) " more are not listed" } }
                    div.wide tabindex="0" role="group" aria-label=(title) {
                        table {
                            thead { tr { @for column in *columns { th scope="col" { (column) } } } }
                            tbody { @for job in jobs.iter().take(*most) { (row(job)) } }
                        }
                    }
                }
            }
        }
    }
}

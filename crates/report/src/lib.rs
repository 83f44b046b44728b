//! Shows the events of a run: on a terminal, as JUnit, as a page, and as GitHub wants them. It also
//! merges several runs into one, which is shown like any other, and draws graphs of features.
//!
//! Everything here knows the event stream and nothing else: not the runner, not machines, not
//! files. A report is the same live and from a recorded file. Verdicts are data and go to one
//! stream; progress and remarks go to another.

mod difference;
mod explain;
mod failure;
mod github;
mod graph;
mod history;
mod html;
mod junit;
mod lanes;
mod merge;
mod progress;
mod quarantine;
mod recorded;
mod terminal;
mod text;
mod verdict_style;

pub use difference::{hunks, patch};
pub use explain::{explain, jobs_like, verdict};
pub use github::step_summary;
pub use graph::{
    Graph, Link, Mark, Node, Outline, Row, graph_page, mermaid, outline_mermaid, outline_svg, svg,
};
pub use html::{frame, html};
pub use junit::junit;
pub use merge::{Mismatch, Part, merge};
pub use recorded::{Outcome, Recorded};
pub use terminal::{Talk, Terminal};
pub use text::{Colour, Paint, shown};

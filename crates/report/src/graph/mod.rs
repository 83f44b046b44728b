//! Features and what they have to do with each other, as a picture: for Mermaid, as SVG, as a page.
//!
//! Everything from outside is shown as text. The same graph is always the same picture.

mod layout;
mod mermaid;
mod model;
mod outline;
mod page;
mod svg;

pub use mermaid::mermaid;
pub use model::{Graph, Link, Mark, Node};
pub use outline::{Outline, Row, outline_mermaid, outline_svg};
pub use page::graph_page;
pub use svg::svg;

#[cfg(test)]
mod tests;

/// The name of something else, and the line that names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// The name.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
}

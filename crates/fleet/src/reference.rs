/// The name of something else, and the line that names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// The name.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
}

/// A name of something of another fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign<'n> {
    /// The other fleet: the name of a context.
    pub fleet: &'n str,
    /// The name there.
    pub name: &'n str,
}

impl<'n> Foreign<'n> {
    /// Reads `mill:office`. None where it is a name of this fleet.
    pub fn of(name: &'n str) -> Option<Self> {
        let (fleet, name) = name.split_once(':')?;
        Some(Self { fleet, name })
    }
}

impl Ref {
    /// Whether it names something of another fleet.
    pub(crate) fn is_foreign(&self) -> bool {
        Foreign::of(&self.name).is_some()
    }
}

use crate::FeatureCrate;

/// What the loader is doing, for a person to see.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// Another process builds plugins of this workspace; this one waits for it.
    Waiting,
    /// cargo builds these; cargo itself prints more.
    Building(&'a [&'a FeatureCrate]),
    /// A message of the compiler, ready to be printed.
    Compiler(&'a str),
    /// cargo has ended; it may be started again for another feature.
    Built,
    /// The plugin of this feature is asked.
    Asking(&'a str),
}

//! What a graph is made of.

/// How a feature is shown: never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// All its tests were good when they last ran.
    Good,
    /// One was not.
    Bad,
    /// Of some there is no verdict, or none that decides.
    Open,
    /// There is no such feature here.
    Missing,
}

/// A feature.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name; each has another one.
    pub name: String,
    /// What else is said of it, in a few words.
    pub about: String,
    /// What its tests came to.
    pub mark: Mark,
    /// The same in words.
    pub verdict: String,
    /// Whether the trunk has it.
    pub in_trunk: bool,
}

/// That a feature has to do with another one.
#[derive(Debug, Clone)]
pub struct Link {
    /// Which node it begins at.
    pub from: usize,
    /// Which one it leads to.
    pub to: usize,
    /// How, between the two names: `requires`.
    pub how: String,
    /// Whether one does not go without the other.
    pub is_strong: bool,
    /// Whether the two exclude each other.
    pub is_against: bool,
}

/// Features and what they have to do with each other.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The features.
    pub nodes: Vec<Node>,
    /// What is between them.
    pub links: Vec<Link>,
}

impl Mark {
    /// How it is shown without colour.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Open => "○",
            Self::Missing => "?",
        }
    }

    /// Its class of style.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Open => "none",
            Self::Missing => "odd",
        }
    }
}

impl Link {
    /// Its class of style.
    pub(super) fn class(&self) -> &'static str {
        match (self.is_against, self.is_strong) {
            (true, _) => "against",
            (false, true) => "strong",
            (false, false) => "weak",
        }
    }

    /// As a sentence.
    pub(super) fn sentence(&self, graph: &Graph) -> String {
        format!("{} {} {}", graph.nodes[self.from].name, self.how, graph.nodes[self.to].name)
    }
}

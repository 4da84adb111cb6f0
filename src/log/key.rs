//! What a log is kept under.
#![forbid(unsafe_code)]

/// The name of a run or a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A run.
    Run {
        /// Part of the name: without it, the id opens nothing.
        owner: Option<Box<str>>,
        /// As its caller calls it.
        id: Box<str>,
    },
    /// A channel.
    Channel(Box<str>),
}

impl Key {
    /// A run.
    #[must_use]
    pub fn run(owner: Option<&str>, id: &str) -> Self {
        Self::Run { owner: owner.map(Into::into), id: id.into() }
    }

    /// A channel.
    #[must_use]
    pub fn channel(name: &str) -> Self {
        Self::Channel(name.into())
    }
}

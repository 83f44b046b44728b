//! The next useful step in a repository, from an empty folder on.

pub(super) mod document;
mod fleet;
mod look;
mod picture;
mod repository;
mod step;

use clap::Args;

use crate::failure::Result;
use crate::start::{Run, Start};
use crate::{Exit, out};
use document::Guide as Document;

/// Say what the next useful step here is, with its command and why; change nothing
#[derive(Debug, Args)]
pub(crate) struct Guide {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Run for Guide {
    fn run(self, start: &Start) -> Result<Exit> {
        let picture = look::look(start)?;
        let document = Document::of(&picture);
        let paint = domi_report::Paint::stdout(start.global.color.into());
        out::document(&document, self.json, |document| document::text(document, paint))?;
        Ok(Exit::Pass)
    }
}

#[cfg(test)]
mod tests;

use clap::Args;

use crate::Exit;
use crate::failure::Result;
use crate::start::{Run, Start};
use crate::values::given;

/// Count the features
#[derive(Debug, Args)]
pub(crate) struct Count {
    /// Only features whose name contains this
    #[arg(long, value_name = "TEXT", value_parser = given)]
    name: Option<String>,
}

impl Run for Count {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        let name = self.name.unwrap_or_default();
        let features = context.workspace()?.features;
        data!("{}", features.iter().filter(|feature| feature.name.contains(&name)).count())?;
        Ok(Exit::Pass)
    }
}

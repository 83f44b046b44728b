use clap::Args;
use domi_model::Platform;

use crate::Exit;
use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::setup::{self, Host, Plan};
use crate::start::{Run, Start};
use crate::values::system;

/// Install what this computer lacks to run machines
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Install nothing; print the command that would
    #[arg(long)]
    dry_run: bool,
    /// The systems of the machines [default: this computer's]
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Vec<Platform>,
    #[command(flatten)]
    install: Install,
}

impl Run for Setup {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, _) = start.project()?;
        set_up(context, &self)
    }
}

/// Installs what this computer lacks, or says what it is.
fn set_up(context: &Context, arguments: &Setup) -> Result<Exit> {
    let plan = setup::plan(&Host::this(), &setup::systems(&arguments.system), arguments.install);
    match &plan {
        Plan::Ready => {
            talk!("this computer has all that machines need");
            Ok(Exit::Pass)
        }
        Plan::Install { lacking, commands, .. } if arguments.dry_run => {
            talk!("this computer lacks {}", setup::list(lacking));
            data!("{}", setup::shell(commands))?;
            Ok(Exit::Pass)
        }
        Plan::Install { lacking, commands, automatic: true } => {
            setup::install(context, commands, lacking)?;
            Ok(Exit::Pass)
        }
        _ => Err(context.problems(Exit::Missing, vec![setup::problem(&plan)])),
    }
}

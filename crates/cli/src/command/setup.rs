use clap::Args;
use domi_model::Platform;

use crate::Exit;
use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::setup::{self, Host, Plan, Wanted};
use crate::start::{Run, Start};
use crate::values::system;

/// Install what this computer lacks to run tests
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Install nothing; print the command that would
    #[arg(long)]
    dry_run: bool,
    /// The systems of the machines [default: this computer's]
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    system: Vec<Platform>,
    /// Also what containers need [default: where domi.toml allows them]
    #[arg(long)]
    containers: bool,
    #[command(flatten)]
    install: Install,
}

impl Run for Setup {
    fn run(self, start: &Start) -> Result<Exit> {
        let (context, config) = start.project()?;
        let systems = setup::systems(&self.system);
        let allowed = config.containers.iter().any(|system| systems.contains(system));
        let containers = self.containers || allowed;
        let wanted = Wanted { containers, ..Wanted::machines(systems) };
        set_up(context, &self, &wanted)
    }
}

/// Installs what this computer lacks, or says what it is.
fn set_up(context: &Context, arguments: &Setup, wanted: &Wanted) -> Result<Exit> {
    let plan = setup::plan(&Host::this(), wanted, arguments.install);
    match &plan {
        Plan::Ready => {
            let what =
                if wanted.containers { "machines and containers need" } else { "machines need" };
            talk!("this computer has all that {what}");
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

use crate::Exit;
use crate::args::Setup;
use crate::context::Context;
use crate::failure::Result;
use crate::setup::{self, Host, Plan};

/// Installs what this computer lacks, or says what it is.
pub(crate) fn run(context: &Context, arguments: &Setup) -> Result<Exit> {
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

use crate::Exit;
use crate::args::Explain;
use crate::context::Context;
use crate::failure::Result;

pub(crate) fn run(_: &Context, _: &Explain) -> Result<Exit> {
    Ok(Exit::Pass)
}

use crate::Exit;
use crate::args::Guest;
use crate::context::Context;
use crate::failure::Result;

pub(crate) fn run(_context: &Context, _arguments: &Guest) -> Result<Exit> {
    Err(anyhow::anyhow!("not there yet").into())
}

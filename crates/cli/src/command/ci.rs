use crate::Exit;
use crate::args::Ci;
use crate::context::Context;
use crate::failure::Result;

pub(crate) fn run(_context: &Context, _arguments: &Ci) -> Result<Exit> {
    Err(anyhow::anyhow!("not there yet").into())
}

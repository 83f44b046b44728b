use crate::Exit;
use crate::args::Test;
use crate::context::Context;
use crate::failure::Result;

pub(crate) fn run(_context: &Context, _arguments: &Test) -> Result<Exit> {
    Err(anyhow::anyhow!("not there yet").into())
}

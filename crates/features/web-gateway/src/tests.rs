use domi::prelude::*;

use crate::options::*;

pub(crate) fn all(_cfg: &Expr<WebGateway>, _tests: &mut Tests) {}

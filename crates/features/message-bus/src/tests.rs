use domi::prelude::*;

use crate::options::*;

pub(crate) fn all(_cfg: &Expr<MessageBus>, _tests: &mut Tests) {}

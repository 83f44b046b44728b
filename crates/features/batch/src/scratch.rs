//! The file system in memory, which is there while somebody uses it.

use domi::prelude::*;

use crate::accounts::ID;
use crate::options::*;

/// Where it is.
pub(crate) const SCRATCH: &str = "/run/batch-scratch";

pub(crate) fn all(cfg: &Expr<Batch>, system: &mut System) {
    let size = cfg.scratch().value().size();
    system
        .mount(SCRATCH, "tmpfs")
        .description("Files of jobs in memory")
        .file_system("tmpfs")
        .options(text!("size={size}m,mode=2770,uid={ID},gid={ID},nosuid,nodev"));
    system
        .automount(SCRATCH)
        .description("Files of jobs in memory, once they are wanted")
        .wanted_by("batch.target")
        .before("batch.target")
        .idle_timeout("10min");
}

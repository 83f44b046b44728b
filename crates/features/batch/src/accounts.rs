//! Who runs jobs, and who looks after them.

use domi::prelude::*;

use crate::options::*;

/// The number of the user and of its group: the same on every machine, so that a folder that several have is
/// its own on each. The file system in memory is given to it by that number.
pub(crate) const ID: u32 = 760;

/// The number of the account for people.
const OPERATOR_ID: u32 = 20_760;

pub(crate) fn all(cfg: &Expr<Batch>, system: &mut System) {
    system.user(NAME, "Jobs of people").uid(ID).gid(ID);
    let operator = cfg.operator();
    system.when(operator.enable(), |system| {
        system
            .user("batch-operator", "Looks after the queue of jobs")
            .normal()
            .uid(OPERATOR_ID)
            .gid(OPERATOR_ID)
            .create_home("/var/lib/batch-operator")
            .shell(package("bash").bin("bash"))
            .extra_group(NAME)
            .extra_group("systemd-journal");
        system.command(
            &script("batch-retry", include_str!("scripts/retry.sh")).value("folder", folder(cfg)),
        );
        system.when(operator.remote(), |system| {
            system.nixos("services.openssh.enable").set(true).by_default();
        });
    });
}

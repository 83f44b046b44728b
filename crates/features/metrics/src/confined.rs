//! What all three services have.

use domi::prelude::*;
use domi::{Argv, Service};

/// A service that may use the network, its own folders, and little else.
pub(crate) fn confined(service: Service<'_>) -> Service<'_> {
    service
        .wanted_by("multi-user.target")
        .wants("network-online.target")
        .after("network-online.target")
        .config("Type", "exec")
        .restart_on_failure()
        .config("LimitNOFILE", 16384)
        .confined()
        // All of them say of themselves when the computer started, which is in `/proc/stat`.
        .config("ProcSubset", "all")
}

/// A command that has the service read its configuration again.
pub(crate) fn hang_up() -> Argv {
    argv!["/bin/sh", "-c", "kill -HUP \"$1\"", "sh", main_pid()]
}

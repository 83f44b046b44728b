//! What a service is kept from.

use crate::IntoSetting;
use crate::unit::Service;

impl Service<'_> {
    /// Keeps the service from most of what a service has no business with. It can still use the
    /// network, and write to its own folders. What is set by [`config`](crate::Unit::config), before
    /// or after, wins.
    pub fn hardened(self) -> Self {
        self.defaults(HARDENED)
    }

    /// Keeps the service from everything that a server without privileges does not need: what
    /// [`hardened`](Service::hardened) does, and besides it the service has no capabilities, sees no
    /// other user and no process of one, makes no memory executable that it can write, and calls the
    /// kernel only for what services of systemd's group `@system-service` do. What is set by
    /// [`config`](crate::Unit::config), before or after, wins: a server of a port below 1024 sets
    /// `AmbientCapabilities` and `CapabilityBoundingSet`, and `PrivateUsers` to false.
    ///
    /// Which kinds of sockets it may open is its own to say, by `RestrictAddressFamilies`.
    pub fn confined(self) -> Self {
        self.defaults(HARDENED).defaults(CONFINED)
    }

    fn defaults(mut self, settings: &[(&str, Fixed)]) -> Self {
        for (key, value) in settings {
            let setting = match value {
                Fixed::Yes => true.into_setting(),
                Fixed::Text(text) => text.into_setting(),
                Fixed::List(texts) => texts.to_vec().into_setting(),
            };
            self.keys.set_default(self.model, key, setting);
        }
        self
    }
}

/// What a key is set to, where nobody says otherwise.
enum Fixed {
    Yes,
    Text(&'static str),
    List(&'static [&'static str]),
}

const HARDENED: &[(&str, Fixed)] = &[
    ("LockPersonality", Fixed::Yes),
    ("NoNewPrivileges", Fixed::Yes),
    ("PrivateDevices", Fixed::Yes),
    ("PrivateTmp", Fixed::Yes),
    ("ProtectClock", Fixed::Yes),
    ("ProtectControlGroups", Fixed::Yes),
    ("ProtectHome", Fixed::Yes),
    ("ProtectHostname", Fixed::Yes),
    ("ProtectKernelLogs", Fixed::Yes),
    ("ProtectKernelModules", Fixed::Yes),
    ("ProtectKernelTunables", Fixed::Yes),
    ("ProtectSystem", Fixed::Text("strict")),
    ("RestrictNamespaces", Fixed::Yes),
    ("RestrictRealtime", Fixed::Yes),
    ("RestrictSUIDSGID", Fixed::Yes),
    ("SystemCallArchitectures", Fixed::Text("native")),
    ("UMask", Fixed::Text("0077")),
];

const CONFINED: &[(&str, Fixed)] = &[
    ("CapabilityBoundingSet", Fixed::Text("")),
    ("MemoryDenyWriteExecute", Fixed::Yes),
    ("PrivateUsers", Fixed::Yes),
    ("ProcSubset", Fixed::Text("pid")),
    ("ProtectProc", Fixed::Text("invisible")),
    ("RemoveIPC", Fixed::Yes),
    // A call that is not there is refused, rather than the end of the process.
    ("SystemCallErrorNumber", Fixed::Text("EPERM")),
    ("SystemCallFilter", Fixed::List(&["@system-service", "~@privileged @resources"])),
];

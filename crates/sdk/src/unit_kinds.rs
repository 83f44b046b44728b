//! What only units of one kind have.

use crate::unit::kinds;
use crate::{IntoSetting, Timer, Unit};

macro_rules! timer_keys {
    ($($(#[$doc:meta])* $method:ident: $key:literal;)+) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $method<S: IntoSetting>(self, value: S) -> Self {
                self.config($key, value)
            }
        )+
    };
}

impl Unit<'_, kinds::Mount> {
    /// Says what type of file system it is, such as `nfs`.
    #[track_caller]
    pub fn file_system<S: IntoSetting>(self, value: S) -> Self {
        self.config("Type", value)
    }

    /// Gives options of the mount, with commas between them: `ro,noatime`.
    #[track_caller]
    pub fn options<S: IntoSetting>(self, value: S) -> Self {
        self.config("Options", value)
    }
}

impl Unit<'_, kinds::Automount> {
    /// Unmounts after a time span in which nobody has used it.
    #[track_caller]
    pub fn idle_timeout<S: IntoSetting>(self, value: S) -> Self {
        self.config("TimeoutIdleSec", value)
    }
}

/// The full name of the mount at a path, for relations of other units: `srv-data.mount`.
pub fn mount_unit(path: &str) -> String {
    format!("{}.mount", domi_model::names::path_unit(path))
}

impl Timer<'_> {
    timer_keys! {
        /// Runs at times of the calendar, as `systemd.time(7)` writes them: `daily`.
        on_calendar: "OnCalendar";
        /// Runs a time span after the machine has started.
        on_boot: "OnBootSec";
        /// Runs a time span after it was last started.
        on_unit_active: "OnUnitActiveSec";
        /// Spreads runs over a time span.
        randomized_delay: "RandomizedDelaySec";
    }

    /// Makes up at the next start for a run that was missed.
    #[track_caller]
    pub fn persistent(self) -> Self {
        self.config("Persistent", true)
    }
}

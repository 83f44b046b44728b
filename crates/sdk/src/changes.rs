//! What becomes of a unit that runs while the machine's configuration changes.

use domi_model::IfChanged;

use crate::unit::kinds;
use crate::{IntoText, Service, Unit};

/// The kinds of units that restart when a value changes.
#[diagnostic::on_unimplemented(
    message = "units of the kind `{Self}` do not restart when a value changes",
    label = "no triggers here",
    note = "NixOS calls mounts by no name, and says itself when units of the machine restart; a \
            service that requires the unit can have the trigger"
)]
pub trait Triggered {}

impl Triggered for kinds::Service {}
impl Triggered for kinds::Timer {}
impl Triggered for kinds::Socket {}
impl Triggered for kinds::Path {}
impl Triggered for kinds::Slice {}
impl Triggered for kinds::Target {}

impl<K> Unit<'_, K> {
    /// Restarts it, where it runs, when a value is another one than before: an option, or a file
    /// that the feature makes, such as [`text_file`](crate::text_file). What is in the unit file
    /// itself needs no trigger. NixOS does so when it switches to another configuration.
    pub fn restart_trigger(self, value: impl IntoText) -> Self
    where
        K: Triggered,
    {
        self.model.changes.restart_triggers.push(value.into_text());
        self
    }
}

impl Service<'_> {
    /// Reloads it, where it runs, when a value is another one than before and nothing else of the
    /// service is. It then has a command with [`reload`](Self::reload).
    pub fn reload_trigger(self, value: impl IntoText) -> Self {
        self.model.changes.reload_triggers.push(value.into_text());
        self
    }

    /// Says what it does when it has changed while it runs, in place of being stopped and, once
    /// everything else has been changed, started again.
    #[track_caller]
    pub fn if_changed(mut self, what: IfChanged) -> Self {
        if self.once("what it does when it has changed") {
            self.model.changes.if_changed = Some(what);
        }
        self
    }
}

//! What a unit does when something has changed.

use super::Validator;
use crate::codes::BAD_SYSTEM;
use crate::context::Context;
use crate::{Changes, IfChanged, Unit, UnitKind};

impl Validator<'_> {
    /// Checks that NixOS knows what is said, and that a service which is to reload can.
    pub(super) fn changes(&mut self, unit: &Unit, subject: &str, context: &Context<'_>) {
        let Changes { restart_triggers, reload_triggers, if_changed } = &unit.changes;
        let place = unit.place.as_ref();
        for (list, key) in
            [(restart_triggers, "restartTriggers"), (reload_triggers, "reloadTriggers")]
        {
            for trigger in list {
                let result = context.expect_text(trigger);
                self.typed(subject, place, result.map_err(|fault| format!("{key}: {fault}")));
            }
        }
        if unit.changes.is_plain() {
            return;
        }
        let mut wrong = |message: &str| {
            self.add_at(BAD_SYSTEM, subject, message.to_owned(), place);
        };
        if unit.drop_in {
            return wrong(
                "a drop-in says nothing of changes: NixOS itself says when it restarts this unit",
            );
        }
        if unit.kind.is_path() {
            return wrong("a mount has no triggers: NixOS gives mounts no names to call them by");
        }
        let reloads = !reload_triggers.is_empty() || *if_changed == Some(IfChanged::Reload);
        if unit.kind != UnitKind::Service {
            if !reload_triggers.is_empty() || if_changed.is_some() {
                wrong("only a service reloads, or is restarted in another way than by default");
            }
            return;
        }
        if reloads && !unit.can_reload() {
            wrong("nothing says how it reloads: give it an `ExecReload` without a condition");
        }
        if !reload_triggers.is_empty() && if_changed.is_some() {
            wrong(
                "triggers of a reload are for a service that is restarted when anything else \
                 changes; this one says of all changes what it does",
            );
        }
    }
}

impl Unit {
    /// Whether systemd can reload the service, whatever the settings.
    fn can_reload(&self) -> bool {
        let commands = self.commands.get("ExecReload").map_or(&[][..], Vec::as_slice);
        commands.iter().any(|command| command.when.is_none())
    }
}

//! What speaks to the store in tests.

use std::time::Duration;

use domi::Machines;

pub(super) const UNIT: &str = "event-store.service";

pub(super) trait WaitForStore {
    /// Waits until the store has started. The first initialisation takes some seconds, but minutes on a
    /// slow machine.
    fn wait_for_store(self) -> Self;
}

impl WaitForStore for Machines<'_> {
    #[track_caller]
    fn wait_for_store(self) -> Self {
        self.wait_for_unit(UNIT).with_limit(Duration::from_secs(330))
    }
}

/// A command that asks PostgreSQL as a role with a password.
pub(super) fn by(role: &str, sql: &str) -> String {
    let sql = quoted(sql);
    format!(
        "PGPASSWORD=$(cat /run/secrets/{role}) psql -X -q -A -t -h /run/event-store -U {role} -d \
         events -c {sql}"
    )
}

/// A command that asks PostgreSQL as a user of the machine.
pub(super) fn user(name: &str, sql: &str) -> String {
    let sql = quoted(sql);
    format!("runuser -u {name} -- psql -X -q -A -t -h /run/event-store -d events -c {sql}")
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A command that fails, and prints why.
pub(super) fn refused(command: &str) -> String {
    format!("if {command} 2>&1; then echo taken; fi")
}

/// A call that appends an event with a number.
pub(super) fn append(stream: &str, expected: &str, number: u32) -> String {
    format!(
        "select (events.append('{stream}', {expected}, 'added', '{{\"amount\": \
         {number}}}')).position"
    )
}

/// A command that appends events of one stream, and prints the position of each that was
/// acknowledged.
pub(super) fn append_many(from: u32, to: u32) -> String {
    let call = append("many", "&", 1).replace('"', "\\\"");
    let shop = by("shop", "").replace(" -c ''", "");
    format!("seq {} {} | sed \"s/.*/{call};/\" | {shop}", from - 1, to - 1)
}

/// How many events there are, and the last position and version.
pub(super) const COUNT: &str = "select count(*), max(position), max(version) from events.read(0)";

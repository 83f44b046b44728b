//! What speaks to the bus in tests.

/// A client, as no distribution packages one.
pub(super) const CLIENT: &str = include_str!("bus.py");

/// The bcrypt hash of `secret`.
pub(super) const HASH: &str = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

/// A command of the client.
pub(super) fn bus(url: &str, command: &str) -> String {
    format!("python3 -I /etc/bus.py {url} {command}")
}

/// A stream with the name that its one subject has.
pub(super) fn stream(name: &str, replicas: u32) -> String {
    format!(
        "api STREAM.CREATE.{name} '{{\"name\": \"{name}\", \"subjects\": [\"{name}\"], \
         \"num_replicas\": {replicas}}}'"
    )
}

/// The version of the stream that this crate writes.
pub const SCHEMA: &str = "domi.event/1";

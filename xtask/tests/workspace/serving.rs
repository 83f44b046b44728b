//! The greeting with more of a system.

use crate::workspace::GREETING;

/// A feature with a service, a user and a port, and an option that must be set.
pub(crate) fn serving() -> String {
    let with = [
        (
            r#""options": ["#,
            r#""options": [
    { "name": "port", "type": "port", "description": "Where it listens." },
    {
      "name": "full", "type": "str", "description": "All of it.",
      "default": { "text": [{ "option": ["text"] }, { "literal": "!" }] }
    },"#,
        ),
        (
            r#""system": {"#,
            r#""system": {
    "units": [{ "name": { "literal": "greeting" }, "kind": "service",
      "wantedBy": [{ "literal": "multi-user.target" }],
      "commands": { "ExecStart": [{ "argv": { "list": [{ "literal": "/usr/bin/env" }, { "literal": "true" }] } }] } }],
    "users": [{ "name": { "literal": "greeter" }, "group": { "literal": "greeter" },
      "description": { "literal": "It greets" } }],
    "groups": [{ "name": { "literal": "greeter" } }],
    "firewall": [{ "protocol": "tcp", "ports": { "list": [{ "option": ["port"] }] } }],"#,
        ),
        (r#"["x86_64-linux"]"#, r#"["x86_64-linux", "aarch64-linux"]"#),
    ];
    with.into_iter().fold(GREETING.to_owned(), |text, (from, to)| text.replace(from, to))
}

//! The texts of unit files, as NixOS writes them.

use std::collections::BTreeMap;
use std::fmt::Write;

use domi_model::{IfChanged, UnitKind};

use super::section::Section;
use crate::escape::json_string;

/// What is in the section of a unit's own kind.
pub(super) struct Own<'a> {
    /// Its environment variables.
    pub(super) environment: &'a BTreeMap<String, String>,
    /// What it does when it has changed.
    pub(super) if_changed: Option<IfChanged>,
    /// Its other keys.
    pub(super) section: &'a Section,
}

/// A unit of the feature's own.
pub(super) fn render(
    kind: UnitKind,
    unit: &Section,
    own: &Own<'_>,
    wanted_by: &[String],
) -> String {
    let mut out = format!("[Unit]\n{}\n", unit.render());
    let Some(section) = kind.section() else {
        // NixOS leaves out `[Install]` for a target; the links in `.wants` say it anyway.
        return out;
    };
    writeln!(out, "[{section}]").expect("writing to a String cannot fail");
    out.push_str(&variables(own.environment));
    out.extend(own.if_changed.map(|it| format!("{}\n", it.line())));
    out.push_str(&own.section.render());
    // What NixOS leaves behind the section: nothing for services, and for sockets also the lines
    // of two lists that are empty here.
    out.push_str(match kind {
        UnitKind::Service => "",
        UnitKind::Socket => "\n\n\n",
        _ => "\n",
    });
    if !wanted_by.is_empty() {
        let names = wanted_by.join(" ");
        write!(out, "\n[Install]\nWantedBy={names}\n").expect("writing to a String cannot fail");
    }
    out
}

/// A drop-in: the sections that have something.
pub(super) fn render_drop_in(
    kind: UnitKind,
    unit: &Section,
    environment: &BTreeMap<String, String>,
    own: &Section,
) -> String {
    let own_text = variables(environment) + &own.render();
    let mut sections = Vec::new();
    for (name, text) in [(Some("Unit"), unit.render()), (kind.section(), own_text)] {
        if let (Some(name), false) = (name, text.is_empty()) {
            sections.push(format!("[{name}]\n{text}"));
        }
    }
    sections.join("\n")
}

/// The lines that set environment variables.
fn variables(environment: &BTreeMap<String, String>) -> String {
    environment.iter().map(|(name, value)| variable(name, value)).collect()
}

/// The line that sets an environment variable.
pub(super) fn variable(name: &str, value: &str) -> String {
    format!("Environment={}\n", json_string(&format!("{name}={value}")))
}

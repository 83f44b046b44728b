//! Statements as documents.

use std::io;

use oxjsonld::JsonLdSerializer;
use oxrdf::{Dataset, Quad, QuadRef, Triple};
use oxttl::TurtleSerializer;

use crate::Base;
use crate::graph::prefixes;

/// What must hold of the statements of a fleet, in SHACL.
pub const SHAPES: &str = include_str!("shapes.ttl");

/// Statements as Turtle, in one order.
///
/// # Errors
/// Those of the library that writes.
pub fn turtle(statements: &Dataset, base: &Base) -> io::Result<String> {
    let mut serializer = TurtleSerializer::new();
    for (name, iri) in prefixes(base) {
        serializer = serializer.with_prefix(name, iri).map_err(io::Error::other)?;
    }
    let mut writer = serializer.for_writer(Vec::new());
    for quad in ordered(statements) {
        writer.serialize_triple(&Triple::from(quad))?;
    }
    text(writer.finish()?)
}

/// Statements as JSON-LD, in one order.
///
/// # Errors
/// Those of the library that writes.
pub fn json_ld(statements: &Dataset, base: &Base) -> io::Result<String> {
    let mut serializer = JsonLdSerializer::new();
    for (name, iri) in prefixes(base) {
        serializer = serializer.with_prefix(name, iri).map_err(io::Error::other)?;
    }
    let mut writer = serializer.for_writer(Vec::new());
    for quad in ordered(statements) {
        writer.serialize_quad(&quad)?;
    }
    text(writer.finish()?)
}

fn ordered(statements: &Dataset) -> Vec<Quad> {
    let mut quads: Vec<Quad> = statements.iter().map(QuadRef::into_owned).collect();
    quads.sort_by_cached_key(ToString::to_string);
    quads
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    Ok(text.trim_end().to_owned() + "\n")
}

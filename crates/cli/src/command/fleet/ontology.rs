//! What a fleet says, as linked data.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use domi_fleet_log::Log;
use domi_fleet_ontology::{Base, Dataset, SHAPES, Said, json_ld, turtle, vocabulary};

use super::shared::{read, sound};
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::Known;
use crate::request::FleetRequest;
use crate::values::given;
use crate::{Exit, out};

/// What is printed, and how.
#[derive(Debug, Args)]
pub(super) struct Ontology {
    /// What is printed: turtle or json-ld
    #[arg(long, value_name = "FORMAT", default_value = "turtle", hide_possible_values = true)]
    format: Format,
    /// Print the words and relations alone, which are the same for every fleet
    #[arg(long, conflicts_with = "shapes")]
    words: bool,
    /// Print what must hold, as shapes of SHACL
    #[arg(long, conflicts_with = "format")]
    shapes: bool,
    /// What things are named from [default: https://fleet.invalid/]
    #[arg(long, value_name = "IRI", value_parser = given)]
    base: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Turtle,
    JsonLd,
}

/// Prints it.
pub(super) fn run(context: &Context, request: &FleetRequest, asked: &Ontology) -> Result<Exit> {
    let base = base(context, asked.base.as_deref())?;
    if asked.shapes {
        out::data(format_args!("{SHAPES}"))?;
        return Ok(Exit::Pass);
    }
    let statements = match asked.words {
        true => vocabulary(),
        false => everything(context, request, &base)?,
    };
    let text = match asked.format {
        Format::Turtle => turtle(&statements, &base),
        Format::JsonLd => json_ld(&statements, &base),
    };
    let text = text.context("writing statements")?;
    out::data(format_args!("{text}"))?;
    Ok(Exit::Pass)
}

/// What the things of the fleet are named from.
pub(super) fn base(context: &Context, text: Option<&str>) -> Result<Base> {
    let base = text.map_or_else(|| Ok(Base::default()), Base::new);
    base.map_err(|problem| context.problems(Exit::Usage, vec![*problem]))
}

/// The words, and all that the fleet and its log say.
pub(super) fn everything(
    context: &Context,
    request: &FleetRequest,
    base: &Base,
) -> Result<Dataset> {
    let known = sound(context, request)?;
    let log = read(context, request)?;
    Ok(said(&known, &log, base))
}

/// The words, and all that a fleet and its log say.
pub(super) fn said(known: &Known, log: &Log, base: &Base) -> Dataset {
    let said = Said { fleet: &known.fleet, hosts: &known.projected.hosts, log, base };
    let mut statements = said.statements();
    statements.extend(vocabulary().iter());
    statements
}

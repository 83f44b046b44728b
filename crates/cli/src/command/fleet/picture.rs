//! Pictures of a fleet, and the page on which it is searched.

use clap::{Args, ValueEnum};
use domi_fleet_picture::{View, explorer, outline};
use domi_report::{outline_mermaid, outline_svg};

use super::shared::sound;
use crate::context::Context;
use crate::failure::Result;
use crate::request::FleetRequest;
use crate::{Exit, out};

/// What is drawn, and how.
#[derive(Debug, Args)]
pub(super) struct Picture {
    /// What is drawn: organisation, topology, places, reach or relationships
    #[arg(value_name = "WHAT", hide_possible_values = true)]
    what: What,
    /// What is printed: svg or mermaid
    #[arg(long, value_name = "FORMAT", default_value = "svg", hide_possible_values = true)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    Organisation,
    Topology,
    Places,
    Reach,
    Relationships,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Svg,
    Mermaid,
}

/// Prints a picture.
pub(super) fn picture(
    context: &Context,
    request: &FleetRequest,
    picture: &Picture,
) -> Result<Exit> {
    let known = sound(context, request)?;
    let view = match picture.what {
        What::Organisation => View::Organisation,
        What::Topology => View::Topology,
        What::Places => View::Places,
        What::Reach => View::Reach,
        What::Relationships => View::Relationships,
    };
    let outline = outline(view, &known.fleet, &known.projected.hosts);
    let text = match picture.format {
        Format::Svg => outline_svg(&outline),
        Format::Mermaid => outline_mermaid(&outline),
    };
    out::data(format_args!("{text}"))?;
    Ok(Exit::Pass)
}

/// Prints the page.
pub(super) fn page(context: &Context, request: &FleetRequest) -> Result<Exit> {
    let known = sound(context, request)?;
    let page = explorer(&known.fleet, &known.projected.hosts, &|file| request.shown(file))?;
    out::data(format_args!("{page}"))?;
    Ok(Exit::Pass)
}

//! The stored images and layers.

use std::time::{Duration, SystemTime};

use domi_guest::{Entry, Kind, Prune};
use serde_json::json;

use crate::context::Context;
use crate::failure::Result;
use crate::{Exit, guests};

pub(super) fn list(context: &Context, as_json: bool) -> Result<Exit> {
    let entries = guests::stored(context)?.list()?;
    if as_json {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| {
                json!({
                    "key": entry.key,
                    "kind": entry.kind,
                    "packages": entry.packages,
                    "bytes": entry.bytes,
                    "unusedSeconds": age(entry).as_secs(),
                    "inUse": entry.in_use,
                })
            })
            .collect();
        data!("{:#}", json!(entries))?;
    } else {
        entries.iter().try_for_each(|entry| data!("{}", line(entry)))?;
        if entries.is_empty() {
            talk!("nothing is stored");
        }
    }
    Ok(Exit::Pass)
}

/// An entry for a person: `3f2a…  layer    41 MiB  2 h ago    lighttpd, rsync`.
fn line(entry: &Entry) -> String {
    let kind = match entry.kind {
        Some(Kind::Image) => "image",
        Some(Kind::Layer) => "layer",
        Some(Kind::Nixos) => "nixos",
        Some(Kind::Booted) => "booted",
        Some(Kind::Store) => "store",
        None => "damaged",
    };
    let age = match age(entry).as_secs() {
        _ if entry.in_use => "in use".to_owned(),
        0..60 => "now".to_owned(),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    };
    let key = entry.key.get(..12).unwrap_or(&entry.key);
    let mib = entry.bytes >> 20;
    let line = format!("{key}  {kind:7}  {mib:5} MiB  {age:10}  {}", entry.packages.join(", "));
    line.trim_end().to_owned()
}

fn age(entry: &Entry) -> Duration {
    SystemTime::now().duration_since(entry.last_used).unwrap_or_default()
}

pub(super) fn prune(context: &Context, unused_for: Option<Duration>) -> Result<Exit> {
    let what = unused_for.map_or(Prune::All, Prune::UnusedFor);
    let gone = guests::stored(context)?.prune(what)?;
    gone.iter().try_for_each(|entry| data!("removed {}", line(entry)))?;
    let bytes: u64 = gone.iter().map(|entry| entry.bytes).sum();
    talk!("{} MiB freed", bytes >> 20);
    Ok(Exit::Pass)
}

pub(super) fn verify(context: &Context) -> Result<Exit> {
    let guests = guests::stored(context)?;
    let stored = guests.list()?.len();
    let gone = guests.verify()?;
    gone.iter().try_for_each(|(entry, why)| data!("removed {}: {why}", line(entry)))?;
    talk!("{stored} checked, {} damaged", gone.len());
    Ok(Exit::Pass)
}

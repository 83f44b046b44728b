//! What a host of the fleet has of features.

use std::collections::BTreeMap;

use domi_model::{Platform, Value};

use super::super::fleet;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::no_host;
use crate::request::FleetRequest;

/// A host, as far as a machine for a person at a terminal follows from it.
pub(super) struct OfHost {
    pub(super) name: String,
    pub(super) system: Platform,
    /// The settings of each of its features.
    pub(super) settings: BTreeMap<String, BTreeMap<String, Value>>,
}

impl OfHost {
    /// The host of this name.
    pub(super) fn find(context: &Context, request: &FleetRequest, name: &str) -> Result<Self> {
        let known = fleet::sound(context, request)?;
        let hosts = known.projected.hosts;
        let names: Vec<String> = hosts.iter().map(|host| host.name.clone()).collect();
        let Some(host) = hosts.into_iter().find(|host| host.name == name) else {
            let names = names.iter().map(String::as_str);
            let problem = no_host(format!("--host {name}"), name, names);
            return Err(context.problems(Exit::Usage, vec![problem]));
        };
        Ok(Self { name: host.name, system: host.system, settings: host.features })
    }

    /// The names of its features.
    pub(super) fn features(&self) -> Vec<String> {
        self.settings.keys().cloned().collect()
    }
}

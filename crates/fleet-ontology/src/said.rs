//! All that a fleet says.

use domi_fleet::Fleet;
use domi_fleet_files::HostFacts;
use domi_fleet_log::Log;
use oxrdf::Dataset;

use crate::graph::Statements;
use crate::{Base, events, hosts, things};

/// What is known of a fleet.
#[derive(Debug, Clone, Copy)]
pub struct Said<'f> {
    /// What its files say.
    pub fleet: &'f Fleet,
    /// What follows for its hosts.
    pub hosts: &'f [HostFacts],
    /// What was recorded.
    pub log: &'f Log,
    /// What its things are named from.
    pub base: &'f Base,
}

impl Said<'_> {
    /// Everything as statements.
    pub fn statements(&self) -> Dataset {
        let mut statements = Statements::default();
        things::say(&mut statements, self.base, self.fleet);
        hosts::say(&mut statements, self.base, self.hosts);
        events::say(&mut statements, self.base, &self.log.events);
        statements.0
    }
}

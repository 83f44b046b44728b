//! What follows for hosts, as statements. No value of a setting is among them.

use domi_fleet::{Folder, Kind, folder_of};
use domi_fleet_files::HostFacts;

use crate::base::Base;
use crate::graph::Statements;

/// Says what follows for each host.
pub(crate) fn say(statements: &mut Statements, base: &Base, hosts: &[HostFacts]) {
    for facts in hosts {
        let it = base.named(&[Kind::Host.word(), &facts.name]);
        // The innermost; those around it are said of it.
        if let Some(unit) = facts.units.last() {
            statements.to(&it, "unit", base.named(&[Kind::Organization.word(), unit]));
        }
        if let Some(location) = facts.locations.last() {
            statements.to(&it, "location", base.named(&[Kind::Location.word(), location]));
        }
        statements.text(&it, "domainName", &facts.domain);
        for name in facts.features.keys() {
            let feature = base.named(&["feature", name]);
            statements.is_a(&feature, "Feature");
            statements.label(&feature, name);
            statements.text(&feature, "name", name);
            statements.to(&it, "feature", feature);
        }
        statements.ports(&it, "opensPort", &facts.open.tcp, &facts.open.udp);
        for name in facts.secrets.keys() {
            statements.to(&it, "holds", base.named(&[Kind::Secret.word(), name]));
        }
        for name in facts.constants.keys() {
            statements.to(&it, "hasConstant", base.named(&[Kind::Constant.word(), name]));
        }
        for name in &facts.homes {
            statements.to(&it, "hasHome", base.named(&[Kind::Home.word(), name]));
        }
        for name in &facts.applications {
            let application = base.named(&[Kind::Application.word(), name]);
            statements.to(&it, "runsApplication", application);
        }
        for login in &facts.logins {
            let access = base.named(&["access", &facts.name, &login.user]);
            statements.is_a(&access, "Access");
            statements.to(&access, "onHost", it.clone());
            statements.to(&access, "asUser", base.named(&[Kind::User.word(), &login.user]));
            let principal = base.named(&[Kind::Person.word(), &login.principal]);
            statements.to(&access, "principal", principal);
            statements.text(&access, "may", login.may.as_str());
            if let Some(policy) = policy(&login.because) {
                let because = base.named(&[Kind::Authorization.word(), policy]);
                statements.to(&access, "because", because);
            }
        }
    }
}

/// The name of the policy that a file describes.
fn policy(file: &str) -> Option<&str> {
    let is_one = folder_of(file) == Folder::Of(Kind::Authorization);
    is_one.then(|| file.rsplit('/').next()?.strip_suffix(".toml")).flatten()
}

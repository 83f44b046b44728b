//! What is added to services that settings name.

use domi::prelude::*;

/// Adds to services.
#[derive(Options)]
struct Added {
    /// The services.
    #[option(default = attrs! {})]
    services: BTreeMap<String, bool>,
}

impl Feature for Added {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.when(!cfg.services().is_empty(), |system| {
            system.add_to_services(cfg.services(), |service, alone| {
                service.config("PrivateTmp", true).config_when(alone, "PrivateNetwork", true);
            });
        });
    }

    fn tests(_: &Expr<Self>, _: &mut Tests) {}
}

#[test]
fn services_are_added_to_by_the_names_that_are_set() {
    let of = domi::Crate {
        name: "added",
        version: "1.2.3",
        description: "Adds to services",
        authors: "",
        folder: "/nowhere",
        cargo_toml: "package.metadata.domi = { kind = 'security' }",
    };
    let (manifest, problems) = domi::manifest::<Added>(&of);
    assert!(problems.is_empty(), "{problems:?}");
    let unit = &manifest.system.units[0];
    assert!(unit.adds_to_each() && unit.scope.when.is_some());
    let place = unit.place.as_ref().unwrap();
    assert!(place.file.ends_with("tests/added.rs"), "{place}");
    let keys: Vec<_> = unit.config.keys().collect();
    assert_eq!(keys, ["PrivateNetwork", "PrivateTmp"]);
    let wanted = serde_json::json!({ "variable": { "name": "service" } });
    let when = serde_json::to_value(&unit.config["PrivateNetwork"].when).unwrap();
    assert_eq!(when, wanted);
}

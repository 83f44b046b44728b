//! Everything in a manifest that says where it was written.

use crate::{Manifest, OptionDecl, Place, System, TestBody, Type};

impl Manifest {
    /// Visits the place of everything that may have one, whether it has or not.
    pub fn places_mut(&mut self, visit: &mut dyn FnMut(&mut Option<Place>)) {
        options_mut(&mut self.options, &mut |option| visit(&mut option.place));
        self.assertions.iter_mut().for_each(|it| visit(&mut it.place));
        self.warnings.iter_mut().for_each(|it| visit(&mut it.place));
        let Self { requires, wants, conflicts, .. } = self;
        requires.iter_mut().chain(wants).chain(conflicts).for_each(|it| visit(&mut it.place));
        for known in self.neighbours.values_mut() {
            visit(&mut known.place);
            let all = known.sets.iter_mut().chain(&mut known.reads);
            all.for_each(|it| it.ty.options_mut(&mut |option| visit(&mut option.place)));
        }
        let System { units, claims, settings, nixos, .. } = &mut self.system;
        units.iter_mut().for_each(|it| visit(&mut it.place));
        claims.iter_mut().for_each(|it| visit(&mut it.place));
        settings.iter_mut().for_each(|it| visit(&mut it.place));
        nixos.iter_mut().for_each(|it| visit(&mut it.place));
        for test in &mut self.tests {
            visit(&mut test.place);
            if let TestBody::Run(run) = &mut test.body {
                run.steps.iter_mut().for_each(|step| visit(&mut step.place));
            }
        }
    }
}

impl Type {
    /// Visits the options within it, and those within their types.
    pub fn options_mut(&mut self, visit: &mut dyn FnMut(&mut OptionDecl)) {
        match self {
            Self::ListOf(ty)
            | Self::NonEmptyListOf(ty)
            | Self::AttrsOf(ty)
            | Self::LazyAttrsOf(ty)
            | Self::NullOr(ty) => ty.options_mut(visit),
            Self::Coerced(it) => {
                it.from.options_mut(visit);
                it.to.options_mut(visit);
            }
            Self::OneOf(types) => types.iter_mut().for_each(|ty| ty.options_mut(visit)),
            Self::Submodule(submodule) => options_mut(&mut submodule.options, visit),
            Self::Settings(settings) => options_mut(&mut settings.options, visit),
            Self::AttrTag(variants) => {
                variants.iter_mut().for_each(|it| it.ty.options_mut(visit));
            }
            Self::Bool
            | Self::Int(_)
            | Self::Port
            | Self::Float
            | Self::Number(_)
            | Self::Str
            | Self::NonEmptyStr
            | Self::SingleLineStr
            | Self::Lines
            | Self::SeparatedStr(_)
            | Self::IntEnum(_)
            | Self::StrMatching(_)
            | Self::Enum(_)
            | Self::Path(_)
            | Self::Package
            | Self::Anything => {}
        }
    }
}

fn options_mut(options: &mut [OptionDecl], visit: &mut dyn FnMut(&mut OptionDecl)) {
    for option in options {
        visit(option);
        option.ty.options_mut(visit);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    /// A manifest in which everything that may have a place has one.
    fn manifest() -> Value {
        let place = json!({ "file": "src/main.rs", "line": 1 });
        let option = |name: &str, ty: Value| json!({ "name": name, "type": ty, "description": "", "place": place });
        let within = option(
            "b",
            json!({ "listOf": { "submodule": { "options": [option("c", json!("str"))] } } }),
        );
        let yes = json!({ "literal": true });
        let text = json!({ "literal": "text" });
        let neighbour = json!([{ "feature": "other", "place": place }]);
        let known = json!([{ "option": ["d"], "type": { "submodule": { "options": [within] } } }]);
        json!({
            "schema": crate::SCHEMA,
            "feature": { "name": "x", "kind": "services", "version": "0.1.0", "maturity": "dev",
                         "platforms": ["x86_64-linux"], "summary": "" },
            "options": [option("a", json!({ "submodule": { "options": [within] } }))],
            "assertions": [{ "condition": yes, "message": text, "place": place }],
            "warnings": [{ "when": yes, "message": text, "place": place }],
            "requires": neighbour, "wants": neighbour, "conflicts": neighbour,
            "neighbours": { "other": { "kind": "services", "sets": known, "reads": known, "place": place } },
            "system": {
                "units": [{ "name": text, "kind": "service", "place": place }],
                "claims": [{ "kind": "path", "values": { "list": [text] }, "place": place }],
                "settings": [{ "feature": "other", "option": ["d"], "value": text, "place": place }],
                "nixos": [{ "option": ["services", "x"], "value": text, "place": place }],
            },
            "tests": [{ "name": "t", "place": place, "body": { "run": {
                "machines": { "m": {} },
                "steps": [{ "machine": "m", "action": "reboot", "place": place }],
            } } }],
        })
    }

    #[test]
    fn every_place_is_visited() {
        let text = manifest();
        let places = text.to_string().matches("\"place\"").count();
        let mut manifest: Manifest = serde_json::from_value(text).expect("a manifest");
        let mut seen = 0;
        manifest.places_mut(&mut |place| {
            seen += usize::from(place.is_some());
            *place = None;
        });
        assert_eq!(seen, places);
        let left = serde_json::to_string(&manifest).expect("JSON");
        assert!(!left.contains("\"place\""), "{left}");
    }

    #[test]
    fn the_manifest_of_that_test_has_everything_that_may_have_a_place() {
        let schema = crate::schema();
        let kinds = schema["$defs"].as_object().expect("definitions").iter();
        let with_place = kinds.filter(|(_, it)| it["properties"].get("place").is_some());
        let with_place: BTreeSet<&str> = with_place.map(|(name, _)| name.as_str()).collect();
        let known = [
            "Assertion",
            "Claim",
            "KnownFeature",
            "Neighbour",
            "NeighbourSetting",
            "NixosSetting",
            "OptionDecl",
            "Step",
            "Test",
            "Unit",
            "Warning",
        ];
        assert_eq!(with_place, BTreeSet::from(known));
    }
}

use std::collections::BTreeMap;

use domi_model::{Assertion, Expr as Untyped, Manifest, Neighbour, OptionPath, SCHEMA, Warning};

use crate::place::here;
use crate::{
    Crate, Expr, IntoExpr, IntoText, Options, Software, System, Tests, fault, neighbour, old_name,
    software,
};

/// A feature: its options, what a machine has while it is enabled, and tests of that.
pub trait Feature: Options {
    /// Software that the feature and its tests use.
    fn software() -> Vec<Software> {
        Vec::new()
    }

    /// What must hold between options, and what is worth saying of some settings.
    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        let _ = (cfg, rules);
    }

    /// What a machine has while the feature is enabled.
    fn system(cfg: &Expr<Self>, system: &mut System);

    /// Tests of it.
    fn tests(cfg: &Expr<Self>, tests: &mut Tests);
}

/// What must hold between options, and what is worth saying of some settings.
#[derive(Debug, Default)]
pub struct Rules {
    assertions: Vec<Assertion>,
    warnings: Vec<Warning>,
    requires: Vec<Neighbour>,
    wants: Vec<Neighbour>,
    conflicts: Vec<Neighbour>,
}

impl Rules {
    /// Refuses settings for which the condition is false, with a message.
    #[track_caller]
    pub fn assert(&mut self, condition: impl IntoExpr<bool>, message: impl IntoText) {
        let (condition, message) = (condition.into_expr().into_model(), message.into_text());
        self.assertions.push(Assertion { condition, message, place: here() });
    }

    /// Says something of settings for which the condition is true.
    #[track_caller]
    pub fn warn(&mut self, when: impl IntoExpr<bool>, message: impl IntoText) {
        let (when, message) = (when.into_expr().into_model(), message.into_text());
        self.warnings.push(Warning { when, message, place: here() });
    }
}

impl Rules {
    /// Refuses a machine on which another feature is not enabled, by its name. Tests of this
    /// feature have the other one by themselves, with as little set as can be.
    #[track_caller]
    pub fn requires(&mut self, feature: &str) -> Named<'_> {
        Named::added(&mut self.requires, feature)
    }

    /// Warns of a machine on which another feature is not enabled: this one does less there.
    #[track_caller]
    pub fn wants(&mut self, feature: &str) -> Named<'_> {
        Named::added(&mut self.wants, feature)
    }

    /// Refuses a machine on which another feature is enabled, too.
    #[track_caller]
    pub fn conflicts(&mut self, feature: &str) -> Named<'_> {
        Named::added(&mut self.conflicts, feature)
    }
}

/// Another feature that was just named.
#[derive(Debug)]
pub struct Named<'a>(&'a mut Neighbour);

impl<'a> Named<'a> {
    #[track_caller]
    fn added(all: &'a mut Vec<Neighbour>, feature: &str) -> Self {
        all.push(Neighbour { feature: feature.to_owned(), when: None, place: here() });
        Self(all.last_mut().expect("one was just added"))
    }

    /// Only where the condition is true.
    pub fn when(self, condition: impl IntoExpr<bool>) {
        self.0.when = Some(condition.into_expr().into_model());
    }
}

/// The manifest of a feature, with what is wrong with it.
pub fn manifest<F: Feature>(of: &Crate) -> (Manifest, Vec<domi_model::Problem>) {
    let (feature, mut problems) = of.feature(&F::description());
    let work = || neighbour::known(|| written::<F>(feature, of));
    let ((mut manifest, neighbours), noted) = fault::noted(work);
    manifest.neighbours = neighbours;
    problems.extend(noted);
    problems.extend(domi_model::validate(&manifest));
    (manifest, problems)
}

/// What the author wrote.
fn written<F: Feature>(feature: domi_model::Feature, of: &Crate) -> Manifest {
    let cfg = &Expr::from_model(Untyped::Option(OptionPath::default()));
    let mut rules = Rules::default();
    F::rules(cfg, &mut rules);
    let mut system = System::default();
    F::system(cfg, &mut system);
    let mut tests = Tests::default();
    F::tests(cfg, &mut tests);
    let (renamed, mut removed) = old_name::at(&feature.version, F::renamed());
    removed.extend(F::removed());
    Manifest {
        schema: SCHEMA.to_owned(),
        feature,
        packages: software::packages(F::software()),
        options: F::options(cfg),
        renamed,
        removed,
        assertions: rules.assertions,
        warnings: rules.warnings,
        requires: rules.requires,
        wants: rules.wants,
        conflicts: rules.conflicts,
        neighbours: BTreeMap::new(),
        system: system.into_model(),
        extra_nix: of.has_extra_nix(),
        tests: tests.into_model(),
    }
}

//! As little as a manifest can say, and as a feature can be enabled with.

use std::collections::BTreeMap;

use crate::{Feature, Machine, Manifest, OptionDecl, SCHEMA, System, Test, TestBody, Value};

impl Manifest {
    /// One that says nothing but what the feature is.
    pub fn of(feature: Feature) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            feature,
            packages: BTreeMap::new(),
            options: Vec::new(),
            renamed: Vec::new(),
            removed: Vec::new(),
            assertions: Vec::new(),
            warnings: Vec::new(),
            requires: Vec::new(),
            wants: Vec::new(),
            conflicts: Vec::new(),
            neighbours: BTreeMap::new(),
            system: System::default(),
            extra_nix: false,
            tests: Vec::new(),
        }
    }

    /// Legal values of the options that must be set: what the first test that sets one says, or its
    /// example. One of which nobody knows a value is left out. Where a test shows that these are
    /// refused, as they say too little, it is the settings of the first machine that has the feature.
    pub fn least_settings(&self) -> BTreeMap<String, Value> {
        let mandatory = self.options.iter().filter(|option| option.default.is_none());
        let known = mandatory
            .filter_map(|option| Some((option.name.clone(), self.some_value(option)?.clone())));
        let least = known.collect();
        let refuses = |test: &Test| match &test.body {
            TestBody::Refuse(refusal) => refusal.settings == least,
            TestBody::Run(_) => false,
        };
        if self.tests.iter().any(refuses)
            && let Some(machine) = self.machines().next()
        {
            return machine.settings.clone();
        }
        least
    }

    /// The machines of tests that have the feature.
    pub fn machines(&self) -> impl Iterator<Item = &Machine> {
        let runs = self.tests.iter().filter_map(Test::run);
        runs.flat_map(|run| run.machines.values()).filter(|machine| machine.enable)
    }

    fn some_value<'m>(&'m self, option: &'m OptionDecl) -> Option<&'m Value> {
        let mut machines = self.machines();
        machines.find_map(|machine| machine.settings.get(&option.name)).or(option.example.as_ref())
    }

    /// The features that its tests need: what it requires whatever the settings, and what is beside
    /// it in one of them.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let beside = self.tests.iter().flat_map(Test::beside);
        self.always_requires().chain(beside.map(String::as_str))
    }

    /// The features that are on every machine where this one is enabled: what it requires whatever
    /// the settings.
    pub fn always_requires(&self) -> impl Iterator<Item = &str> {
        let always = self.requires.iter().filter(|other| other.when.is_none());
        always.map(|other| other.feature.as_str())
    }
}

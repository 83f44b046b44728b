//! What stands in `site.domi.toml`, beside the module `site.nix`.

use std::collections::{BTreeMap, BTreeSet};

use domi_model::{Machine, Package, Place, Refusal, Run, Step, Test, TestBody, Value};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a module that was written by hand is tested with.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Description {
    /// What it is called, in kebab-case; by default as the file is.
    pub(crate) name: Option<String>,
    /// What it is, in a line without a full stop.
    pub(crate) summary: Option<String>,
    /// The module: a file, seen from this one, or a flake's attribute such as
    /// `.#nixosModules.site`; by default the file beside this one that ends in `.nix`.
    pub(crate) module: Option<String>,
    /// Other modules that its machines have, written in the same way. What comes of them is tested,
    /// too.
    #[serde(default)]
    pub(crate) imports: Vec<String>,
    /// A Nix file, seen from this one, with a set of arguments that all modules get.
    pub(crate) special_args: Option<String>,
    /// The configuration of every machine, and of every refusal: `services.site.enable = true`.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Value>,
    /// Packages that machines have for steps, and what stands for packages of nixpkgs.
    #[serde(default)]
    pub(crate) packages: BTreeMap<String, Package>,
    /// The tests.
    #[serde(default, rename = "test")]
    pub(crate) tests: Vec<Written>,
}

/// A test. It has steps, or says what must be refused.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Written {
    /// The behaviour it shows, as a phrase: `answers with the greeting`.
    pub(crate) name: String,
    /// Why it needs a kernel of its own, where it does: `reads dmesg`.
    pub(crate) needs_kernel: Option<String>,
    /// The machines by name; by default one, called `machine`. Their settings win over those of the
    /// whole file, and `enable = false` leaves the module out.
    #[serde(default)]
    pub(crate) machines: BTreeMap<String, Machine>,
    /// The steps, in order.
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
    /// Settings that must be refused, in the place of machines and steps.
    pub(crate) refuse: Option<Refusal>,
    /// Where it was written; not for authors.
    #[serde(skip)]
    pub(crate) place: Option<Place>,
}

/// The machine of a test that names none.
const ALONE: &str = "machine";

impl Description {
    /// The tests, each of which has all its settings. What is `set` from outside wins on machines, as it does
    /// for features; a refusal is about what it says itself.
    pub(crate) fn tests(&self, set: &BTreeMap<String, Value>) -> Vec<Test> {
        self.tests.iter().map(|test| self.test(test, set)).collect()
    }

    fn test(&self, test: &Written, set: &BTreeMap<String, Value>) -> Test {
        let mut test = test.clone();
        let body = match test.refuse {
            Some(refusal) => {
                let settings = over(&self.settings, &refusal.settings);
                TestBody::Refuse(Refusal { settings, ..refusal })
            }
            None => {
                if test.machines.is_empty() {
                    test.machines.insert(ALONE.to_owned(), Machine::default());
                }
                for machine in test.machines.values_mut() {
                    machine.settings = over(&over(&self.settings, &machine.settings), set);
                }
                TestBody::Run(Run {
                    needs_kernel: test.needs_kernel,
                    beside: BTreeSet::new(),
                    machines: test.machines,
                    steps: test.steps,
                })
            }
        };
        Test { name: test.name, body, place: test.place }
    }
}

/// Settings over others: of two values of an option, the later one holds.
pub(crate) fn over(
    under: &BTreeMap<String, Value>,
    over: &BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    let mut all = under.clone();
    for (name, value) in over {
        let value = match (all.remove(name), value) {
            (Some(Value::Attrs(under)), Value::Attrs(over)) => {
                Value::Attrs(self::over(&under, over))
            }
            (_, value) => value.clone(),
        };
        all.insert(name.clone(), value);
    }
    all
}

/// Its JSON Schema, for editors.
pub(crate) fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Description);
    schema.insert("title".to_owned(), "a module written by hand, and its tests".into());
    schema.to_value()
}

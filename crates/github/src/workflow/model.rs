//! The parts of a workflow, as far as ours needs them.

use std::rc::Rc;

use indexmap::IndexMap;
use serde::Serialize;
use serde_saphyr::{Commented, RcAnchor, SpaceAfter};

use super::pins::Pin;

/// Names and their values, in the order in which they are written.
pub(super) type Table = IndexMap<&'static str, String>;

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Workflow {
    pub(super) name: SpaceAfter<&'static str>,
    pub(super) on: SpaceAfter<On>,
    pub(super) permissions: SpaceAfter<Table>,
    pub(super) concurrency: SpaceAfter<Concurrency>,
    pub(super) defaults: SpaceAfter<Defaults>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) env: Option<SpaceAfter<Table>>,
    pub(super) jobs: IndexMap<String, SpaceAfter<Job>>,
}

/// What starts it.
#[derive(Debug, Default, Serialize)]
pub(super) struct On {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pull_request: Option<Everything>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) merge_group: Option<Everything>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) push: Option<Push>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schedule: Option<[Schedule; 1]>,
    pub(super) workflow_dispatch: Everything,
}

/// A trigger without conditions.
#[derive(Debug, Default, Serialize)]
pub(super) struct Everything {}

#[derive(Debug, Serialize)]
pub(super) struct Push {
    pub(super) branches: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Schedule {
    pub(super) cron: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Concurrency {
    pub(super) group: &'static str,
    pub(super) cancel_in_progress: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Defaults {
    pub(super) run: Table,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Job {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) needs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#if: Option<String>,
    pub(super) runs_on: &'static str,
    pub(super) timeout_minutes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<&'static str>,
    /// Each with what it is for.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) permissions: IndexMap<&'static str, Commented<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strategy: Option<Strategy>,
    #[serde(skip_serializing_if = "Table::is_empty")]
    pub(super) env: Table,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) outputs: IndexMap<String, String>,
    pub(super) steps: Steps,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Strategy {
    pub(super) fail_fast: bool,
    pub(super) matrix: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Steps {
    Own(Vec<Step>),
    /// Steps of several jobs, written once.
    Shared(RcAnchor<Vec<Step>>),
}

impl Default for Steps {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Steps {
    pub(super) fn shared(steps: &Rc<Vec<Step>>) -> Self {
        Self::Shared(RcAnchor(Rc::clone(steps)))
    }
}

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Step {
    pub(super) name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#if: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uses: Option<Commented<&'static str>>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) with: IndexMap<&'static str, Value>,
    #[serde(skip_serializing_if = "Table::is_empty")]
    pub(super) env: Table,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Value {
    Yes(bool),
    Number(u32),
    Text(String),
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Yes(yes)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Step {
    /// Runs a script.
    pub(super) fn run(name: &'static str, script: impl Into<String>) -> Self {
        Self { name, run: Some(script.into()), ..Self::default() }
    }

    /// Uses an action.
    pub(super) fn uses(name: &'static str, pin: Pin) -> Self {
        let uses = Commented(pin.uses, pin.version.to_owned());
        Self { name, uses: Some(uses), ..Self::default() }
    }

    pub(super) fn id(self, id: &'static str) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Only where an expression is true.
    pub(super) fn when(self, expression: &'static str) -> Self {
        Self { r#if: Some(expression), ..self }
    }

    /// An input of the action.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with.insert(name, value.into());
        self
    }

    /// A variable of the script: the only way for data of an event to reach it.
    pub(super) fn env(mut self, name: &'static str, value: &str) -> Self {
        self.env.insert(name, value.to_owned());
        self
    }
}

//! What a running machine is switched to.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use domi_model::{Switch, Value, put_at};

use super::set::{said_once, setting};
use crate::fault::Said;
use crate::place::here;
use crate::{Expr, IntoExpr};

/// What a running machine is switched to: what it started with, but for what is set here.
#[derive(Debug)]
pub struct Switched {
    test: String,
    machine: String,
    /// What it started with.
    before: BTreeMap<String, Value>,
    switch: Switch,
    said: Said,
}

impl Switched {
    pub(super) fn from(test: &str, machine: &str, before: BTreeMap<String, Value>) -> Self {
        Self {
            test: test.to_owned(),
            machine: machine.to_owned(),
            before,
            switch: Switch::default(),
            said: Said::default(),
        }
    }

    pub(super) fn into_model(self) -> Switch {
        self.switch
    }

    /// Sets an option: `set(cfg.port(), 9090)`.
    #[track_caller]
    pub fn set<T>(mut self, option: impl Borrow<Expr<T>>, value: impl IntoExpr<T>) -> Self {
        let value = value.into_expr();
        if let Some((path, value)) = setting(&self.test, option.borrow(), value.as_model(), here())
            && said_once(&mut self.said, &self.test, &self.machine, &path, here())
        {
            let settings = &mut self.switch.settings;
            // Of an option that is set in part, the rest is as it was.
            if let ([first, _, ..], Some(before)) = (&path.0[..], self.before.get(&path.0[0])) {
                settings.entry(first.clone()).or_insert_with(|| before.clone());
            }
            put_at(settings, &path.0, value);
        }
        self
    }

    /// The feature is not enabled on the machine from then on.
    pub fn without_feature(mut self) -> Self {
        self.switch.enable = false;
        self
    }
}

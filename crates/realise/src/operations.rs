//! What is made of lists, attribute sets and strings.

use std::collections::BTreeMap;

use domi_model::{
    Arithmetic, Contains, Fold, HasAttr, MapAttrs, MapList, Replace, Split, StringPart,
};

use crate::Datum;
use crate::eval::{Evaluated, Fault, Scope};
use crate::values::equal;

impl Scope<'_> {
    /// Two integers calculated with.
    pub(crate) fn calculate(
        &self,
        Arithmetic { op, left, right }: &Arithmetic,
    ) -> Result<i64, Fault> {
        let (left, right) = (self.int(left)?, self.int(right)?);
        let none = || Fault::Unsound(format!("{left} {op} {right} has no value"));
        op.apply(left, right).ok_or_else(none)
    }

    /// Whether one element, or all, fulfil a condition.
    pub(crate) fn fold(&self, fold: &Fold) -> Result<bool, Fault> {
        for item in self.list(&fold.over)? {
            if self.bind(&fold.item, item).bool(&fold.condition)? != fold.all {
                return Ok(!fold.all);
            }
        }
        Ok(fold.all)
    }

    /// The texts of a list, or a single text.
    pub(crate) fn texts(&self, value: Datum) -> Result<Vec<String>, Fault> {
        match value {
            Datum::List(items) => items.iter().map(|item| self.to_text(item)).collect(),
            single => Ok(vec![self.to_text(&single)?]),
        }
    }

    pub(crate) fn filter(&self, filter: &MapList) -> Result<Vec<Datum>, Fault> {
        let mut out = Vec::new();
        for item in self.list(&filter.over)? {
            if self.bind(&filter.item, item.clone()).bool(&filter.body)? {
                out.push(item);
            }
        }
        Ok(out)
    }

    pub(crate) fn filter_attrs(&self, filter: &MapAttrs) -> Result<BTreeMap<String, Datum>, Fault> {
        let mut out = BTreeMap::new();
        for (name, value) in self.attrs(&filter.over)? {
            let inner = self.bind(&filter.name, Datum::Str(name.clone()));
            if inner.bind(&filter.value, value.clone()).bool(&filter.body)? {
                out.insert(name, value);
            }
        }
        Ok(out)
    }

    pub(crate) fn contains(&self, contains: &Contains) -> Evaluated {
        let (list, item) = (self.list(&contains.list)?, self.eval(&contains.item)?);
        Ok(Datum::Bool(list.iter().any(|element| equal(element, &item))))
    }

    pub(crate) fn has_attr(&self, has: &HasAttr) -> Evaluated {
        let (attrs, name) = (self.attrs(&has.attrs)?, self.text(&has.name)?);
        Ok(Datum::Bool(attrs.contains_key(&name)))
    }

    /// What is made of a string and a part of it.
    pub(crate) fn with_part<T>(
        &self,
        it: &StringPart,
        make: impl FnOnce(&str, &str) -> T,
    ) -> Result<T, Fault> {
        Ok(make(&self.text(&it.text)?, &self.text(&it.part)?))
    }

    pub(crate) fn split(&self, split: &Split) -> Evaluated {
        let text = self.text(&split.text)?;
        let parts = text.split(&*split.separator).map(|part| Datum::Str(part.to_owned()));
        Ok(Datum::List(parts.collect()))
    }

    pub(crate) fn replace(&self, replace: &Replace) -> Evaluated {
        let (text, to) = (self.text(&replace.text)?, self.text(&replace.to)?);
        Ok(Datum::Str(text.replace(&*replace.from, &to)))
    }
}

//! Options of NixOS's own modules that several features of a machine set.

use std::collections::BTreeMap;

use domi_model::{OptionPath, Priority, Problem};
use serde::Serialize;

use crate::Datum;
use crate::codes::TWO_VALUES;

/// What a feature sets of an option of NixOS's own modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetOfNixos {
    /// The value, where no type of NixOS joins it with another one: a boolean, a number or null. Texts,
    /// lists and sets may be joined, by a type that only NixOS knows.
    pub value: Option<String>,
    /// How much it counts, where it does not count as the machine's own settings do.
    pub priority: Option<Priority>,
}

impl SetOfNixos {
    /// What a value is, attribute by attribute, each with its whole name.
    pub(super) fn all(
        option: &OptionPath,
        value: Datum,
        priority: Option<Priority>,
    ) -> Vec<(String, Self)> {
        let value = match value {
            Datum::Attrs(attrs) => {
                let each = attrs.into_iter();
                return each
                    .flat_map(|(name, value)| Self::all(&option.join(name), value, priority))
                    .collect();
            }
            Datum::Null => Some("null".to_owned()),
            Datum::Bool(value) => Some(value.to_string()),
            Datum::Int(value) => Some(value.to_string()),
            Datum::Float(value) => Some(value.to_string()),
            Datum::Str(_) | Datum::Package(_) | Datum::List(_) => None,
        };
        vec![(option.to_string(), Self { value, priority })]
    }

    /// How much it counts: more with a greater number.
    fn weight(&self) -> u8 {
        match self.priority {
            Some(Priority::Default) => 0,
            None => 1,
            Some(Priority::Force) => 2,
        }
    }

    /// Whether NixOS can have one value of both.
    fn goes_with(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Some(one), Some(other)) => one == other,
            (Some(one), None) | (None, Some(one)) => one != "null",
            (None, None) => true,
        }
    }

    fn shown(&self) -> &str {
        self.value.as_deref().unwrap_or("something else")
    }
}

/// The options that features set to different values, of which NixOS takes none.
pub(super) fn clashes<'a>(
    features: impl Iterator<Item = (&'a str, &'a BTreeMap<String, SetOfNixos>)>,
) -> Vec<Problem> {
    let mut by_option: BTreeMap<&str, Vec<(&str, &SetOfNixos)>> = BTreeMap::new();
    for (feature, set) in features {
        for (option, set) in set {
            by_option.entry(option).or_default().push((feature, set));
        }
    }
    let mut problems = Vec::new();
    for (option, mut set) in by_option {
        let most = set.iter().map(|(_, it)| it.weight()).max();
        set.retain(|(_, it)| Some(it.weight()) == most);
        let [(first, value), others @ ..] = &set[..] else { continue };
        if let Some((other, another)) = others.iter().find(|(_, it)| !it.goes_with(value)) {
            let message = format!(
                "{first} sets it to {}, and {other} to {}: NixOS takes one value",
                value.shown(),
                another.shown()
            );
            let next = "change the settings that it follows from, let one of the features say \
                        `by_default()`, or keep one of them";
            problems.push(Problem::error(TWO_VALUES, option, message).next(next));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(value: Datum, priority: Option<Priority>) -> BTreeMap<String, SetOfNixos> {
        let option = OptionPath(vec!["services".to_owned(), "x".to_owned()]);
        SetOfNixos::all(&option, value, priority).into_iter().collect()
    }

    #[track_caller]
    fn check(of: &[(Datum, Option<Priority>)], expected: &[&str]) {
        let names = ["a", "b", "c"];
        let all: Vec<_> = of.iter().map(|(value, weight)| set(value.clone(), *weight)).collect();
        let problems = clashes(names.into_iter().zip(&all));
        let said: Vec<_> =
            problems.iter().map(|it| format!("{}: {}", it.subject, it.message)).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn one_option_has_one_boolean_number_or_nothing() {
        let yes = || (Datum::Bool(true), None);
        let no = || (Datum::Bool(false), None);
        let message = "services.x: a sets it to true, and b to false: NixOS takes one value";
        check(&[yes(), no()], &[message]);
        check(&[yes(), yes()], &[]);
        check(&[(Datum::Int(1), None), (Datum::Float(1.0), None)], &[]);
        let message = "services.x: a sets it to 1, and c to 2: NixOS takes one value";
        let one = || (Datum::Int(1), None);
        check(&[one(), one(), (Datum::Int(2), None)], &[message]);
        let message =
            "services.x: a sets it to null, and b to something else: NixOS takes one value";
        check(&[(Datum::Null, None), (Datum::Str("x".to_owned()), None)], &[message]);
    }

    #[test]
    fn what_counts_less_is_no_other_value() {
        let of = |value, priority| (Datum::Bool(value), priority);
        let (weak, strong) = (Some(Priority::Default), Some(Priority::Force));
        check(&[of(true, weak), of(false, None)], &[]);
        check(&[of(true, None), of(false, None), of(true, strong)], &[]);
        let message = "services.x: a sets it to true, and b to false: NixOS takes one value";
        check(&[of(true, weak), of(false, weak)], &[message]);
    }

    #[test]
    fn what_nixos_may_join_is_left_to_it() {
        let text = |text: &str| (Datum::Str(text.to_owned()), None);
        check(&[text("a"), text("b")], &[]);
        check(&[text("a"), (Datum::List(Vec::new()), None)], &[]);
    }

    #[test]
    fn sets_are_compared_by_their_attributes() {
        let of = |name: &str, value| {
            (Datum::Attrs([(name.to_owned(), Datum::Bool(value))].into()), None)
        };
        check(&[of("a", true), of("b", false)], &[]);
        let message =
            "services.x.\"a b\": a sets it to true, and b to false: NixOS takes one value";
        check(&[of("a b", true), of("a b", false)], &[message]);
    }
}

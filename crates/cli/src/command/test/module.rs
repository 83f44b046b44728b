//! Hand-written modules to test, and settings for it from the command line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use domi_model::{Problem, Value, entry_at};
use domi_portable_system::{NixRealiser, NoTest, UnitsTest, units_test};
use domi_runner::{Loaded, Unable, host_system};

use crate::by_hand::Module;
use crate::codes::{BAD_SET, UNUSABLE};
use crate::context::Context;
use crate::failure::Result;
use crate::request::RunRequest;
use crate::{Exit, realiser};

/// Modules to test, as the command line says it.
pub(super) struct Asked<'a> {
    /// The modules or their descriptions, or names that domi.toml has for them; all that it has where there is
    /// none.
    pub(super) modules: &'a [PathBuf],
    /// Settings, of one module.
    pub(super) set: &'a [String],
    /// Commands that must succeed, with one module.
    pub(super) checks: &'a [String],
    /// Whether machines are really wanted, and not just the names of tests.
    pub(super) runs: bool,
}

/// Modules that were found.
pub(super) struct Found {
    /// Those with tests, with all of them.
    pub(super) loaded: Vec<Loaded>,
    /// What Nix refuses of others, whose tests follow from what it evaluates. They stop no other module.
    pub(super) errors: Vec<Problem>,
    /// Has Nix make their systems, where that is wanted.
    pub(super) realiser: Option<NixRealiser>,
    /// The words after `test` that test one of them alone, by its name.
    pub(super) again: BTreeMap<String, Vec<String>>,
}

/// The modules that are asked for, with their tests.
pub(super) fn load(context: &Context, request: &RunRequest, asked: &Asked<'_>) -> Result<Found> {
    let set = settings(asked.set).map_err(|problems| context.problems(Exit::Usage, problems))?;
    let of_one = [("--set", asked.set), ("--check", asked.checks)];
    let of_one = of_one.iter().filter(|(_, values)| !values.is_empty());
    let of_one: Vec<&str> = of_one.map(|(option, _)| *option).collect();
    let modules = Module::find(context, asked.modules, &set, &of_one)?;
    let again =
        modules.iter().map(|module| (module.about.name.clone(), again(module, asked))).collect();
    let (mut loaded, mut errors) = (Vec::new(), Vec::new());
    let of_units = |module: &Module| module.tests.is_empty() || !asked.checks.is_empty();
    if !asked.runs && !modules.iter().any(of_units) {
        loaded.extend(modules.into_iter().map(|module| module.about.with_tests(module.tests)));
        return Ok(Found { loaded, errors, realiser: None, again });
    }
    let by_hand = modules.iter().map(|it| (it.about.name.clone(), it.modules.clone())).collect();
    let realiser = realiser::by_hand(context, request, by_hand)?;
    for module in &modules {
        let mut tests = module.tests.clone();
        if of_units(module) {
            match test_of_units(context, request, asked, module, &realiser)? {
                Ok(test) => tests.push(of_another_name(test, &tests)),
                Err(problems) => {
                    errors.extend(problems);
                    continue;
                }
            }
        }
        loaded.push(module.about.with_tests(tests));
    }
    if loaded.is_empty() {
        return Err(context.problems(Exit::Feature, errors));
    }
    Ok(Found { loaded, errors, realiser: Some(realiser), again })
}

/// The test, by a name that none of the others has.
fn of_another_name(mut test: domi_model::Test, others: &[domi_model::Test]) -> domi_model::Test {
    let name = test.name.clone();
    for number in 2.. {
        if others.iter().all(|other| other.slug() != test.slug()) {
            break;
        }
        test.name = format!("{name} {number}");
    }
    test
}

/// The words after `test` that test a module alone.
fn again(module: &Module, asked: &Asked<'_>) -> Vec<String> {
    let mut words = vec!["--module".to_owned(), module.word.clone()];
    for (option, values) in [("--set", asked.set), ("--check", asked.checks)] {
        words.extend(values.iter().flat_map(|value| [option.to_owned(), value.clone()]));
    }
    words
}

/// The test that follows from the module's units; or what Nix refuses.
fn test_of_units(
    context: &Context,
    request: &RunRequest,
    asked: &Asked<'_>,
    module: &Module,
    realiser: &NixRealiser,
) -> Result<std::result::Result<domi_model::Test, Vec<Problem>>> {
    let system = request.choice.system.first().copied().or_else(host_system);
    let test = UnitsTest {
        about: &module.about,
        modules: &module.modules,
        settings: module.settings.clone(),
        checks: asked.checks,
        system: system.context("there are no machines for this computer's architecture")?,
    };
    match units_test(realiser, &test, &context.interrupt) {
        Ok(test) => Ok(Ok(test)),
        Err(NoTest::Problems(problems)) => Ok(Err(problems)),
        Err(NoTest::Unable(Unable::Interrupted)) => {
            Err(anyhow::Error::new(domi_host::Interrupted).into())
        }
        Err(NoTest::Unable(Unable::Missing(why))) => {
            let problem = Problem::error(UNUSABLE, &module.word, why);
            let next = "install or free what is missing, and run this again";
            Err(context.problems(Exit::Missing, vec![problem.next(next)]))
        }
        Err(NoTest::Unable(Unable::Broken(why) | Unable::Failed(why))) => Err(anyhow!(why).into()),
    }
}

/// The settings of `--set services.site.port=81`. A value is read as JSON if it is JSON, and as a
/// text otherwise.
fn settings(set: &[String]) -> std::result::Result<BTreeMap<String, Value>, Vec<Problem>> {
    let mut settings = BTreeMap::new();
    let mut problems = Vec::new();
    for text in set {
        if let Err(why) = add(&mut settings, text) {
            let problem = Problem::error(BAD_SET, text, why);
            problems.push(problem.next("write it as --set services.site.port=81"));
        }
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

fn add(settings: &mut BTreeMap<String, Value>, text: &str) -> std::result::Result<(), String> {
    let (names, value) = domi_realise::set::split(text)?;
    let value = match serde_json::from_str::<serde::de::IgnoredAny>(value) {
        Ok(_) => Value::from_json_text(value).map_err(|fault| fault.to_string())?,
        Err(_) => Value::Str(value.to_owned()),
    };
    let place =
        entry_at(settings, &names).ok_or("a part of this path is already set to a value")?;
    *place.or_insert(Value::Null) = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[&str], expected: &str) {
        let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
        let got = settings(&set).map(|settings| Value::Attrs(settings).to_json().to_string());
        assert_eq!(got.unwrap_or_else(|problems| problems[0].message.clone()), expected);
    }

    #[test]
    fn settings_are_json_or_texts_at_paths() {
        check(&[], "{}");
        check(&["a.b=1", "a.c=x y", "d=[true]"], r#"{"a":{"b":1,"c":"x y"},"d":[true]}"#);
        check(&["a=\"1\"", "b=c=d"], r#"{"a":"1","b":"c=d"}"#);
        check(&["a=1", "a.b=2"], "a part of this path is already set to a value");
        check(&["a.\"b.c=d\".e=1"], r#"{"a":{"b.c=d":{"e":1}}}"#);
        check(&["a..b=2"], "a name is empty");
        check(&["a.\"b=2"], "a quote is not closed");
        check(&["a"], "there is no `=`");
        let lost = "the number 9223372036854775808 (line 1, column 6) does not fit 64 signed bits; \
                    a float is written with a point";
        check(&[r#"a={"b":9223372036854775808}"#], lost);
    }
}

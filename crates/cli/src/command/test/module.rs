//! Hand-written modules to test, and settings for it from the command line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use domi_model::{Problem, Value, entry_at};
use domi_portable_system::{NixRealiser, NoTest, UnitsTest, units_test};
use domi_runner::{Loaded, host_system};

use crate::by_hand::Module;
use crate::codes::BAD_SET;
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

/// The modules with their tests; and the realiser that has Nix make their systems, where that is wanted.
pub(super) fn load(
    context: &Context,
    request: &RunRequest,
    asked: &Asked<'_>,
) -> Result<(Vec<Loaded>, Option<NixRealiser>)> {
    let set = settings(asked.set).map_err(|problems| context.problems(Exit::Usage, problems))?;
    let modules = Module::find(context, asked.modules, &set)?;
    if let [first, _, ..] = &modules[..]
        && !(asked.set.is_empty() && asked.checks.is_empty())
    {
        let message =
            format!("--set and --check are of one module, and there are {}", modules.len());
        let next = format!("name one of them: --module {}", first.about.name);
        return Err(
            context.problems(Exit::Usage, vec![Problem::error(BAD_SET, "", message).next(next)])
        );
    }
    let of_units = |module: &Module| module.tests.is_empty() || !asked.checks.is_empty();
    if !asked.runs && !modules.iter().any(of_units) {
        let loaded = modules.into_iter().map(|module| module.about.with_tests(module.tests));
        return Ok((loaded.collect(), None));
    }
    let by_hand = modules.iter().map(|it| (it.about.name.clone(), it.modules.clone())).collect();
    let realiser = realiser::by_hand(context, request, by_hand)?;
    let mut loaded = Vec::new();
    for module in &modules {
        let mut tests = module.tests.clone();
        if of_units(module) {
            tests.push(test_of_units(context, request, asked, module, &realiser)?);
        }
        loaded.push(module.about.with_tests(tests));
    }
    Ok((loaded, Some(realiser)))
}

/// The test that follows from the module's units.
fn test_of_units(
    context: &Context,
    request: &RunRequest,
    asked: &Asked<'_>,
    module: &Module,
    realiser: &NixRealiser,
) -> Result<domi_model::Test> {
    let system = request.choice.system.first().copied().or_else(host_system);
    let test = UnitsTest {
        about: &module.about,
        modules: &module.modules,
        settings: module.settings.clone(),
        checks: asked.checks,
        system: system.context("there are no machines for this computer's architecture")?,
    };
    match units_test(realiser, &test, &context.interrupt) {
        Ok(test) => Ok(test),
        Err(NoTest::Problems(problems)) => Err(context.problems(Exit::Feature, problems)),
        Err(NoTest::Interrupted) => Err(anyhow::Error::new(domi_host::Interrupted).into()),
        Err(NoTest::Failed(why)) => Err(anyhow!(why).into()),
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

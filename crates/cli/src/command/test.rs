use anyhow::Context as _;
use domi_backend_portable::{Driver, NixRealiser, PortableOptions};
use domi_runner::{Plan, Realiser, RunOptions, Selection, Variant};

use crate::args::{self, Test};
use crate::context::Context;
use crate::failure::Result;
use crate::jobs::{self, Chosen};
use crate::{Exit, module, realiser};

/// Tests features. Those that cannot be loaded stop no other, and are not forgotten.
pub(crate) fn run(context: &Context, arguments: &Test) -> Result<Exit> {
    let workspace = context.workspace()?;
    let (chosen, by_hand) = match &arguments.module {
        Some(module) => {
            let (loaded, realiser) = module::load(context, arguments, module)?;
            (Chosen::by_hand(loaded), Some(realiser))
        }
        None => (Chosen::load(context, &workspace, &arguments.choice)?, None),
    };
    let plan = chosen.plan(context, &selection(context, arguments, by_hand.as_ref())?)?;
    jobs::check_strength(context, &arguments.conduct, &plan)?;
    let exit = if arguments.list {
        list(&plan, arguments)?
    } else if arguments.conduct.plan {
        jobs::show(&plan, &arguments.conduct)?
    } else {
        let mut options = options(context, arguments, &workspace.target)?;
        let mut portable = portable(context, arguments)?;
        options.fail_fast = !arguments.keep_going && chosen.features.len() == 1;
        if by_hand.is_some() {
            portable.realiser = by_hand;
            options.repeat = by_hand_again(arguments);
            options.repeat_names_test = false;
        } else if arguments.realiser == args::Realiser::Nix && !chosen.features.is_empty() {
            let folder = workspace.target.join("domi/modules");
            let nix = &arguments.conduct.nix;
            let features = &chosen.features;
            portable.realiser =
                Some(realiser::for_features(context, nix, features, folder.as_std_path())?);
        }
        jobs::execute(context, &arguments.conduct, plan, &options, portable)?
    };
    chosen.end(context, exit)
}

fn selection(
    context: &Context,
    arguments: &Test,
    by_hand: Option<&NixRealiser>,
) -> Result<Selection> {
    let selection = if arguments.list {
        // To list tests, nobody needs to know what would run them.
        jobs::choice(context, &arguments.choice)?
    } else {
        jobs::selection(context, &arguments.choice, &arguments.conduct)?
    };
    Ok(Selection {
        portable_only: selection.portable_only.or(arguments.shell.then_some("--shell")),
        // Of a module by hand, they are in its test already.
        set: if by_hand.is_some() { Vec::new() } else { arguments.set.clone() },
        variant: variant(arguments),
        ..selection
    })
}

/// The words that test the module again.
fn by_hand_again(arguments: &Test) -> Vec<String> {
    let mut words = ["cargo", "xtask", "test", "--module"].map(str::to_owned).to_vec();
    words.extend(arguments.module.iter().map(|path| path.display().to_string()));
    for (flag, values) in [("--set", &arguments.set), ("--check", &arguments.check)] {
        words.extend(values.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
    }
    words
}

/// How the portable backend is to do the tests.
fn variant(arguments: &Test) -> Variant {
    let realiser = match arguments.realiser {
        args::Realiser::Rust if arguments.module.is_none() => Realiser::Rust,
        _ => Realiser::Nix,
    };
    Variant { realiser, driven: arguments.driver.is_some() }
}

/// Prints the tests.
fn list(plan: &Plan, arguments: &Test) -> Result<Exit> {
    if arguments.conduct.json {
        return jobs::show(plan, &arguments.conduct);
    }
    let lines = plan.jobs.iter().map(|job| format!("{}: {}\n", job.feature(), job.test.name));
    crate::out::data(format_args!("{}", lines.collect::<String>()))?;
    Ok(Exit::Pass)
}

fn options(context: &Context, arguments: &Test, target: &camino::Utf8Path) -> Result<RunOptions> {
    let usual = jobs::options(context, &arguments.conduct, target)?;
    Ok(RunOptions { shell: arguments.shell, ..usual })
}

fn portable(context: &Context, arguments: &Test) -> Result<PortableOptions> {
    let usual = jobs::portable(context, &arguments.conduct)?;
    let driver = arguments.driver.as_deref().map(driver).transpose()?;
    Ok(PortableOptions { driver, ..usual })
}

/// The NixOS test driver at this path.
fn driver(path: &std::path::Path) -> Result<Driver> {
    let path = std::path::absolute(path).context("the driver has no usable path")?;
    let relay = ["guest", "relay"].map(str::to_owned).to_vec();
    Ok(Driver { path, relay, script: domi_nix::test_script })
}

use std::collections::BTreeMap;

use super::{Validator, machines, switches, written_units};
use crate::codes::BAD_TEST;
use crate::names::is_kebab;
use crate::{Action, Expectation, OptionPath, Run, Test, TestBody, TestFile, Value, check, output};

/// The longest name of a test. It becomes part of the names of files, some with the feature's name
/// and the machine's.
const LONGEST_NAME: usize = 120;

/// The longest delay of a network, in milliseconds: what waits longer has been given up by most.
const LONGEST_DELAY: u32 = 10_000;

/// How many bytes systemd-tmpfiles writes to a file at most.
const LARGEST_FILE: usize = 4095;

impl Validator<'_> {
    pub(super) fn tests(&mut self) {
        let mut slugs = BTreeMap::new();
        for test in &self.manifest.tests {
            let slug = test.slug();
            if slug.is_empty() || test.name.contains(char::is_control) {
                let message = "a test's name must be a line with letters a to z or digits in it";
                self.test_fault(test, message.into());
            }
            if test.name.len() > LONGEST_NAME {
                let message = format!(
                    "a test's name has at most {LONGEST_NAME} bytes; this one has {}",
                    test.name.len()
                );
                self.test_fault(test, message);
            }
            if let Some(other) = slugs.insert(slug.clone(), &test.name) {
                let message = format!("another test, {other:?}, is called `{slug}` in files too");
                self.test_fault(test, message);
            }
            match &test.body {
                TestBody::Run(run) => self.run(test, run),
                TestBody::Refuse(refusal) if refusal.because.trim().is_empty() => {
                    self.test_fault(test, "it does not say what the refusal names".into());
                }
                TestBody::Refuse(_) => {}
            }
        }
    }

    fn test_fault(&mut self, test: &Test, message: String) {
        self.add_at(BAD_TEST, &test.name, message, test.place.as_ref());
    }

    fn run(&mut self, test: &Test, run: &Run) {
        if run.machines.is_empty() {
            self.test_fault(test, "it has no machine".into());
        }
        if let Some(why) = &run.needs_kernel
            && (why.trim().is_empty() || why.contains(char::is_control))
        {
            let message = "why it needs a kernel of its own is a line, such as `reads dmesg`";
            self.test_fault(test, message.into());
        }
        for other in &run.beside {
            if !is_kebab(other) || *other == self.manifest.feature.name {
                self.test_fault(test, format!("{other:?} is no feature beside this one"));
            }
        }
        for (name, machine) in &run.machines {
            if let Some(fault) = machines::fault(name) {
                self.test_fault(test, fault);
            }
            for package in &machine.packages {
                if !self.manifest.packages.contains_key(package) {
                    self.test_fault(test, format!("the feature declares no package `{package}`"));
                }
            }
            for file in &machine.files {
                self.test_file(test, file);
                if file.content.len() > LARGEST_FILE {
                    let message = format!(
                        "{:?} has {} bytes, and before the feature starts a file has at most \
                         {LARGEST_FILE}: write it in a step",
                        file.path,
                        file.content.len(),
                    );
                    self.test_fault(test, message);
                }
            }
            self.test_settings(test, machine.settings.iter());
            if machine.previous && self.is_free {
                self.test_fault(test, "a module that was written by hand has no releases".into());
            } else if let Some(fault) = switches::update_fault(run, name, machine) {
                self.test_fault(test, fault.into());
            }
        }
        for (at, step) in run.steps.iter().enumerate() {
            let known = match &step.machine {
                Some(name) => run.machines.contains_key(name),
                None => run.machines.len() == 1,
            };
            // Where there is no machine at all, that has been said.
            if !known && !run.machines.is_empty() {
                let names: Vec<_> = run.machines.keys().map(String::as_str).collect();
                let message = format!("a step must name one of the machines {}", names.join(", "));
                self.add_at(BAD_TEST, &test.name, message, step.place.as_ref());
            }
            if step.limit.is_some() && !step.action.may_have_limit() {
                let message = "a step that waits for nothing in the machine has no limit";
                self.add_at(BAD_TEST, &test.name, message.to_owned(), step.place.as_ref());
            }
            match &step.action {
                Action::Write(file) => self.test_file(test, file),
                Action::Switch(switch) => self.switch(test, run, at, switch),
                Action::WaitForFile(path) if !path.starts_with('/') => {
                    self.test_fault(test, format!("{path:?} is no absolute path"));
                }
                Action::Output { expect: Expectation::Matches(text), .. } => {
                    if let Err(fault) = output::compile(text) {
                        let message =
                            format!("the pattern {text:?} is not understood alike: {fault}");
                        self.add_at(BAD_TEST, &test.name, message, step.place.as_ref());
                    }
                }
                action => {
                    let fault = network_fault(run, action)
                        .or_else(|| switches::starts_again(run, at, step));
                    if let Some(fault) = fault {
                        self.add_at(BAD_TEST, &test.name, fault, step.place.as_ref());
                    }
                }
            }
        }
    }

    fn test_file(&mut self, test: &Test, file: &TestFile) {
        if !file.path.starts_with('/') {
            self.test_fault(test, format!("{:?} is no absolute path", file.path));
        }
        self.mode(&test.name, Some(&file.mode));
        for fault in written_units::faults(file) {
            self.test_fault(test, format!("{}: {fault}", file.path));
        }
    }

    pub(super) fn test_settings<'s>(
        &mut self,
        test: &Test,
        settings: impl Iterator<Item = (&'s String, &'s Value)>,
    ) {
        if self.is_free {
            return;
        }
        for (name, value) in settings {
            let path = OptionPath::new(name);
            if let Some(gone) = self.manifest.removed.iter().find(|gone| gone.option == path) {
                self.test_fault(test, format!("it sets `{name}`, which is gone: {}", gone.reason));
                continue;
            }
            if self.manifest.renamed.iter().any(|renamed| renamed.from.0.first() == Some(name)) {
                continue;
            }
            let result = match self.manifest.options.iter().find(|option| option.name == *name) {
                Some(option) => check(&option.ty, value, &path, &self.manifest.packages).map(drop),
                None if name == "enable" => Ok(()),
                None => {
                    let names: Vec<_> = self.manifest.options.iter().map(|o| &*o.name).collect();
                    Err(vec![crate::unknown_option(&path, name, &names)])
                }
            };
            if let Err(problems) = result {
                self.values(
                    &format!("setting of the test `{}`", test.name),
                    problems,
                    test.place.as_ref(),
                );
            }
        }
    }
}

/// What is wrong with a step that slows a machine's network, if it is one.
fn network_fault(run: &Run, action: &Action) -> Option<String> {
    let (what, is, may_be, unit) = match action {
        Action::DelayNetwork { millis } => ("delay", *millis, 1..=LONGEST_DELAY, "ms"),
        Action::LosePackets { percent } => ("loss", *percent, 1..=100, "%"),
        _ => return None,
    };
    if run.machines.len() == 1 {
        return Some(format!("a {what} needs a second machine: what is sent goes to nobody"));
    }
    let (least, most) = (may_be.start(), may_be.end());
    let fault = || format!("a {what} is from {least} to {most} {unit}; this one is {is}");
    (!may_be.contains(&is)).then(fault)
}

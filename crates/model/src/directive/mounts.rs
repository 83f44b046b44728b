//! The part of the table about mounts.

use super::form::Form;
use super::table::{EXECUTION, KILLING, PATH, RESOURCES, Rows, TEXT, form, once};

/// The sections, each with the parts of the table that it has.
pub(super) const SECTIONS: &[(&str, &[&[Rows]])] =
    &[("Mount", &[MOUNT, EXECUTION, KILLING, RESOURCES]), ("Automount", &[AUTOMOUNT])];

const MOUNT: &[Rows] = &[
    once(TEXT, "What Type Options"),
    once(PATH, "Where"),
    form(Form::TimeSpan, "TimeoutSec"),
    form(Form::Mode, "DirectoryMode"),
    form(Form::Boolean, "ForceUnmount LazyUnmount ReadWriteOnly SloppyOptions"),
];

const AUTOMOUNT: &[Rows] = &[
    once(PATH, "Where"),
    once(TEXT, "ExtraOptions"),
    form(Form::Mode, "DirectoryMode"),
    form(Form::TimeSpan, "TimeoutIdleSec"),
];

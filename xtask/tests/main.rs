//! Tests of the commands as a person uses them, and of this repository itself. They are one program: it is
//! linked once, and tests of all files run side by side.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod bad_days;
mod cache;
mod commands;
mod compiled_once;
mod devcontainer;
mod diff;
mod doctor;
mod drift;
mod examples;
mod first_feature;
mod flake;
mod fleet;
mod github;
mod golden;
mod graph;
mod guide;
#[path = "../../crates/report/tests/browser/keys.rs"]
mod keys;
mod killed;
mod lanes;
mod links;
mod matrix;
mod modules;
mod new;
mod nixos_tests;
#[expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]
#[path = "../../crates/report/tests/browser/page.rs"]
mod page;
#[path = "../../crates/report/tests/browser/picture.rs"]
mod picture;
mod places;
mod promote;
mod release;
mod remove;
mod rename;
mod rename_feature;
mod repository;
mod screen;
mod show;
mod site;
mod stale;
mod stock;
mod structure;
mod template;
mod update;
mod used;
mod vm;
mod watch;
mod ways;
mod why;
mod words;
mod workspace;

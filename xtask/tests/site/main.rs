//! The docs as a site: made by the command of docs/site, and used in a browser.
//!
//! `DOMI_SPHINX` names a folder of Python packages with those of docs/site/requirements.txt, `DOMI_AXE` the
//! `axe.min.js` of the npm package `axe-core`. Where one is not set, or there is no Chromium, what needs it is not run,
//! and this says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

mod built;
#[path = "../../../crates/report/tests/browser/keys.rs"]
mod keys;
#[path = "../workspace/output.rs"]
mod output;
#[path = "../../../crates/report/tests/browser/page.rs"]
mod page;
#[path = "../repository/mod.rs"]
mod repository;
mod small;
mod used;

//! The docs as a site: made by the command of docs/site, and used in a browser.
//!
//! `DOMI_SPHINX` names a folder of Python packages with those of docs/site/requirements.txt, `DOMI_AXE` the
//! `axe.min.js` of the npm package `axe-core`. Where one is not set, or there is no Chromium, what needs it is not run,
//! and this says so.

mod built;
mod small;
mod used;

//! Features as they were at their last releases, for tests whose machines begin with these.

pub(crate) mod earlier;
pub(crate) mod tags;

use std::collections::BTreeMap;
use std::sync::Arc;

use domi_model::{Run, Test};
use domi_plugin::Feature;
use domi_runner::{Loaded, Previous};

use crate::context::Context;
use crate::failure::Result;
use crate::git::Git;

/// The previous releases of those of these features that have a test which begins with one; or of each
/// why it cannot be had. Nothing is built where no test asks for it.
pub(crate) fn previous(context: &Context, features: &[Loaded]) -> Result<Previous> {
    let asks = |it: &&Loaded| it.manifest.tests.iter().filter_map(Test::run).any(Run::is_update);
    let asking: Vec<&str> =
        features.iter().filter(asks).map(|it| &*it.manifest.feature.name).collect();
    if asking.is_empty() {
        return Ok(BTreeMap::new());
    }
    let git = Git { root: &context.root, interrupt: &context.interrupt };
    if let Some(problem) = git.unreadable("")? {
        let none = |name: &&str| ((*name).to_owned(), Err(problem.message.clone()));
        return Ok(asking.iter().map(none).collect());
    }
    let tags = tags::all(&git)?;
    let head = git.clean_head()?;
    let mut found = Previous::new();
    let mut wanted = Vec::new();
    for name in asking {
        match tags.before(name, head.as_deref()) {
            Some(tag) => wanted.push(tag),
            None => {
                let why = if git.is_shallow()? {
                    "only a part of the history is here; `git fetch --unshallow --tags`"
                } else {
                    "there is no tag of one in the history of what is checked out"
                };
                found.insert(name.to_owned(), Err(why.to_owned()));
            }
        }
    }
    let now: [Feature; 0] = [];
    for (name, earlier) in earlier::all(context, &git, &wanted, &now)? {
        let earlier = earlier.map(|it| Arc::new(it.manifest));
        found.insert(name, earlier);
    }
    Ok(found)
}

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
    let asking: Vec<_> = features.iter().filter(asks).map(|it| &it.manifest.feature).collect();
    if asking.is_empty() {
        return Ok(BTreeMap::new());
    }
    let git = Git { root: &context.root, interrupt: &context.interrupt };
    if let Some(problem) = git.unreadable("")? {
        let none = |it: &&domi_model::Feature| (it.name.clone(), Err(problem.message.clone()));
        return Ok(asking.iter().map(none).collect());
    }
    let tags = tags::all(&git)?;
    let head = git.clean_head()?;
    let mut found = Previous::new();
    let mut wanted = Vec::new();
    // A release may have the name that the feature had then.
    let mut now_called = BTreeMap::new();
    for feature in asking {
        let name = &feature.name;
        match tags.before(feature, head.as_deref()) {
            Some(tag) => {
                now_called.insert(&*tag.feature, name);
                wanted.push(tag);
            }
            None => {
                let why = if git.is_shallow()? {
                    "only a part of the history is here; `git fetch --unshallow --tags`"
                } else {
                    "there is no tag of one in the history of what is checked out"
                };
                found.insert(name.clone(), Err(why.to_owned()));
            }
        }
    }
    let now: [Feature; 0] = [];
    for (name, earlier) in earlier::all(context, &git, &wanted, &now)? {
        let earlier = earlier.map(|it| Arc::new(it.manifest));
        found.extend(now_called.get(&*name).map(|now| ((*now).clone(), earlier)));
    }
    Ok(found)
}

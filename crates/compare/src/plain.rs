//! A manifest without what has no meaning: the places where its parts were written, and what is said
//! of other features' options beside their types.

use domi_model::{Manifest, OptionDecl};

/// Takes all of that away.
pub(crate) fn without_places(manifest: &mut Manifest) {
    manifest.places_mut(&mut |place| *place = None);
    for known in manifest.neighbours.values_mut() {
        let all = known.sets.iter_mut().chain(&mut known.reads);
        all.for_each(|it| it.ty.options_mut(&mut bare));
    }
}

/// An option of another feature: it is known by its name and its type.
fn bare(option: &mut OptionDecl) {
    option.description.clear();
    (option.default, option.default_text, option.example) = (None, None, None);
}

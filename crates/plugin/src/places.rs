//! Places in source files, as generated files may name them.

use camino::Utf8Path;
use domi_model::{Manifest, Place};

use crate::Workspace;

/// Names the places of a manifest from the workspace root. The compiler says whole paths where a
/// crate is outside of that; a place in a package from elsewhere differs from computer to computer
/// and is left out.
pub(crate) fn from_root(manifest: &mut Manifest, workspace: &Workspace) {
    let rewrite = |place: &mut Option<Place>| {
        let Some(file) = place.as_ref().map(|place| Utf8Path::new(&place.file)) else { return };
        if !file.is_absolute() {
            return;
        }
        let ours = workspace.metadata.packages.iter().any(|package| {
            package.manifest_path.parent().is_some_and(|folder| file.starts_with(folder))
        });
        let file = ours.then(|| workspace.place(file).into_string());
        match (file, place.as_mut()) {
            (Some(file), Some(place)) => place.file = file,
            _ => *place = None,
        }
    };
    manifest.places_mut(&mut |place| rewrite(place));
}

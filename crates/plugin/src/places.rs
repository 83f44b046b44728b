//! Places in source files, as generated files may name them.

use camino::Utf8Path;
use domi_model::{Manifest, OptionDecl, Place, TestBody, Type};

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
    options(&mut manifest.options, &rewrite);
    manifest.assertions.iter_mut().for_each(|assertion| rewrite(&mut assertion.place));
    manifest.warnings.iter_mut().for_each(|warning| rewrite(&mut warning.place));
    manifest.system.units.iter_mut().for_each(|unit| rewrite(&mut unit.place));
    for test in &mut manifest.tests {
        rewrite(&mut test.place);
        if let TestBody::Run(run) = &mut test.body {
            run.steps.iter_mut().for_each(|step| rewrite(&mut step.place));
        }
    }
}

fn options(all: &mut [OptionDecl], rewrite: &dyn Fn(&mut Option<Place>)) {
    for option in all {
        rewrite(&mut option.place);
        of_type(&mut option.ty, rewrite);
    }
}

fn of_type(ty: &mut Type, rewrite: &dyn Fn(&mut Option<Place>)) {
    match ty {
        Type::ListOf(ty)
        | Type::NonEmptyListOf(ty)
        | Type::AttrsOf(ty)
        | Type::LazyAttrsOf(ty)
        | Type::NullOr(ty) => of_type(ty, rewrite),
        Type::Coerced(it) => {
            of_type(&mut it.from, rewrite);
            of_type(&mut it.to, rewrite);
        }
        Type::OneOf(types) => types.iter_mut().for_each(|ty| of_type(ty, rewrite)),
        Type::Submodule(submodule) => options(&mut submodule.options, rewrite),
        Type::Settings(settings) => options(&mut settings.options, rewrite),
        Type::AttrTag(variants) => {
            variants.iter_mut().for_each(|variant| of_type(&mut variant.ty, rewrite));
        }
        Type::Bool
        | Type::Int(_)
        | Type::Port
        | Type::Float
        | Type::Number(_)
        | Type::Str
        | Type::NonEmptyStr
        | Type::SingleLineStr
        | Type::Lines
        | Type::SeparatedStr(_)
        | Type::IntEnum(_)
        | Type::StrMatching(_)
        | Type::Enum(_)
        | Type::Path(_)
        | Type::Package
        | Type::Anything => {}
    }
}

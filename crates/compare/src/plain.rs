//! A manifest without what has no meaning: the places where its parts were written, and what is said
//! of other features' options beside their types.

use domi_model::{Manifest, OptionDecl, TestBody, Type};

/// Takes all of that away.
pub(crate) fn without_places(manifest: &mut Manifest) {
    options(&mut manifest.options, &|option| option.place = None);
    manifest.assertions.iter_mut().for_each(|it| it.place = None);
    manifest.warnings.iter_mut().for_each(|it| it.place = None);
    let Manifest { requires, wants, conflicts, .. } = manifest;
    requires.iter_mut().chain(wants).chain(conflicts).for_each(|it| it.place = None);
    for known in manifest.neighbours.values_mut() {
        known.place = None;
        known.sets.iter_mut().chain(&mut known.reads).for_each(|it| of_type(&mut it.ty, &bare));
    }
    let system = &mut manifest.system;
    system.units.iter_mut().for_each(|it| it.place = None);
    system.claims.iter_mut().for_each(|it| it.place = None);
    system.settings.iter_mut().for_each(|it| it.place = None);
    system.nixos.iter_mut().for_each(|it| it.place = None);
    for test in &mut manifest.tests {
        test.place = None;
        if let TestBody::Run(run) = &mut test.body {
            run.steps.iter_mut().for_each(|step| step.place = None);
        }
    }
}

/// An option of another feature: it is known by its name and its type.
fn bare(option: &mut OptionDecl) {
    option.place = None;
    option.description.clear();
    (option.default, option.default_text, option.example) = (None, None, None);
}

fn options(all: &mut [OptionDecl], strip: &dyn Fn(&mut OptionDecl)) {
    for option in all {
        strip(option);
        of_type(&mut option.ty, strip);
    }
}

fn of_type(ty: &mut Type, strip: &dyn Fn(&mut OptionDecl)) {
    match ty {
        Type::ListOf(ty)
        | Type::NonEmptyListOf(ty)
        | Type::AttrsOf(ty)
        | Type::LazyAttrsOf(ty)
        | Type::NullOr(ty) => of_type(ty, strip),
        Type::Coerced(it) => {
            of_type(&mut it.from, strip);
            of_type(&mut it.to, strip);
        }
        Type::OneOf(types) => types.iter_mut().for_each(|ty| of_type(ty, strip)),
        Type::Submodule(submodule) => options(&mut submodule.options, strip),
        Type::Settings(settings) => options(&mut settings.options, strip),
        Type::AttrTag(variants) => variants.iter_mut().for_each(|it| of_type(&mut it.ty, strip)),
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

//! What is meant by the name of what is to go.

use domi_fleet::{Fleet, Kind, NOT_SPLIT, Part, instead};
use domi_fleet_files::NO_SUCH;
use domi_model::Problem;

/// The unit or the location of a name; `location/shop` says which it is.
///
/// # Errors
/// There is none, or both are there.
pub(super) fn named<'n>(fleet: &Fleet, name: &'n str) -> Result<Part<'n>, Box<Problem>> {
    let (kind, bare) = match name.split_once('/') {
        Some((word, bare)) => (Kind::of(word), bare),
        None => (None, name),
    };
    let is_meant = |it: Kind| kind == Some(it) || bare == name;
    let is = |it: Kind| is_meant(it) && fleet.about(it, bare).is_some();
    match (is(Kind::Organization), is(Kind::Location)) {
        (true, false) => Ok(Part::Unit(bare)),
        (false, true) => Ok(Part::Location(bare)),
        (true, true) => {
            let message = "there is a unit and a location of this name";
            let [unit, location] = [Kind::Organization, Kind::Location].map(Kind::word);
            let next = format!("write `{unit}/{bare}` or `{location}/{bare}`");
            Err(Box::new(Problem::error(NOT_SPLIT, name, message).next(next)))
        }
        (false, false) => {
            let of = |it: Kind| fleet.abouts_of(it).filter(move |_| is_meant(it));
            let known = of(Kind::Organization).chain(of(Kind::Location));
            let next = instead(bare, known.map(|it| it.name.as_str()), "unit or location");
            let message = match kind {
                Some(kind) => format!("there is no {} of this name", kind.noun()),
                None => "there is no unit and no location of this name".to_owned(),
            };
            Err(Box::new(Problem::error(NO_SUCH, name, message).next(next)))
        }
    }
}

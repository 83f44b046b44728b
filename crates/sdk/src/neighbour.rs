//! Other features on the machine: what this one sets and reads of them, where they are there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use domi_model::{
    Expr as Untyped, Kind, KnownFeature, KnownOption, NeighbourOption, NeighbourSetting,
    OptionPath, Place, Priority, Problem, Variable,
};

use crate::fault::{self, BAD_EXPRESSION};
use crate::options::neighbours;
use crate::place::here;
use crate::{Expr, IntoExpr, Options};

/// Another feature, as far as this one has to do with it: a struct with `#[derive(Options)]` that has
/// those of its options that are set or read here, with the same names and types.
///
/// The crate of the other feature is not needed for it. That both agree is checked where both are
/// known: when Nix is generated, before tests, and when they are put on one machine.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared to be another feature",
    note = "write `impl Neighbour for {Self} {{ const NAME: &str = \"…\"; const KIND: Kind = Kind::Services; }}`"
)]
pub trait Neighbour: Options {
    /// The feature's name.
    const NAME: &'static str;

    /// The feature's kind.
    const KIND: Kind;
}

/// Another feature, to be read from: `neighbour::<Cache>().read(|cache| cache.port()).or(6379)`.
///
/// What is read can stand wherever an expression can, but for defaults of options.
pub fn neighbour<N: Neighbour>() -> Beside<N> {
    Beside(PhantomData)
}

/// Another feature, to be read from.
#[derive(Debug)]
pub struct Beside<N>(PhantomData<fn() -> N>);

impl<N: Neighbour> Beside<N> {
    /// One of its options. It is no value yet: the other feature may not be there.
    #[track_caller]
    pub fn read<T>(&self, option: impl FnOnce(&Expr<N>) -> Expr<T>) -> Read<T> {
        let place = here();
        let option = path::<N>(option(&root::<N>()).as_model(), place.as_ref());
        if let Some(option) = &option {
            note::<N>(KnownOption::read(&N::options(&neighbours()), option), place, |known| {
                &mut known.reads
            });
        }
        Read { feature: N::NAME, option: option.unwrap_or_default(), ty: PhantomData }
    }
}

/// An option of another feature, until it is said what counts where that is not there.
#[derive(Debug)]
#[must_use = "an option of another feature has a value only with `.or(…)`"]
pub struct Read<T> {
    feature: &'static str,
    option: OptionPath,
    ty: PhantomData<fn() -> T>,
}

impl<T> Read<T> {
    /// Its value, or another one where the feature is not on the machine or not enabled.
    pub fn or(self, otherwise: impl IntoExpr<T>) -> Expr<T> {
        let Self { option, .. } = self;
        let (feature, otherwise) = (self.feature.to_owned(), otherwise.into_expr().into_model());
        Expr::from_model(Untyped::Neighbour(Box::new(NeighbourOption {
            feature,
            option,
            otherwise,
        })))
    }
}

/// Settings of another feature, which count where that is on the machine and this one is enabled.
#[derive(Debug)]
pub struct NeighbourSettings<'a, N> {
    settings: &'a mut Vec<NeighbourSetting>,
    neighbour: PhantomData<fn() -> N>,
}

impl<'a, N: Neighbour> NeighbourSettings<'a, N> {
    pub(crate) fn of(settings: &'a mut Vec<NeighbourSetting>) -> Self {
        Self { settings, neighbour: PhantomData }
    }

    /// Sets an option, or an attribute within one:
    /// `set(|gateway| gateway.virtual_hosts().at("wiki").server_name(), "wiki.example.org")`. In a
    /// list it comes behind what the machine's own settings say.
    #[track_caller]
    pub fn set<T>(
        &mut self,
        option: impl FnOnce(&Expr<N>) -> Expr<T>,
        value: impl IntoExpr<T>,
    ) -> SetOption<'_> {
        let place = here();
        let Some(option) = path::<N>(option(&root::<N>()).as_model(), place.as_ref()) else {
            return SetOption::none();
        };
        note::<N>(KnownOption::set(&N::options(&neighbours()), &option), place.clone(), |known| {
            &mut known.sets
        });
        let value = value.into_expr().into_model();
        let feature = N::NAME.to_owned();
        self.settings.push(NeighbourSetting {
            feature,
            option,
            value,
            priority: None,
            when: None,
            place,
        });
        let last = self.settings.last_mut().expect("a setting was just added");
        SetOption::of(&mut last.priority, &mut last.when)
    }
}

/// A setting of another feature, or of NixOS, that was just added.
#[derive(Debug)]
pub struct SetOption<'a>(Option<(&'a mut Option<Priority>, &'a mut Option<Untyped>)>);

impl<'a> SetOption<'a> {
    pub(crate) fn of(priority: &'a mut Option<Priority>, when: &'a mut Option<Untyped>) -> Self {
        Self(Some((priority, when)))
    }

    /// Of one that is a problem.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// It counts less than what anyone else says, as with `lib.mkDefault`.
    pub fn by_default(mut self) -> Self {
        self.count(Priority::Default);
        self
    }

    /// It counts more than what anyone else says, as with `lib.mkForce`.
    pub fn forced(mut self) -> Self {
        self.count(Priority::Force);
        self
    }

    /// It is there only where the condition is true.
    pub fn when(self, condition: impl IntoExpr<bool>) {
        let condition = condition.into_expr().into_model();
        if let Some((_, when)) = self.0 {
            *when = Some(condition);
        }
    }

    fn count(&mut self, priority: Priority) {
        if let Some((counts, _)) = &mut self.0 {
            **counts = Some(priority);
        }
    }
}

/// All options of another feature. What is made of it names an option, and is no expression that
/// could stand elsewhere.
fn root<N: Neighbour>() -> Expr<N> {
    Expr::from_model(Untyped::Variable(Variable { name: N::NAME.to_owned(), path: Vec::new() }))
}

/// The option that is meant.
fn path<N: Neighbour>(option: &Untyped, place: Option<&Place>) -> Option<OptionPath> {
    match option {
        Untyped::Variable(Variable { name, path }) if name == N::NAME && !path.is_empty() => {
            Some(OptionPath(path.clone()))
        }
        _ => {
            let fault = "only an option of the other feature is meant here, such as `it.port()`";
            let problem = Problem::error(BAD_EXPRESSION, N::NAME, fault);
            fault::note(problem.at(place.cloned()));
            None
        }
    }
}

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, KnownFeature>> = const { RefCell::new(BTreeMap::new()) };
}

/// What the work comes to, and what it uses of other features.
pub(crate) fn known<R>(work: impl FnOnce() -> R) -> (R, BTreeMap<String, KnownFeature>) {
    let before = KNOWN.take();
    let result = work();
    (result, KNOWN.replace(before))
}

/// Notes that an option is used.
fn note<N: Neighbour>(
    option: Result<KnownOption, String>,
    place: Option<Place>,
    list: impl FnOnce(&mut KnownFeature) -> &mut Vec<KnownOption>,
) {
    let option = match option {
        Ok(option) => option,
        Err(fault) => {
            fault::note(Problem::error(BAD_EXPRESSION, N::NAME, fault).at(place));
            return;
        }
    };
    KNOWN.with_borrow_mut(|known| {
        let none = || KnownFeature { kind: N::KIND, sets: Vec::new(), reads: Vec::new(), place };
        let all = list(known.entry(N::NAME.to_owned()).or_insert_with(none));
        if !all.contains(&option) {
            all.push(option);
        }
    });
}

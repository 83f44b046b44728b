//! Defaults, each evaluated when something first asks for it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domi_model::{
    Manifest, NAME, NEIGHBOURS, OptionDecl, OptionPath, Problem, Settings, Submodule, Type,
    accepts, check, coerced,
};

use crate::codes::{CYCLE, NOT_EVALUATED, NOT_WRITABLE};
use crate::eval::{Evaluated, Fault, Found, Options, Scope};
use crate::{Datum, PackagePaths};

/// Where an option is, for its default.
#[derive(Clone, Default)]
struct OptionPlace {
    /// The concrete path of the options around it.
    at: Vec<String>,
    /// The innermost name in an attribute set on the way.
    name: Option<String>,
}

impl OptionPlace {
    fn within(&self, name: impl Into<String>) -> Self {
        let mut inner = self.clone();
        inner.at.push(name.into());
        inner
    }
}

/// What is known of an option so far.
#[derive(Clone)]
enum Known {
    Asked,
    Value(Datum),
    Failed,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    /// The value as it is written: what is given, or the default, without what is within.
    Written(Vec<String>),
    /// The value with all defaults within.
    Filled(Vec<String>),
}

/// Answers for the values of options, asking for others on the way.
pub(super) struct Resolver<'a> {
    manifest: &'a Manifest,
    given: &'a BTreeMap<String, Datum>,
    paths: &'a dyn PackagePaths,
    found: &'a RefCell<Found>,
    known: RefCell<BTreeMap<Question, Known>>,
    /// What is being asked for, outermost first.
    asked: RefCell<Vec<Vec<String>>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        given: &'a BTreeMap<String, Datum>,
        paths: &'a dyn PackagePaths,
        found: &'a RefCell<Found>,
    ) -> Self {
        Self {
            manifest,
            given,
            paths,
            found,
            known: RefCell::default(),
            asked: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// Every option.
    pub(super) fn all(self) -> Result<BTreeMap<String, Datum>, Vec<Problem>> {
        let mut options = BTreeMap::new();
        for option in &self.manifest.options {
            let given = self.given.get(&option.name);
            if let Ok(value) = self.filled(option, given, &OptionPlace::default(), false) {
                options.insert(option.name.clone(), value);
            }
        }
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(options) } else { Err(problems) }
    }

    /// Answers a question once; one that leads back to itself has no answer.
    fn ask(
        &self,
        question: Question,
        option: &OptionDecl,
        answer: impl FnOnce() -> Evaluated,
    ) -> Evaluated {
        let path = match &question {
            Question::Written(path) | Question::Filled(path) => path.clone(),
        };
        let known = self.known.borrow().get(&question).cloned();
        match known {
            Some(Known::Value(value)) => return Ok(value),
            Some(Known::Failed) => return Err(Fault::Reported),
            Some(Known::Asked) => return Err(Fault::Cycle(self.circle(&path))),
            None => {}
        }
        self.known.borrow_mut().insert(question.clone(), Known::Asked);
        self.asked.borrow_mut().push(path.clone());
        let answer = answer();
        self.asked.borrow_mut().pop();
        let known = answer.as_ref().map_or(Known::Failed, |value| Known::Value(value.clone()));
        self.known.borrow_mut().insert(question, known);
        answer.map_err(|fault| {
            self.report(fault, option, &path);
            Fault::Reported
        })
    }

    /// The options from the one asked for to itself.
    fn circle(&self, path: &[String]) -> Vec<String> {
        let asked = self.asked.borrow();
        let start = asked.iter().position(|asked| asked == path).unwrap_or_default();
        let mut circle: Vec<_> =
            asked[start..].iter().map(|path| OptionPath(path.clone()).to_string()).collect();
        circle.dedup();
        circle
    }

    fn report(&self, fault: Fault, option: &OptionDecl, path: &[String]) {
        let subject = OptionPath(path.to_vec()).to_string();
        let problem = match fault {
            Fault::Reported => return,
            Fault::Cycle(circle) => {
                let message = format!("the default depends on itself: {}", circle.join(" → "));
                Problem::error(CYCLE, subject, message)
                    .next(format!("set {}", circle.first().map_or("one of them", String::as_str)))
            }
            Fault::Unsound(fault) => {
                Problem::error(NOT_EVALUATED, subject, format!("the default has no value: {fault}"))
            }
            Fault::NotWritable(fault) => {
                Problem::error(NOT_WRITABLE, subject, format!("the default: {fault}"))
            }
        };
        self.problems.borrow_mut().push(problem.at(option.place.clone()));
    }

    /// What is given, or else the default.
    fn written(
        &self,
        option: &OptionDecl,
        given: Option<&Datum>,
        place: &OptionPlace,
        nested: bool,
    ) -> Evaluated {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let path = place.within(&option.name).at;
        let Some(default) = &option.default else {
            return Err(Fault::Unsound(format!("`{}` has no value", OptionPath(path))));
        };
        self.ask(Question::Written(path.clone()), option, || {
            let mut scope = Scope::new(self, self.paths, self.found);
            if nested {
                scope = scope.bind_neighbours(NEIGHBOURS, &place.at);
            }
            if let Some(name) = &place.name {
                scope = scope.bind(NAME, Datum::Str(name.clone()));
            }
            let value = scope.eval(default)?;
            self.check_default(option, &value, path)?;
            Ok(value)
        })
    }

    fn check_default(
        &self,
        option: &OptionDecl,
        value: &Datum,
        path: Vec<String>,
    ) -> Result<(), Fault> {
        let (value, packages) = (value.to_value(), &self.manifest.packages);
        let Err(wrong) = check(&option.ty, &value, &OptionPath(path), packages) else {
            return Ok(());
        };
        let wrong = wrong.into_iter().map(|mut problem| {
            problem.message = format!("the default is wrong: {}", problem.message);
            problem.at(option.place.clone())
        });
        self.problems.borrow_mut().extend(wrong);
        Err(Fault::Reported)
    }

    fn filled(
        &self,
        option: &OptionDecl,
        given: Option<&Datum>,
        place: &OptionPlace,
        nested: bool,
    ) -> Evaluated {
        let inner = place.within(&option.name);
        self.ask(Question::Filled(inner.at.clone()), option, || {
            let value = self.written(option, given, place, nested)?;
            self.fill(&option.ty, value, &inner)
        })
    }

    /// Fills in the defaults within a value at a place.
    fn fill(&self, ty: &Type, value: Datum, place: &OptionPlace) -> Evaluated {
        Ok(match (ty, value) {
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Datum::List(items)) => {
                let items = items.into_iter().enumerate();
                let filled =
                    items.map(|(i, item)| self.fill(inner, item, &place.within(format!("[{i}]"))));
                Datum::List(filled.collect::<Result<_, _>>()?)
            }
            (Type::AttrsOf(inner) | Type::LazyAttrsOf(inner), Datum::Attrs(attrs)) => {
                let filled = attrs.into_iter().map(|(name, value)| {
                    let value = self.fill(inner, value, &named(place, &name))?;
                    Ok((name, value))
                });
                Datum::Attrs(filled.collect::<Result<_, Fault>>()?)
            }
            (Type::NullOr(_), Datum::Null) => Datum::Null,
            (Type::NullOr(inner), value) => self.fill(inner, value, place)?,
            (Type::Coerced(it), value) => {
                let plain = value.to_value();
                let becomes = coerced(it, &plain, &self.manifest.packages);
                let value = if becomes == plain { value } else { Datum::from(&becomes) };
                self.fill(&it.to, value, place)?
            }
            (Type::OneOf(types), value) => match self.alternative(types, &value) {
                Some(ty) => self.fill(ty, value, place)?,
                None => value,
            },
            (
                Type::Submodule(Submodule { options }) | Type::Settings(Settings { options, .. }),
                Datum::Attrs(attrs),
            ) => self.record(options, attrs, place)?,
            (Type::AttrTag(variants), Datum::Attrs(attrs)) => {
                let filled = attrs.into_iter().map(|(tag, value)| {
                    let variant = variants.iter().find(|variant| variant.name == tag);
                    let value = match variant {
                        Some(variant) => self.fill(&variant.ty, value, &place.within(&tag))?,
                        None => value,
                    };
                    Ok((tag, value))
                });
                Datum::Attrs(filled.collect::<Result<_, Fault>>()?)
            }
            (Type::SingleLineStr, Datum::Str(s)) => {
                Datum::Str(s.strip_suffix('\n').unwrap_or(&s).to_owned())
            }
            (Type::Package, Datum::Str(name)) => Datum::Package(name),
            (_, value) => value,
        })
    }

    fn alternative<'t>(&self, types: &'t [Type], value: &Datum) -> Option<&'t Type> {
        let value = value.to_value();
        types.iter().find(|ty| accepts(ty, &value, &self.manifest.packages))
    }

    fn record(
        &self,
        options: &[OptionDecl],
        mut attrs: BTreeMap<String, Datum>,
        place: &OptionPlace,
    ) -> Evaluated {
        let mut failed = None;
        for option in options {
            let given = attrs.get(&option.name).cloned();
            match self.filled(option, given.as_ref(), place, true) {
                Ok(value) => {
                    attrs.insert(option.name.clone(), value);
                }
                // The others are asked for all the same, so that all problems are found.
                Err(fault) => failed = Some(fault),
            }
        }
        failed.map_or(Ok(Datum::Attrs(attrs)), Err)
    }

    /// The value within a record that a path leads to, filled in; or only what is written there.
    fn reach(
        &self,
        options: &[OptionDecl],
        attrs: &BTreeMap<String, Datum>,
        place: &OptionPlace,
        path: &[String],
        fill: bool,
        nested: bool,
    ) -> Evaluated {
        let Some((name, rest)) = path.split_first() else {
            return self.record(options, attrs.clone(), place);
        };
        let given = attrs.get(name);
        match (options.iter().find(|option| option.name == *name), given) {
            (Some(option), given) if rest.is_empty() && fill => {
                self.filled(option, given, place, nested)
            }
            (Some(option), given) => {
                let value = self.written(option, given, place, nested)?;
                self.descend(&option.ty, value, &place.within(name), rest, fill)
            }
            (None, Some(value)) => {
                self.descend(&Type::Anything, value.clone(), &place.within(name), rest, fill)
            }
            (None, None) => Err(not_there(&place.within(name))),
        }
    }

    fn descend(
        &self,
        ty: &Type,
        value: Datum,
        place: &OptionPlace,
        rest: &[String],
        fill: bool,
    ) -> Evaluated {
        let Some((name, deeper)) = rest.split_first() else {
            return if fill { self.fill(ty, value, place) } else { Ok(value) };
        };
        match (ty, &value) {
            (Type::NullOr(inner), value) if *value != Datum::Null => {
                self.descend(inner, value.clone(), place, rest, fill)
            }
            (Type::OneOf(types), value) => match self.alternative(types, value) {
                Some(ty) => self.descend(ty, value.clone(), place, rest, fill),
                None => Err(not_there(place)),
            },
            (
                Type::Submodule(Submodule { options }) | Type::Settings(Settings { options, .. }),
                Datum::Attrs(attrs),
            ) => self.reach(options, attrs, place, rest, fill, true),
            (_, Datum::Attrs(attrs)) => {
                let value = attrs.get(name).ok_or_else(|| not_there(&place.within(name)))?;
                let (ty, place) = match ty {
                    Type::AttrsOf(inner) | Type::LazyAttrsOf(inner) => {
                        (&**inner, named(place, name))
                    }
                    Type::AttrTag(variants) => {
                        let variant = variants.iter().find(|variant| variant.name == *name);
                        (variant.map_or(&Type::Anything, |v| &v.ty), place.within(name))
                    }
                    _ => (&Type::Anything, place.within(name)),
                };
                self.descend(ty, value.clone(), &place, deeper, fill)
            }
            (Type::ListOf(inner) | Type::NonEmptyListOf(inner), Datum::List(items)) => {
                let index = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')?.parse().ok());
                let item = index.and_then(|i: usize| items.get(i));
                let item = item.ok_or_else(|| not_there(&place.within(name)))?;
                self.descend(inner, item.clone(), &place.within(name), deeper, fill)
            }
            _ => Err(not_there(&place.within(name))),
        }
    }

    fn find(&self, path: &[String], fill: bool) -> Evaluated {
        let options = &self.manifest.options;
        self.reach(options, self.given, &OptionPlace::default(), path, fill, false)
    }
}

fn named(place: &OptionPlace, name: &str) -> OptionPlace {
    OptionPlace { name: Some(name.to_owned()), ..place.within(name) }
}

fn not_there(place: &OptionPlace) -> Fault {
    Fault::Unsound(format!("there is no `{}`", OptionPath(place.at.clone())))
}

impl Options for Resolver<'_> {
    fn value(&self, path: &[String]) -> Evaluated {
        self.find(path, true)
    }

    fn is_null(&self, path: &[String]) -> Result<bool, Fault> {
        Ok(self.find(path, false)? == Datum::Null)
    }
}

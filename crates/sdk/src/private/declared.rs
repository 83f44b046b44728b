//! Options, as derived code declares them.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use domi_model::{
    Expr as Untyped, OptionDecl, OptionPath, Place, Problem, Removed, Renamed, Type, Value, Variant,
};

use crate::fault::{self, BAD_EXPRESSION};
use crate::plain::plain;
use crate::private::description::with_values;
use crate::private::fields::Fields;
use crate::run_time::at_run_time;
use crate::{Expr, OldName, OptionType};

/// What an option type is. Derived code asks for it in one way only, so that a type that is none
/// is one error.
pub struct Typed<T> {
    ty: fn() -> Type,
    values: fn() -> String,
    implied_default: fn() -> Option<Value>,
    from_value: fn(Value) -> Option<T>,
    to_value: fn(&T) -> Value,
}

pub fn typed<T: OptionType>() -> Typed<T> {
    Typed {
        ty: T::ty,
        values: T::values,
        implied_default: T::implied_default,
        from_value: T::from_value,
        to_value: T::to_value,
    }
}

impl<T> Typed<T> {
    pub fn ty(&self) -> Type {
        (self.ty)()
    }

    pub fn of(&self, value: Value) -> Option<T> {
        (self.from_value)(value)
    }

    pub fn value(&self, value: &T) -> Value {
        (self.to_value)(value)
    }

    pub fn accepts(&self, value: &Value) -> bool {
        domi_model::accepts(&at_run_time(self.ty()), value, &BTreeMap::new())
    }

    pub fn take(&self, fields: &mut Fields, name: &str) -> Option<T> {
        fields.take(name).and_then(self.from_value)
    }

    pub fn variant(&self, name: &str, description: &str) -> Variant {
        let description = with_values(description, &(self.values)());
        Variant { name: name.to_owned(), description, ty: self.ty() }
    }

    pub fn option(&self, name: &str, description: &str, place: Place) -> Declared<T> {
        let declaration = OptionDecl {
            name: name.to_owned(),
            ty: self.ty(),
            description: with_values(description, &(self.values)()),
            default: (self.implied_default)().map(Untyped::Literal),
            default_text: None,
            example: None,
            internal: false,
            hidden: false,
            read_only: false,
            place: Some(place),
        };
        Declared { declaration, ty: PhantomData }
    }
}

/// An option that is being declared.
pub struct Declared<T> {
    declaration: OptionDecl,
    ty: PhantomData<fn() -> T>,
}

impl<T> Declared<T> {
    #[must_use]
    pub fn visibility(mut self, internal: bool, hidden: bool, read_only: bool) -> Self {
        self.declaration.internal = internal;
        self.declaration.hidden = hidden;
        self.declaration.read_only = read_only;
        self
    }

    #[must_use]
    pub fn narrowed(mut self, ty: Type) -> Self {
        self.declaration.ty = ty;
        self
    }

    #[must_use]
    pub fn default(mut self, value: Expr<T>) -> Self {
        self.declaration.default = Some(value.into_model());
        self
    }

    #[must_use]
    pub fn default_text(mut self, text: &str) -> Self {
        self.declaration.default_text = Some(text.to_owned());
        self
    }

    #[must_use]
    pub fn example(mut self, value: &Expr<T>) -> Self {
        self.declaration.example = plain(value.as_model());
        if self.declaration.example.is_none() {
            let fault = "the example is an expression, not a value";
            let problem = Problem::error(BAD_EXPRESSION, &*self.declaration.name, fault);
            fault::note(
                problem.at(self.declaration.place.clone()).next("write a value that it may have"),
            );
        }
        self
    }

    pub fn declaration(self) -> OptionDecl {
        self.declaration
    }
}

fn path(dotted: &str) -> OptionPath {
    OptionPath(dotted.split('.').map(str::to_owned).collect())
}

pub fn renamed(from: &str, to: &str, since: Option<&'static str>) -> OldName {
    OldName { renamed: Renamed { from: path(from), to: path(to), silent: false }, since }
}

pub fn removed(option: &str, reason: &str) -> Removed {
    Removed { option: path(option), reason: reason.to_owned() }
}

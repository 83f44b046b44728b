//! The types of options read and write what NixOS reads and writes, wherever serde is used.

use std::collections::BTreeMap;

use domi_model::{OptionPath, Submodule, Type, Value, check};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::options::neighbours;
use crate::run_time::at_run_time;
use crate::{
    AbsolutePath, Anything, Either, Float, LazyMap, Lines, NonEmptyStr, NonEmptyVec, OptionType,
    Options, Package, Port, SecretFile, Settings, SettingsFormat, SingleLineStr, StorePath,
};

macro_rules! as_option {
    ($([$($bound:tt)*] $ty:ty;)+) => {
        $(
            impl<$($bound)*> Serialize for $ty {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serialize(self, serializer)
                }
            }

            impl<'de, $($bound)*> Deserialize<'de> for $ty {
                fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                    deserialize(deserializer)
                }
            }
        )+
    };
}

as_option! {
    [] AbsolutePath;
    [] Anything;
    [A: OptionType, B: OptionType] Either<A, B>;
    [] Float;
    [T: OptionType] LazyMap<T>;
    [] Lines;
    [] NonEmptyStr;
    [T: OptionType] NonEmptyVec<T>;
    [] Package;
    [] Port;
    [] SecretFile;
    [F: SettingsFormat, D: Options] Settings<F, D>;
    [] SingleLineStr;
    [] StorePath;
}

/// Writes a value as NixOS does.
pub fn serialize<T: OptionType, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.to_value().serialize(serializer)
}

/// Reads a value as NixOS writes it.
pub fn deserialize<'de, T: OptionType, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    of_type(T::ty(), deserializer)
}

/// As [`deserialize`], for a struct, of which nobody knows here whether it is a submodule.
pub fn deserialize_options<'de, T: Options, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    of_type(Type::Submodule(Submodule { options: T::options(&neighbours()) }), deserializer)
}

fn of_type<'de, T: OptionType, D: Deserializer<'de>>(
    ty: Type,
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let ty = at_run_time(ty);
    let checked = check(&ty, &value, &OptionPath::default(), &BTreeMap::new());
    let value = checked.map_err(|problems| {
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| match &*problem.subject {
                "" => problem.message.clone(),
                subject => format!("{subject}: {}", problem.message),
            })
            .collect();
        D::Error::custom(problems.join("; "))
    })?;
    T::from_value(value).ok_or_else(|| {
        D::Error::custom("an option is missing whose default depends on other options")
    })
}

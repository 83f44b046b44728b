//! The types of options read and write what NixOS reads and writes, wherever serde is used.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::private::{deserialize, serialize};
use crate::{
    AbsolutePath, Anything, Either, Float, IntoExpr, LazyMap, Lines, NonEmptyStr, NonEmptyVec,
    OptionType, Options, Package, Port, SecretFile, Settings, SettingsFormat, SingleLineStr,
    StorePath,
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

impl<A: OptionType, B: OptionType> IntoExpr<Self> for Either<A, B> {
    fn into_expr(self) -> crate::Expr<Self> {
        crate::private::literal(&self)
    }
}

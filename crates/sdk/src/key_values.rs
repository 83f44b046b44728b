//! What the key of a unit file may have as its value.

use domi_model::Setting;

use crate::conditions::presence;
use crate::plain::list_of;
use crate::{Expr, IntoText, Textual};

/// What a key of a unit file may have: a text, a list of texts for a key that repeats, or an
/// option that may be null, which leaves the key out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a key in a unit file",
    note = "texts, lists of texts, and expressions of them or of an `Option` of them can"
)]
pub trait IntoSetting {
    /// Whether it is a list, rather than one text.
    const IS_LIST: bool = false;

    /// The setting.
    fn into_setting(self) -> Setting;
}

impl<V: IntoText> IntoSetting for V {
    fn into_setting(self) -> Setting {
        Setting { value: self.into_text(), when: None }
    }
}

impl<V: IntoText, const N: usize> IntoSetting for [V; N] {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        Setting { value: list_of(self.map(V::into_text).into()), when: None }
    }
}

impl<V: IntoText> IntoSetting for Vec<V> {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        let texts = self.into_iter().map(V::into_text).collect();
        Setting { value: list_of(texts), when: None }
    }
}

impl<T: Textual> IntoSetting for Expr<Vec<T>> {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        Setting { value: self.into_model(), when: None }
    }
}

impl<T: Textual> IntoSetting for &Expr<Vec<T>> {
    const IS_LIST: bool = true;

    fn into_setting(self) -> Setting {
        self.clone().into_setting()
    }
}

impl<T: Textual> IntoSetting for &Expr<Option<T>> {
    fn into_setting(self) -> Setting {
        self.clone().into_setting()
    }
}

impl<T: Textual> IntoSetting for Expr<Option<T>> {
    fn into_setting(self) -> Setting {
        let (when, value) = presence(self.as_model());
        Setting { value, when: Some(when) }
    }
}

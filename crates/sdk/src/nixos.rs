//! Options of NixOS's own modules.

use domi_model::{NixosSetting, OptionPath, Place, Problem};

use crate::fault::{self, BAD_EXPRESSION};
use crate::place::here;
use crate::{IntoAny, SetOption};

/// An option of NixOS's own modules, until it is said what it is set to.
#[derive(Debug)]
#[must_use = "an option of NixOS is set with `.set(…)`"]
pub struct NixosOption<'a> {
    settings: &'a mut Vec<NixosSetting>,
    option: Option<OptionPath>,
    place: Option<Place>,
}

impl<'a> NixosOption<'a> {
    #[track_caller]
    pub(crate) fn of(settings: &'a mut Vec<NixosSetting>, path: &str) -> Self {
        let place = here();
        let option = names(path);
        if option.is_none() {
            let fault = "this is no path of an option, such as `services.openssh.enable`";
            fault::note(Problem::error(BAD_EXPRESSION, path, fault).at(place.clone()).next(
                "a name that is no identifier stands in quotes: `users.users.\"a.b\".shell`",
            ));
        }
        Self { settings, option, place }
    }

    /// Sets it. Values of one option from several modules are merged as its type in NixOS says.
    pub fn set(self, value: impl IntoAny) -> SetOption<'a> {
        let Some(option) = self.option else { return SetOption::none() };
        let (value, place) = (value.into_any(), self.place);
        self.settings.push(NixosSetting { option, value, priority: None, when: None, place });
        let last = self.settings.last_mut().expect("a setting was just added");
        SetOption::of(&mut last.priority, &mut last.when)
    }
}

/// The names of a path as Nix writes it: with dots between them, and in quotes where one holds more
/// than an identifier.
fn names(path: &str) -> Option<OptionPath> {
    let (mut names, mut rest) = (Vec::new(), path);
    loop {
        let (name, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        let is_good = |c: char| c.is_ascii_alphanumeric() || "_-'".contains(c);
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(is_good);
        if name.is_empty() || name.contains('\\') || !(is_plain || rest.starts_with('"')) {
            return None;
        }
        names.push(name.to_owned());
        if behind.is_empty() {
            return Some(OptionPath(names));
        }
        rest = behind.strip_prefix('.')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&[&str]>) {
        let names = names(path).map(|path| path.0);
        let expected = expected.map(|it| it.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(names, expected, "{path}");
    }

    #[test]
    fn a_path_is_read_as_nix_writes_it() {
        check("services.openssh.enable", Some(&["services", "openssh", "enable"]));
        check("a.\"b.c d\".e", Some(&["a", "b.c d", "e"]));
        check("a.\"b\"", Some(&["a", "b"]));
        for bad in ["", "a..b", ".a", "a.", "a b", "a.\"b", "a.\"\"", "a.\"b\"c", "a.${b}", "1.a"] {
            check(bad, None);
        }
    }
}

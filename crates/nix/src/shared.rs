//! What several services of a module have alike: bound to a name at the top.

use crate::ast::{Binding, Bound, Key, Nix, Op};
use crate::files::names;

/// How much services must have alike to share it.
const MANY: usize = 8;

/// What it is bound to.
const NAME: &str = "commonServiceConfig";

/// Takes the fixed settings that all longer `serviceConfig`s have out of them, and leaves the name to
/// which they are bound.
pub(crate) fn bind_common(module: &mut Nix) -> Option<Binding> {
    let mut common: Option<Vec<Binding>> = None;
    let mut services = 0;
    each_config(module, &mut |config| {
        let Nix::Attrs(lines) = config else { return };
        let fixed = || lines.iter().filter(|line| is_fixed(line));
        if fixed().count() < MANY {
            return;
        }
        services += 1;
        match &mut common {
            Some(common) => common.retain(|line| lines.contains(line)),
            None => common = Some(fixed().cloned().collect()),
        }
    });
    let common = common.filter(|common| services > 1 && common.len() >= MANY)?;
    if names(module).contains(NAME) {
        return None;
    }
    each_config(module, &mut |config| {
        let Nix::Attrs(lines) = config else { return };
        if common.iter().all(|line| lines.contains(line)) {
            lines.retain(|line| !common.contains(line));
            let own = std::mem::replace(config, Nix::ident(NAME));
            if own != Nix::Attrs(Vec::new()) {
                *config = Nix::binary(Op::Update, Nix::ident(NAME), own);
            }
        }
    });
    Some(Binding::new(NAME, Nix::Attrs(common)))
}

/// Whether a line is one name with a value that is the same everywhere.
fn is_fixed(line: &Binding) -> bool {
    let is_constant = |name: &String| matches!(&**name, "true" | "false" | "null");
    matches!(&line.bound, Bound::Value(path, value)
        if path.len() == 1 && value.free().iter().all(is_constant))
}

/// Shows the settings of each service.
fn each_config(module: &mut Nix, look: &mut dyn FnMut(&mut Nix)) {
    let key = Key::from("serviceConfig");
    module.walk(&mut |nix| {
        if let Nix::Attrs(lines) = nix {
            for line in lines {
                if let Bound::Value(path, value) = &mut line.bound
                    && path.last() == Some(&key)
                {
                    look(value);
                }
            }
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print;

    /// Services with so many settings alike, and one of their own each.
    fn services(settings: &[usize]) -> Nix {
        let service = |(at, count): (usize, &usize)| {
            let fixed = (0..*count).map(|n| Binding::new(format!("K{n}"), Nix::Int(1)));
            let own = Binding::new("Own", Nix::ident("cfg"));
            let config = Nix::Attrs(fixed.chain([own]).collect());
            Binding::at(vec![format!("s{at}").into(), "serviceConfig".into()], config)
        };
        Nix::Attrs(settings.iter().enumerate().map(service).collect())
    }

    #[track_caller]
    fn check(settings: &[usize], expected: Option<usize>) {
        let mut module = services(settings);
        let common = bind_common(&mut module);
        let shared = common.as_ref().map(|binding| match &binding.bound {
            Bound::Value(_, Nix::Attrs(lines)) => lines.len(),
            _ => 0,
        });
        assert_eq!(shared, expected);
        let text = print::fragment(&module);
        let uses = settings.iter().filter(|count| expected.is_some_and(|all| **count >= all));
        assert_eq!(text.matches("= commonServiceConfig // {").count(), uses.count(), "{text}");
    }

    #[test]
    fn what_many_services_have_alike_is_bound_once() {
        check(&[9], None);
        check(&[7, 7], None);
        check(&[9, 8], Some(8));
        check(&[9, 3, 12], Some(9));
    }
}

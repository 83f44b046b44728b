//! Files that a module makes in more than one place: each is bound to a name at the top.

use std::collections::BTreeSet;

use crate::ast::{Binding, Nix, Param, is_identifier};

/// Takes what makes a file, or its text, out of a module where it is there more than once, and leaves
/// the name to which that is bound.
pub(crate) fn bind_repeated(module: &mut Nix) -> Vec<Binding> {
    let outside = module.free();
    let mut taken = names(module);
    let mut bindings: Vec<Binding> = Vec::new();
    while let Some((file, name)) = first_repeated(module, &mut bindings, &outside) {
        let name = free_name(&name, &taken);
        let mut put_name = |nix: &mut Nix| {
            let is_it = *nix == file;
            if is_it {
                *nix = Nix::ident(&name);
            }
            !is_it
        };
        module.walk(&mut put_name);
        bindings.iter_mut().for_each(|binding| binding.walk(&mut put_name));
        taken.insert(name.clone());
        bindings.push(Binding::new(name.as_str(), file));
    }
    bindings
}

/// The outermost file, or text of one, that is there twice and made of nothing but what the whole
/// module has; with the file's name.
fn first_repeated(
    module: &mut Nix,
    bindings: &mut [Binding],
    outside: &BTreeSet<String>,
) -> Option<(Nix, String)> {
    let mut made: Vec<(Nix, String)> = Vec::new();
    let mut find = |nix: &mut Nix| {
        if let Some((file, text)) = made_file(nix) {
            for part in std::iter::once(&*nix).chain(text) {
                made.push((part.clone(), file.to_owned()));
            }
        }
        true
    };
    module.walk(&mut find);
    bindings.iter_mut().for_each(|binding| binding.walk(&mut find));
    made.retain(|(nix, _)| nix.free().is_subset(outside));
    made.into_iter().find(|(file, _)| {
        let mut count = 0;
        let mut see = |nix: &mut Nix| {
            count += usize::from(nix == file);
            true
        };
        module.walk(&mut see);
        bindings.iter_mut().for_each(|binding| binding.walk(&mut see));
        count > 1
    })
}

/// The name of the file that an expression makes, and a text that is made for it.
fn made_file(nix: &Nix) -> Option<(&str, Option<&Nix>)> {
    let Nix::Apply(function, content) = nix else { return None };
    let Nix::Apply(maker, name) = &**function else { return None };
    let Nix::Select { path, default: None, .. } = &**maker else { return None };
    let is = |wanted: &str| path.last().is_some_and(|last| *last == wanted.into());
    let is_generated = is("generate");
    let of_text = ["writeShellScript", "writeShellScriptBin", "writeText"];
    if !is_generated && !of_text.into_iter().any(is) {
        return None;
    }
    let is_made = match &**content {
        Nix::Str(parts) => parts.len() > 1,
        Nix::Apply(..) | Nix::Binary(..) => true,
        _ => false,
    };
    let is_text = !is_generated && is_made;
    Some((name.as_text()?, is_text.then_some(&**content)))
}

/// All names that are used or bound anywhere in it.
pub(crate) fn names(module: &mut Nix) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    module.walk(&mut |nix| {
        match nix {
            Nix::Ident(name) => _ = names.insert(name.clone()),
            Nix::Lambda(Param::Ident(name), _) => _ = names.insert(name.clone()),
            Nix::Lambda(Param::Formals(formals) | Param::Exactly(formals), _) => {
                names.extend(formals.iter().cloned());
            }
            Nix::Let(bindings, _) => {
                names.extend(bindings.iter().flat_map(Binding::bound_names).map(str::to_owned));
            }
            _ => {}
        }
        true
    });
    names
}

/// `prometheusYml` for `prometheus.yml`; something longer where that is taken.
pub(crate) fn free_name(file: &str, taken: &BTreeSet<String>) -> String {
    let words = file.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let (first, rest) = word.split_at(1);
        name += &if name.is_empty() { first.to_lowercase() } else { first.to_uppercase() };
        name += rest;
    }
    if !is_identifier(&name) {
        name = format!("file{name}");
    }
    while taken.contains(&name) {
        name += "File";
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print;

    fn text_file(name: &str, text: Nix) -> Nix {
        written("writeText", name, text)
    }

    fn written(writer: &str, name: &str, text: Nix) -> Nix {
        Nix::ident("pkgs").dot(writer).call(Nix::str(name)).call(text)
    }

    fn port() -> Nix {
        let port = crate::ast::Part::Interpolation(Nix::ident("cfg").dot("port"));
        Nix::Str(vec![crate::ast::Part::Text("port ".to_owned()), port])
    }

    #[track_caller]
    fn check(items: Vec<Nix>, expected: &str) {
        let mut module = Nix::List(items);
        let bindings = bind_repeated(&mut module);
        assert_eq!(print::fragment(&Nix::let_in(bindings, module)), expected);
    }

    #[test]
    fn a_file_that_is_made_twice_is_bound_once() {
        let inner = || text_file("a.conf", Nix::ident("cfg").dot("a"));
        let outer = || text_file("b c", Nix::List(vec![inner()]));
        check(vec![inner(), Nix::Int(1)], "[\n  (pkgs.writeText \"a.conf\" cfg.a)\n  1\n]");
        check(
            vec![outer(), inner(), outer()],
            "let\n  bC = pkgs.writeText \"b c\" [ aConf ];\n  aConf = pkgs.writeText \"a.conf\" \
             cfg.a;\nin\n[\n  bC\n  aConf\n  bC\n]",
        );
    }

    #[test]
    fn the_text_of_a_file_is_bound_where_it_stands_elsewhere_too() {
        check(
            vec![port(), text_file("2.conf", port())],
            "let\n  file2Conf = \"port ${cfg.port}\";\nin\n[\n  file2Conf\n  (pkgs.writeText \
             \"2.conf\" file2Conf)\n]",
        );
    }

    #[test]
    fn a_script_that_is_a_command_too_has_its_text_once() {
        let script = |writer| written(writer, "shop-status", port());
        check(
            vec![script("writeShellScriptBin"), script("writeShellScript")],
            "let\n  shopStatus = \"port ${cfg.port}\";\nin\n[\n  (pkgs.writeShellScriptBin \
             \"shop-status\" shopStatus)\n  (pkgs.writeShellScript \"shop-status\" shopStatus)\n]",
        );
    }

    #[test]
    fn what_is_made_of_a_variable_stays_where_the_variable_is() {
        let file = || text_file("a", Nix::ident("it"));
        let each = Nix::lambda("it", Nix::List(vec![file(), file()]));
        check(
            vec![Nix::lib_call("map", [each])],
            "[\n  (lib.map (it: [\n    (pkgs.writeText \"a\" it)\n    (pkgs.writeText \"a\" it)\n  ]))\n]",
        );
    }

    #[test]
    fn a_name_is_none_that_is_there() {
        let taken = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(free_name("event-store.sql", &taken(&[])), "eventStoreSql");
        assert_eq!(free_name("cfg", &taken(&["cfg"])), "cfgFile");
        assert_eq!(free_name("a", &taken(&["a", "aFile"])), "aFileFile");
        assert_eq!(free_name("ö", &taken(&[])), "file");
        assert_eq!(free_name("if", &taken(&[])), "fileif");
    }
}

//! A person's `flake.nix`: an input more, or some less. All else stays as it is written.

use std::collections::BTreeSet;
use std::ops::Range;

use rnix::ast::{Attr, AttrSet, AttrpathValue, Expr, HasEntry, InterpolPart, Param};

use crate::ast::{Binding, Key, Nix};
use crate::print;

/// The text of a `flake.nix` with an input more, which has the inputs of this flake where it has inputs of
/// these names; those of `apart` it has not. None where there is an input of this name already.
///
/// # Errors
/// Why that cannot be, of the file: "takes its inputs from elsewhere".
pub fn with_flake_input(
    text: &str,
    name: &str,
    url: &str,
    apart: &BTreeSet<String>,
) -> Result<Option<String>, String> {
    let read = Read::of(text)?;
    if read.inputs.iter().any(|it| it.name == name) {
        return Ok(None);
    }
    let names = read.inputs.iter().map(|it| it.name.as_str()).collect::<BTreeSet<_>>();
    let follows = |name: &str| read.inputs.iter().any(|it| it.name == name && it.follows);
    let names = names.into_iter().filter(|name| !follows(name) && !apart.contains(*name));
    let follow = names.map(|name| {
        let path = ["inputs", name, "follows"].map(Key::from);
        Binding::at(path.into(), Nix::str(name))
    });
    let value = Nix::attrs(std::iter::once(Binding::new("url", Nix::str(url))).chain(follow));
    let new = read.inserted(text, name, value);
    let is_there = Read::of(&new)?.inputs.iter().any(|it| it.name == name);
    if is_there { Ok(Some(new)) } else { Err("cannot be read once it is changed".to_owned()) }
}

/// The line that gives a `flake.nix` an input, wherever its inputs are.
pub fn flake_input(name: &str, url: &str) -> String {
    let path = ["inputs", name, "url"].map(Key::from);
    lines(&Nix::attrs([Binding::at(path.into(), Nix::str(url))]))
}

/// The text of a `flake.nix` without some inputs.
///
/// # Errors
/// Why that cannot be, of the file.
pub fn without_flake_inputs(text: &str, names: &BTreeSet<String>) -> Result<String, String> {
    let read = Read::of(text)?;
    let mut new = text.to_owned();
    for it in read.inputs.iter().rev().filter(|it| names.contains(&it.name)) {
        new.replace_range(whole_line(text, it.range.clone()), "");
    }
    Read::of(&new)?;
    Ok(new)
}

/// An input that a file has, or a part of what it says of one.
struct Input {
    name: String,
    /// Whether it is that of another flake.
    follows: bool,
    range: Range<usize>,
}

struct Read {
    inputs: Vec<Input>,
    /// Where the closing brace of the set of inputs is; none where each is a line of the whole.
    close: Option<usize>,
}

impl Read {
    fn of(text: &str) -> Result<Self, String> {
        let root = rnix::Root::parse(text);
        let Some(Expr::AttrSet(whole)) = root.tree().expr().filter(|_| root.errors().is_empty())
        else {
            return Err("is no attribute set that can be read".to_owned());
        };
        let mut read = Self { inputs: Vec::new(), close: None };
        for entry in whole.attrpath_values() {
            let path = path(&entry);
            match path.iter().map(Option::as_deref).collect::<Vec<_>>()[..] {
                [Some("inputs")] => match entry.value() {
                    Some(Expr::AttrSet(set)) if set.inherits().next().is_none() => {
                        read.set(&set)?;
                    }
                    _ => return Err("takes its inputs from elsewhere".to_owned()),
                },
                [Some("inputs"), ..] => read.input(&path[1..], &entry)?,
                [Some("outputs")] => match entry.value() {
                    Some(Expr::Lambda(it)) if takes_all(it.param()) => {}
                    _ => return Err("has `outputs` that take no further input".to_owned()),
                },
                _ => {}
            }
        }
        if read.inputs.is_empty() {
            return Err("has no inputs of its own".to_owned());
        }
        read.inputs.sort_by_key(|it| it.range.start);
        Ok(read)
    }

    fn set(&mut self, set: &AttrSet) -> Result<(), String> {
        self.close = Some(range(set).end.saturating_sub(1));
        set.attrpath_values().try_for_each(|entry| self.input(&path(&entry), &entry))
    }

    fn input(&mut self, path: &[Option<String>], entry: &AttrpathValue) -> Result<(), String> {
        let Some(Some(name)) = path.first() else {
            return Err("has an input whose name is computed".to_owned());
        };
        let is_follows = |path: &[Option<String>]| path == [Some("follows".to_owned())];
        let follows = match entry.value() {
            Some(Expr::AttrSet(set)) if path.len() == 1 => {
                set.attrpath_values().any(|entry| is_follows(&self::path(&entry)))
            }
            _ => is_follows(&path[1..]),
        };
        self.inputs.push(Input { name: name.clone(), follows, range: range(entry) });
        Ok(())
    }

    /// The text with an input more, behind the others.
    fn inserted(&self, text: &str, name: &str, value: Nix) -> String {
        let (path, at, after) = match self.close {
            Some(close) => {
                let before = text[..close].trim_end();
                let is_alone = text[before.len()..close].contains('\n');
                let own = if is_alone { line_start(text, close) } else { before.len() };
                (vec![Key::from(name)], own..close, !is_alone)
            }
            None => {
                let last = self.inputs.last().map_or(0, |it| it.range.end);
                let line = text[last..].find('\n').map_or(text.len(), |it| last + it + 1);
                let rest = text[last..line].trim();
                let at = if rest.is_empty() || rest.starts_with('#') { line } else { last };
                (["inputs", name].map(Key::from).into(), at..at, at == last)
            }
        };
        let first = self.inputs.first().map_or(0, |it| it.range.start);
        let is_set_on_its_line = self.close.is_some() && indent(text, first).is_none();
        let indent = leading(text, first).to_owned() + if is_set_on_its_line { "  " } else { "" };
        let block = lines(&Nix::attrs([Binding::at(path, value)]));
        let block: String = block.lines().map(|line| format!("{indent}{line}\n")).collect();
        let (before, behind) = (&text[..at.start], &text[at.end..]);
        match (self.close, after) {
            // What closed on the same line gets a line of its own.
            (Some(_), true) => {
                let less = indent.strip_suffix("  ").unwrap_or_default();
                format!("{before}\n{block}{less}{behind}")
            }
            (Some(close), false) => {
                format!("{before}{block}{}{behind}", &text[line_start(text, close)..close])
            }
            (None, true) => format!("{before}\n{block}{behind}"),
            (None, false) => format!("{before}{block}{behind}"),
        }
    }
}

/// The bindings of a set, without its braces.
fn lines(set: &Nix) -> String {
    let text = print::fragment(set);
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}').trim_matches('\n');
    let least = inner.len() - inner.trim_start().len();
    let less = |line: &str| line.get(least..).unwrap_or_default().to_owned();
    inner.lines().map(less).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The names of a path; none for those that are computed.
fn path(entry: &AttrpathValue) -> Vec<Option<String>> {
    let name = |attr: Attr| match attr {
        Attr::Ident(name) => Some(name.to_string()),
        Attr::Str(text) => match &text.normalized_parts()[..] {
            [InterpolPart::Literal(text)] => Some(text.clone()),
            _ => None,
        },
        Attr::Dynamic(_) => None,
    };
    entry.attrpath().into_iter().flat_map(|it| it.attrs()).map(name).collect()
}

/// Whether a function takes inputs that it does not name.
fn takes_all(param: Option<Param>) -> bool {
    match param {
        Some(Param::IdentParam(_)) => true,
        Some(Param::Pattern(pattern)) => pattern.ellipsis_token().is_some(),
        None => false,
    }
}

fn range(node: &impl rnix::ast::AstNode) -> Range<usize> {
    let range = node.syntax().text_range();
    range.start().into()..range.end().into()
}

/// Where the line begins on which something is.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |it| it + 1)
}

/// The space that the line of something begins with.
fn leading(text: &str, at: usize) -> &str {
    let before = &text[line_start(text, at)..at];
    &before[..before.len() - before.trim_start().len()]
}

/// What is before something on its line, if that is empty space.
fn indent(text: &str, at: usize) -> Option<&str> {
    let before = &text[line_start(text, at)..at];
    before.chars().all(char::is_whitespace).then_some(before)
}

/// A range with its line, where nothing else is on that.
fn whole_line(text: &str, range: Range<usize>) -> Range<usize> {
    let end = text[range.end..].find('\n').map_or(text.len(), |it| range.end + it + 1);
    let is_alone = indent(text, range.start).is_some() && text[range.end..end].trim().is_empty();
    if is_alone { line_start(text, range.start)..end } else { range }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUTS: &str = "  outputs = inputs: { };\n}\n";

    #[track_caller]
    fn check(inputs: &str, expected: &str) {
        let url = "git+file:///srv/shop";
        let text = format!("{{\n{inputs}{OUTPUTS}");
        let apart = BTreeSet::from(["old".to_owned()]);
        let new =
            with_flake_input(&text, "shop", url, &apart).expect("it can be").expect("it is new");
        assert_eq!(new, format!("{{\n{expected}{OUTPUTS}"));
        assert_eq!(with_flake_input(&new, "shop", url, &apart), Ok(None));
        let gone = without_flake_inputs(&new, &BTreeSet::from(["shop".to_owned()]));
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(bare(&gone.expect("it can be")), bare(&text));
    }

    #[test]
    fn an_input_is_put_behind_the_others_and_comments_stay() {
        check(
            "  inputs = {\n    # ours\n    domi.url = \"github:a/b\"; # there\n    nixpkgs.follows = \"domi/nixpkgs\";\n    old.url = \"x\";\n  };\n",
            "  inputs = {\n    # ours\n    domi.url = \"github:a/b\"; # there\n    nixpkgs.follows = \"domi/nixpkgs\";\n    old.url = \"x\";\n    shop = {\n      url = \"git+file:///srv/shop\";\n      inputs.domi.follows = \"domi\";\n    };\n  };\n",
        );
        check(
            "  inputs.domi.url = \"github:a/b\"; # there\n  inputs.x = { follows = \"domi/x\"; };\n\n",
            "  inputs.domi.url = \"github:a/b\"; # there\n  inputs.x = { follows = \"domi/x\"; };\n  inputs.shop = {\n    url = \"git+file:///srv/shop\";\n    inputs.domi.follows = \"domi\";\n  };\n\n",
        );
        check(
            "  inputs = { domi.url = \"github:a/b\"; };\n",
            "  inputs = { domi.url = \"github:a/b\";\n    shop = {\n      url = \"git+file:///srv/shop\";\n      inputs.domi.follows = \"domi\";\n    };\n  };\n",
        );
        check(
            "  inputs = { domi.url = \"github:a/b\"; \n    y.follows = \"domi/y\"; };\n",
            "  inputs = { domi.url = \"github:a/b\"; \n    y.follows = \"domi/y\";\n    shop = {\n      url = \"git+file:///srv/shop\";\n      inputs.domi.follows = \"domi\";\n    };\n  };\n",
        );
    }

    #[test]
    fn a_file_of_another_shape_is_refused() {
        let check = |text: &str, why: &str| {
            let new = with_flake_input(text, "shop", "x", &BTreeSet::new());
            assert!(new.as_ref().is_err_and(|it| it.contains(why)), "{new:?}");
        };
        check("{", "can be read");
        check("inputs: { }", "can be read");
        check("{ outputs = _: { }; }", "no inputs");
        check("{ inputs = import ./x; outputs = _: { }; }", "elsewhere");
        check("{ inputs = { inherit x; }; outputs = _: { }; }", "elsewhere");
        check("{ inputs.x.url = \"x\"; outputs = { self, x }: { }; }", "no further input");
        check("{ inputs.${\"x\"}.url = \"x\"; outputs = _: { }; }", "computed");
        let new = with_flake_input(
            "{ inputs.x.url = \"x\"; outputs = { self, x, ... }: { }; }",
            "sh op",
            "a${b}\"",
            &BTreeSet::new(),
        );
        let new = new.expect("it can be").expect("it is new");
        assert!(new.contains("inputs.\"sh op\" = {") && new.contains(r#""a\${b}\"""#), "{new}");
        assert_eq!(flake_input("shop", "x"), "inputs.shop.url = \"x\";");
    }

    #[test]
    fn mutated_flakes_are_changed_or_refused() {
        let text = format!(
            "{{\n  inputs = {{\n    domi.url = \"github:a/b\"; # there\n    }};\n{OUTPUTS}"
        );
        domi_mutate::read_texts(&[text.as_str()], |text| {
            if let Ok(Some(new)) = with_flake_input(text, "shop", "x", &BTreeSet::new()) {
                assert!(with_flake_input(&new, "shop", "x", &BTreeSet::new()) == Ok(None));
            }
        });
    }
}

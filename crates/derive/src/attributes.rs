use std::collections::BTreeMap;

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Expr, ExprRange, LitStr, RangeLimits};

use crate::docs::ungrouped;

/// What `#[option(…)]` on a field says.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) name: Option<LitStr>,
    pub(crate) default: Option<Expr>,
    pub(crate) default_text: Option<LitStr>,
    pub(crate) example: Option<Expr>,
    pub(crate) internal: bool,
    pub(crate) hidden: bool,
    pub(crate) read_only: bool,
    pub(crate) range: Option<ExprRange>,
    pub(crate) matching: Option<LitStr>,
    pub(crate) separator: Option<LitStr>,
    /// Old paths of the option, each with the version in which it lost that name.
    pub(crate) renamed_from: Vec<(LitStr, Option<LitStr>)>,
}

impl FieldAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut all = Self::default();
        let mut seen = BTreeMap::new();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("option")) {
            // An option may have had several names: these may stand in several attributes.
            let (mut here, mut from, mut since) = (BTreeMap::new(), None, None::<LitStr>);
            attribute.parse_nested_meta(|meta| {
                let old = match &*name_of(&meta) {
                    "renamed_from" => &mut from,
                    "since" => &mut since,
                    _ => {
                        once(&mut seen, &meta)?;
                        return all.set(&meta);
                    }
                };
                once(&mut here, &meta)?;
                *old = Some(meta.value()?.parse()?);
                Ok(())
            })?;
            match (from, since) {
                (Some(_), Some(since)) if !is_version(&since.value()) => {
                    return Err(Error::new(since.span(), "write a version, such as \"1.2.3\""));
                }
                (Some(from), since) => all.renamed_from.push((from, since)),
                (None, Some(since)) => {
                    let message = "`since` says in which version the option lost the name that \
                                   `renamed_from` says in the same attribute";
                    return Err(Error::new(since.span(), message));
                }
                (None, None) => {}
            }
        }
        Ok(all)
    }

    fn set(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let name = name_of(meta);
        match name.as_str() {
            "name" => self.name = Some(meta.value()?.parse()?),
            "default" => self.default = Some(meta.value()?.parse()?),
            "default_text" => self.default_text = Some(meta.value()?.parse()?),
            "example" => self.example = Some(meta.value()?.parse()?),
            "internal" => self.internal = true,
            "hidden" => self.hidden = true,
            "read_only" => self.read_only = true,
            "range" => self.range = Some(range(&meta.value()?.parse()?)?),
            "matching" => self.matching = Some(pattern(meta.value()?.parse()?)?),
            "separator" => self.separator = Some(meta.value()?.parse()?),
            _ => {
                return Err(meta.error(format!(
                    "`{name}` is no attribute of an option; there are default, default_text, \
                     example, hidden, internal, matching, name, range, read_only, renamed_from, \
                     separator and since"
                )));
            }
        }
        Ok(())
    }
}

/// What `#[options(…)]` on a struct or enum says.
#[derive(Default)]
pub(crate) struct TypeAttributes {
    /// Old option paths, and why they are gone.
    pub(crate) removed: Vec<(LitStr, LitStr)>,
    pub(crate) untagged: bool,
}

impl TypeAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut all = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("options")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("untagged") {
                    all.untagged = true;
                    return Ok(());
                }
                if !meta.path.is_ident("removed") {
                    return Err(meta.error(
                        "there are only `removed(\"old.path\", \"why, and what to do instead\")` \
                         and `untagged`",
                    ));
                }
                let content;
                syn::parenthesized!(content in meta.input);
                let path = content.parse()?;
                content.parse::<syn::Token![,]>()?;
                all.removed.push((path, content.parse()?));
                Ok(())
            })?;
        }
        Ok(all)
    }
}

/// What `#[option(…)]` on a variant says: another name.
pub(crate) fn variant_name(attributes: &[Attribute]) -> syn::Result<Option<LitStr>> {
    let mut name = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("option")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") || name.is_some() {
                return Err(meta.error("a variant has only one attribute, `name = \"…\"`"));
            }
            name = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(name)
}

/// Whether a text is a version: three numbers without zeros in front, and perhaps more behind them.
fn is_version(text: &str) -> bool {
    let (plain, more) = match text.find(['-', '+']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let is_number = |text: &str| text.parse::<u64>().is_ok_and(|number| number.to_string() == text);
    let is_more = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    plain.split('.').count() == 3
        && plain.split('.').all(is_number)
        && more.is_none_or(|more| !more.is_empty() && more.chars().all(is_more))
}

fn once(seen: &mut BTreeMap<String, ()>, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    let name = name_of(meta);
    match seen.insert(name.clone(), ()) {
        Some(()) => Err(meta.error(format!("`{name}` is given twice"))),
        None => Ok(()),
    }
}

fn name_of(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(|ident| ident.unraw().to_string()).unwrap_or_default()
}

fn range(written: &Expr) -> syn::Result<ExprRange> {
    let mut inner = ungrouped(written);
    while let Expr::Paren(paren) = inner {
        inner = ungrouped(&paren.expr);
    }
    let Expr::Range(range) = inner else {
        return Err(Error::new_spanned(written, "write a range, such as `1..=9` or `1..`"));
    };
    match (&range.limits, &range.end) {
        (RangeLimits::HalfOpen(dots), Some(_)) => {
            Err(Error::new_spanned(dots, "bounds are inclusive, as in NixOS; write `..=`"))
        }
        (_, None) if range.start.is_none() => {
            Err(Error::new_spanned(range, "a range needs a bound"))
        }
        _ => Ok(range.clone()),
    }
}

fn pattern(pattern: LitStr) -> syn::Result<LitStr> {
    match domi_pattern::compile(&pattern.value()) {
        Ok(_) => Ok(pattern),
        Err(error) => Err(Error::new(
            pattern.span(),
            format!("Nix and Rust would read this pattern differently: {error}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_cargo() {
        for good in ["0.1.0", "1.2.3", "1.2.3-rc.1", "10.0.0+build"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "1.2", "1.2.3.4", "1.2.x", "1.2.3-", "01.2.3", "+1.2.3", "1.2.3-a b"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}

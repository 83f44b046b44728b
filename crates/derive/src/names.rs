use syn::ext::IdentExt;
use syn::{Error, Ident};

/// The name of the option that a field declares: `open_firewall` → `openFirewall`.
pub(crate) fn option_name(field: &Ident) -> syn::Result<String> {
    let snake = field.unraw().to_string();
    let mut words = snake.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if first.is_ascii_lowercase() => {
                name.push(first.to_ascii_uppercase());
                name.push_str(letters.as_str());
            }
            // `port_1` would become `port1`, which may be another field's name.
            _ => return Err(no_camel_case(field, &snake)),
        }
    }
    if is_camel_case(&name) { Ok(name) } else { Err(no_camel_case(field, &snake)) }
}

/// Methods of every expression: its own, and those of traits that are always in scope. A field of
/// such a name could not be reached as `cfg.name()`.
const METHODS: [&str; 18] = [
    "as_model",
    "clone",
    "clone_from",
    "clone_into",
    "eq",
    "ge",
    "gt",
    "into",
    "into_expr",
    "into_model",
    "le",
    "lt",
    "ne",
    "partial_cmp",
    "to_json",
    "to_owned",
    "try_into",
    "without_nulls",
];

/// Refuses a field whose method would be hidden by one that every expression has.
pub(crate) fn check_method(field: &Ident) -> syn::Result<()> {
    let method = field.unraw().to_string();
    if !METHODS.contains(&method.as_str()) {
        return Ok(());
    }
    let option = option_name(field)?;
    Err(Error::new(
        field.span(),
        format!(
            "every expression has a method `{method}` of its own, which `cfg.{method}()` would \
             call; give the field another name, and the option this one: \
             `#[option(name = \"{option}\")]`"
        ),
    ))
}

fn no_camel_case(field: &Ident, name: &str) -> Error {
    Error::new(
        field.span(),
        format!(
            "`{name}` gives no camelCase name for an option; write words of lower-case letters \
             and digits, each beginning with a letter, with `_` between them"
        ),
    )
}

/// Whether a name is a camelCase word.
pub(crate) fn is_camel_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The words of a variant's name: `OnFailure` → `on`, `failure`; `HTTPOnly` → `http`, `only`.
fn words(variant: &Ident) -> Vec<String> {
    let name: Vec<char> = variant.unraw().to_string().chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (i, c) in name.iter().enumerate() {
        let after_lower = i > 0 && !name[i - 1].is_uppercase();
        let before_lower = name.get(i + 1).is_some_and(|next| next.is_lowercase());
        if words.is_empty() || (c.is_uppercase() && (after_lower || before_lower)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// The name of a plain variant: `OnFailure` → `on-failure`.
pub(crate) fn value_name(variant: &Ident) -> String {
    words(variant).join("-")
}

/// The tag of a variant that holds a value: `ObjectStore` → `objectStore`.
pub(crate) fn tag_name(variant: &Ident) -> String {
    let words = words(variant);
    let mut name = words[0].clone();
    for word in &words[1..] {
        let mut letters = word.chars();
        name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(name: &str) -> Ident {
        syn::parse_str(name).unwrap()
    }

    #[test]
    fn fields_become_camel_case() {
        let check = |field, expected: Option<&str>| {
            assert_eq!(option_name(&ident(field)).ok().as_deref(), expected, "{field}");
        };
        check("port", Some("port"));
        check("open_firewall", Some("openFirewall"));
        check("r#type", Some("type"));
        check("ipv4_only", Some("ipv4Only"));
        check("openFirewall", Some("openFirewall"));
        check("port_1", None);
        check("_port", None);
        check("port_", None);
        check("a__b", None);
        check("Port", None);
    }

    #[test]
    fn variants_become_values_and_tags() {
        let check = |variant, value, tag| {
            assert_eq!(value_name(&ident(variant)), value);
            assert_eq!(tag_name(&ident(variant)), tag);
        };
        check("Never", "never", "never");
        check("OnFailure", "on-failure", "onFailure");
        check("HTTPOnly", "http-only", "httpOnly");
        check("S3", "s3", "s3");
    }
}

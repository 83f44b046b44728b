//! Descriptions, put together from doc comments.

/// The text of a doc comment, by its lines or larger parts.
pub fn documentation(parts: &[&str]) -> String {
    parts.join("\n").trim().to_owned()
}

/// What is said of the values that an option can have, by their names where they have some: a list,
/// or nothing where nothing is said of any.
pub fn values(values: &[(Option<&str>, String)]) -> String {
    if values.iter().all(|(_, said)| said.is_empty()) {
        return String::new();
    }
    let items = values.iter().filter_map(|(name, said)| {
        let said = said.replace('\n', "\n  ").replace("\n  \n", "\n\n");
        match name {
            Some(name) if said.is_empty() => Some(format!("- `{name}`")),
            Some(name) => Some(format!("- `{name}`: {said}")),
            None if said.is_empty() => None,
            None => Some(format!("- {said}")),
        }
    });
    items.collect::<Vec<_>>().join("\n")
}

/// A description, and then what is said of the values.
pub(super) fn with_values(description: &str, values: &str) -> String {
    match values {
        "" => description.to_owned(),
        values => format!("{description}\n\n{values}"),
    }
}

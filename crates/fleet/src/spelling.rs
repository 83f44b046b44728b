//! What to say where a name stands for nothing.

/// What to do next about a name that is none of those there are: the nearest of them, or all if
/// they are few.
pub fn instead<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    const LISTED: usize = 16;
    let known: Vec<&str> = known.into_iter().collect();
    let near = known
        .iter()
        .map(|other| (strsim::damerau_levenshtein(name, other), *other))
        .filter(|(distance, other)| *distance <= 1 + other.len() / 4)
        .min();
    match near {
        Some((_, other)) => format!("did you mean `{other}`?"),
        None if known.is_empty() => format!("there is no {what} yet"),
        None if known.len() <= LISTED => format!("there is {}", known.join(", ")),
        None => format!("there are {} others, none with a similar name", known.len()),
    }
}

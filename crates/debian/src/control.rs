//! Paragraphs of `Field: value` lines, which control files, status files and sources all are.

/// One paragraph: its fields in order, continuation lines included as they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Paragraph {
    fields: Vec<(String, String)>,
}

impl Paragraph {
    /// The value of a field; names are compared without regard to case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The words of a field's value; none when it is missing.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split_whitespace()
    }

    /// Adds a field, or replaces its value.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some(field) => field.1 = value,
            None => self.fields.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.fields.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }
}

impl std::fmt::Display for Paragraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, value) in &self.fields {
            let space = if value.starts_with('\n') || value.is_empty() { "" } else { " " };
            writeln!(f, "{name}:{space}{value}")?;
        }
        Ok(())
    }
}

/// The paragraphs of a text. Lines that begin with `#` are comments.
pub(crate) fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut all = vec![Paragraph::default()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let last = all.last_mut().expect("there is always one");
        if line.trim().is_empty() {
            all.push(Paragraph::default());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = last.fields.last_mut() {
                value.push('\n');
                value.push_str(line.trim_end());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last.fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    all.retain(|paragraph| !paragraph.fields.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_printed_as_it_was_read() {
        let text = "Package: a\nDescription: one\n two\n .\n three\nConffiles:\n /etc/a 00\n";
        let read = paragraphs(&format!("# comment\n\n{text}\n\n"));
        assert_eq!(read.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
    }
}

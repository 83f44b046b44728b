//! The words with their meaning, as a page.

use std::fmt::Write as _;

use domi_fleet::Domain;

use crate::graph::OWN;
use crate::relations::{RELATIONS, Relation, To};
use crate::words::{WORDS, Word, word};

/// The page, as Markdown.
pub fn glossary() -> String {
    let mut page = format!(
        "# The words of a fleet\n\n\
         Three domains are kept apart: the business, the applications that it builds, uses and \
         serves, and Nix, with which machines are described. Each word has its meaning in one of \
         them. `cargo xtask fleet ontology` prints the same as linked data, and \
         `cargo xtask fleet ask` answers questions that use these words; [ontology.md](ontology.md) \
         says how. The names of words and relations begin with `{OWN}`.\n"
    );
    for domain in Domain::ALL {
        let _ = write!(page, "\n## {}\n", domain.title());
        WORDS.iter().filter(|word| word.domain == domain).for_each(|word| put(&mut page, word));
    }
    page
}

fn put(page: &mut String, it: &Word) {
    let _ = write!(page, "\n### {}\n\n{}", it.label, it.meaning);
    if let Some(kind) = it.kind {
        let _ = write!(page, " Files: `{}/`.", kind.folder());
    }
    if let Some(broader) = word(it.broader) {
        let _ = write!(page, " A kind of [{}](#{}).", broader.label, broader.label);
    }
    if it.is_class {
        let _ = write!(page, " In linked data: `domi:{}`", it.name);
        for also in it.also {
            let _ = write!(page, ", `{also}`");
        }
        page.push('.');
    }
    page.push('\n');
    let own: Vec<&Relation> =
        RELATIONS.iter().filter(|relation| relation.from.contains(&it.name)).collect();
    if !own.is_empty() {
        page.push_str("\n| relation | to | says |\n| --- | --- | --- |\n");
    }
    for relation in own {
        let to = match relation.to {
            To::Text => "a text".to_owned(),
            To::Number => "a number".to_owned(),
            To::Time => "a time".to_owned(),
            To::Things([]) => "anything".to_owned(),
            To::Things(words) => {
                let labels = words.iter().filter_map(|name| word(name)).map(|word| word.label);
                labels.collect::<Vec<_>>().join(", ")
            }
        };
        let _ = writeln!(page, "| `domi:{}` | {to} | {} |", relation.name, relation.meaning);
    }
}

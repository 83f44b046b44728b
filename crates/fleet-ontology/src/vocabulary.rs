//! The words and relations as statements. They are the same for every fleet.

use domi_fleet::Domain;
use oxrdf::vocab::{rdf, rdfs, xsd};
use oxrdf::{Dataset, Literal, NamedNode, NamedNodeRef};

use crate::graph::{OWN, Statements, full, own};
use crate::relations::{RELATIONS, Relation, To};
use crate::words::{WORDS, Word};

/// The words and relations.
pub fn vocabulary() -> Dataset {
    let mut statements = Statements::default();
    let whole = NamedNode::new_unchecked(OWN.trim_end_matches('#'));
    kinds(&mut statements, &whole, &["owl:Ontology"]);
    statements.label(&whole, "The words of fleets of domi-nix");
    for domain in Domain::ALL {
        let scheme = own(domain.as_str());
        kinds(&mut statements, &scheme, &["skos:ConceptScheme"]);
        statements.label(&scheme, domain.title());
        for other in domain.names() {
            statements.raw(&scheme, own("mayReferTo"), own(other.as_str()));
        }
    }
    WORDS.iter().for_each(|word| said_of_word(&mut statements, word));
    RELATIONS.iter().for_each(|relation| said_of_relation(&mut statements, relation));
    statements.0
}

fn said_of_word(statements: &mut Statements, word: &Word) {
    let it = own(word.name);
    kinds(statements, &it, &["skos:Concept"]);
    statements.label(&it, word.label);
    statements.raw(&it, full("skos:prefLabel"), Literal::from(word.label));
    statements.raw(&it, full("skos:definition"), Literal::from(word.meaning));
    statements.raw(&it, full("skos:inScheme"), own(word.domain.as_str()));
    if !word.broader.is_empty() {
        statements.raw(&it, full("skos:broader"), own(word.broader));
    }
    if word.is_class {
        kinds(statements, &it, &["owl:Class"]);
        for also in word.also {
            statements.raw(&it, rdfs::SUB_CLASS_OF.into_owned(), full(also));
        }
    }
}

fn said_of_relation(statements: &mut Statements, relation: &Relation) {
    let it = own(relation.name);
    let (kind, range): (_, Option<NamedNode>) = match relation.to {
        To::Things(to) => ("owl:ObjectProperty", only(to)),
        To::Text => ("owl:DatatypeProperty", value(xsd::STRING)),
        To::Number => ("owl:DatatypeProperty", value(xsd::INTEGER)),
        To::Time => ("owl:DatatypeProperty", value(xsd::DATE_TIME)),
    };
    kinds(statements, &it, &[kind]);
    statements.label(&it, relation.name);
    statements.raw(&it, rdfs::COMMENT.into_owned(), Literal::from(relation.meaning));
    // Several words would mean that whatever has the relation is all of them at once.
    if let Some(from) = only(relation.from) {
        statements.raw(&it, rdfs::DOMAIN.into_owned(), from);
    }
    if let Some(range) = range {
        statements.raw(&it, rdfs::RANGE.into_owned(), range);
    }
    for also in relation.also {
        statements.raw(&it, rdfs::SUB_PROPERTY_OF.into_owned(), full(also));
    }
}

fn kinds(statements: &mut Statements, it: &NamedNode, kinds: &[&str]) {
    for kind in kinds {
        statements.raw(it, rdf::TYPE.into_owned(), full(kind));
    }
}

fn only(words: &[&str]) -> Option<NamedNode> {
    match words {
        [one] => Some(own(one)),
        _ => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "beside a range that may not be there")]
fn value(kind: NamedNodeRef<'_>) -> Option<NamedNode> {
    Some(kind.into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domi_fleet::KINDS;

    use super::*;

    #[test]
    fn words_and_relations_stand_once_and_lead_to_each_other() {
        let words: BTreeSet<&str> = WORDS.iter().map(|word| word.name).collect();
        assert_eq!(words.len(), WORDS.len());
        for Word { name, broader, meaning, is_class, also, .. } in WORDS {
            assert!(broader.is_empty() || words.contains(broader), "{name}: {broader}");
            assert!(meaning.ends_with('.'), "{name}");
            assert_eq!(name.starts_with(char::is_uppercase), *is_class, "{name}");
            assert!(*is_class || also.is_empty(), "{name}");
        }
        let names: Vec<&str> = RELATIONS.iter().map(|relation| relation.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for Relation { name, from, to, meaning, .. } in RELATIONS {
            let to: &[&str] = if let To::Things(to) = to { to } else { &[] };
            for word in from.iter().chain(to) {
                assert!(words.contains(word), "{name}: {word}");
            }
            assert!(meaning.ends_with('.') && !words.contains(name), "{name}");
        }
    }

    #[test]
    fn each_kind_of_file_has_its_word_in_its_domain() {
        for kind in KINDS {
            let mut words = WORDS.iter().filter(|word| word.kind == Some(kind)).peekable();
            assert!(words.peek().is_some(), "{}", kind.noun());
            let is_its = |word: &Word| kind.domain().is_none_or(|domain| domain == word.domain);
            assert!(words.all(is_its), "{} is of another domain", kind.noun());
        }
    }

    #[test]
    fn the_words_that_people_of_such_fleets_use_are_there() {
        for name in "action behavior Event entity component projection capability resource flake \
                     input package app module configuration derivation"
            .split_whitespace()
        {
            assert!(crate::words::word(name).is_some(), "{name}");
        }
    }
}

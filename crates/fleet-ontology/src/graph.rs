//! Statements, put together.

use domi_fleet::{KINDS, Kind};
use oxrdf::vocab::{rdf, rdfs, xsd};
use oxrdf::{Dataset, GraphName, Literal, NamedNode, Quad, Term};

use crate::base::Base;
use crate::relations::{Relation, To, relation};
use crate::words::word;

/// Where the words of this project are named. The project's pages can answer there; today they do not.
pub(crate) const OWN: &str = "https://domi-nix.github.io/ns/fleet#";

/// The short names of vocabularies, as queries and documents write them.
pub(crate) const PREFIXES: &[(&str, &str)] = &[
    ("dcterms", "http://purl.org/dc/terms/"),
    ("domi", OWN),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("noria", "https://w3id.org/noria/ontology/"),
    ("org", "http://www.w3.org/ns/org#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// The short names that documents and queries of a fleet know: those of vocabularies, and one for the
/// things of each kind.
pub(crate) fn prefixes(base: &Base) -> Vec<(&str, String)> {
    let known = PREFIXES.iter().map(|(name, iri)| (*name, (*iri).to_owned()));
    let kinds = KINDS.map(Kind::word).into_iter().chain(["feature"]);
    let kinds = kinds.map(|kind| (kind, format!("{}{kind}/", base.as_str())));
    known.chain(kinds).chain([("fleet", base.as_str().to_owned())]).collect()
}

/// A word of this project.
pub(crate) fn own(name: &str) -> NamedNode {
    NamedNode::new_unchecked(format!("{OWN}{name}"))
}

/// A name such as `org:Site`, in full.
pub(crate) fn full(short: &str) -> NamedNode {
    let parts = short.split_once(':').and_then(|(prefix, name)| {
        let (_, iri) = PREFIXES.iter().find(|(known, _)| *known == prefix)?;
        Some(NamedNode::new_unchecked(format!("{iri}{name}")))
    });
    parts.unwrap_or_else(|| unreachable!("{short} begins with no prefix that is known"))
}

/// An address in short: `org:Site`.
pub(crate) fn short(iri: &str) -> Option<String> {
    PREFIXES.iter().find_map(|(prefix, begin)| {
        let name = iri.strip_prefix(begin).filter(|name| !name.is_empty())?;
        Some(format!("{prefix}:{name}"))
    })
}

/// Statements that grow.
#[derive(Debug, Default)]
pub(crate) struct Statements(pub(crate) Dataset);

impl Statements {
    /// Says one thing.
    pub(crate) fn raw(&mut self, subject: &NamedNode, of: NamedNode, object: impl Into<Term>) {
        self.0.insert(&Quad::new(subject.clone(), of, object, GraphName::DefaultGraph));
    }

    /// Says which word something is one of, in other vocabularies, too.
    pub(crate) fn is_a(&mut self, subject: &NamedNode, name: &str) {
        let word = word(name).unwrap_or_else(|| unreachable!("no word is called {name}"));
        self.raw(subject, rdf::TYPE.into_owned(), own(name));
        for also in word.also {
            self.raw(subject, rdf::TYPE.into_owned(), full(also));
        }
    }

    /// Says what something is called by people.
    pub(crate) fn label(&mut self, subject: &NamedNode, text: &str) {
        self.raw(subject, rdfs::LABEL.into_owned(), Literal::from(text));
    }

    /// Says what a relation leads to.
    pub(crate) fn to(&mut self, subject: &NamedNode, name: &str, object: NamedNode) {
        let relation = relation(name);
        debug_assert!(matches!(relation.to, To::Things(_)), "{name} leads to a value");
        self.said(subject, relation, object);
    }

    /// Says a text; an empty one is none.
    pub(crate) fn text(&mut self, subject: &NamedNode, name: &str, text: &str) {
        if !text.is_empty() {
            self.value(subject, name, To::Text, Literal::from(text));
        }
    }

    /// Says which ports.
    pub(crate) fn ports<'p>(
        &mut self,
        subject: &NamedNode,
        name: &str,
        tcp: impl IntoIterator<Item = &'p u16>,
        udp: impl IntoIterator<Item = &'p u16>,
    ) {
        let tcp = tcp.into_iter().map(|port| format!("tcp/{port}"));
        let all = tcp.chain(udp.into_iter().map(|port| format!("udp/{port}")));
        all.for_each(|port| self.text(subject, name, &port));
    }

    /// Says a number.
    pub(crate) fn number(&mut self, subject: &NamedNode, name: &str, number: u64) {
        let number = Literal::new_typed_literal(number.to_string(), xsd::INTEGER);
        self.value(subject, name, To::Number, number);
    }

    /// Says a time.
    pub(crate) fn time(&mut self, subject: &NamedNode, name: &str, time: jiff::Timestamp) {
        let time = Literal::new_typed_literal(time.to_string(), xsd::DATE_TIME);
        self.value(subject, name, To::Time, time);
    }

    fn value(&mut self, subject: &NamedNode, name: &str, kind: To, value: Literal) {
        let relation = relation(name);
        debug_assert_eq!(relation.to, kind, "{name}");
        self.said(subject, relation, value);
    }

    fn said(&mut self, subject: &NamedNode, relation: &Relation, object: impl Into<Term>) {
        let object = object.into();
        for also in relation.also {
            self.raw(subject, full(also), object.clone());
        }
        self.raw(subject, own(relation.name), object);
    }
}

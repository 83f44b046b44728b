//! What things are to each other, as rows of an outline.

use std::collections::BTreeMap;

use domi_fleet::{Fleet, Kind, Relationship, Tie};
use domi_report::Row;

/// A thing: its kind and its name.
type Thing<'f> = (Kind, &'f str);

/// A relationship that says all that it has to.
struct Said<'f> {
    from: Thing<'f>,
    tie: Tie,
    to: Thing<'f>,
    it: &'f Relationship,
}

/// Below each thing what it is to others, and what others are to it.
pub(crate) fn named(fleet: &Fleet) -> Vec<Row> {
    let mut things: BTreeMap<Thing<'_>, [Vec<Row>; 2]> = BTreeMap::new();
    for it in said(fleet) {
        let (is, is_to_it) = (it.tie.as_str().to_owned(), format!("{} it", it.tie.as_str()));
        things.entry(it.from).or_default()[0].push(row(is, it.to, &it));
        things.entry(it.to).or_default()[1].push(row(is_to_it, it.from, &it));
    }
    let rows = things.into_iter().flat_map(|((kind, name), [own, others])| {
        let head = Row { depth: 0, name: name.to_owned(), about: kind.noun().to_owned() };
        [head].into_iter().chain(own).chain(others)
    });
    rows.collect()
}

/// How many things of a kind are what to things of another.
pub(crate) fn counted(fleet: &Fleet) -> Vec<Row> {
    let mut counts: BTreeMap<(&str, Tie, &str), usize> = BTreeMap::new();
    for it in said(fleet) {
        *counts.entry((it.from.0.noun(), it.tie, it.to.0.noun())).or_default() += 1;
    }
    let row = |((from, tie, to), count): ((&str, Tie, &str), usize)| Row {
        depth: 0,
        name: format!("{from} {} {to}", tie.as_str()),
        about: if count == 1 { "1 file".to_owned() } else { format!("{count} files") },
    };
    counts.into_iter().map(row).collect()
}

/// How many there are, for a title.
pub(crate) fn relationships_said(fleet: &Fleet) -> String {
    match said(fleet).len() {
        1 => "1 relationship".to_owned(),
        count => format!("{count} relationships"),
    }
}

/// The other one, what the two are to each other, since when and until when, and who answers for it.
fn row(what: String, (kind, name): Thing<'_>, Said { it, .. }: &Said<'_>) -> Row {
    let day = |word: &str, day: Option<(domi_fleet::Date, u32)>| {
        day.map(|(day, _)| format!("{word} {day}"))
    };
    let answers = it.responsible.as_ref().map(|it| format!("{} answers for it", it.name));
    let more = [day("since", it.since), day("until", it.until), answers];
    let about = [what, kind.noun().to_owned()].into_iter().chain(more.into_iter().flatten());
    Row { depth: 1, name: name.to_owned(), about: about.collect::<Vec<_>>().join(" · ") }
}

fn said(fleet: &Fleet) -> Vec<Said<'_>> {
    let current = fleet.relationships.values().filter(|it| it.about.is_current());
    let whole = current.filter_map(|it| {
        let [from, to] = it.ends()?;
        Some(Said { from, tie: it.is?.0, to, it })
    });
    whole.collect()
}

//! People and agents of other fleets, whom files of this one name.

use std::collections::BTreeMap;

use crate::{About, Context, Document, Kind, Person, Principal, document_of};

/// People and agents of other fleets, by the names that they have here.
pub(crate) fn guests(
    contexts: &BTreeMap<String, Context>,
    documents: &BTreeMap<String, Document>,
) -> BTreeMap<String, Person> {
    let mut guests = BTreeMap::new();
    for context in contexts.values() {
        let file = document_of(&context.about);
        let known = documents.get(&file).and_then(|it| it.published.as_ref());
        let things = known.map_or(&[][..], |it| &it.things);
        for it in things.iter().filter(|it| it.kind == Kind::Person) {
            let name = format!("{}:{}", context.about.name, it.name);
            let about = About {
                name: name.clone(),
                file: file.clone(),
                id: it.id,
                title: String::new(),
                status: it.status,
                status_line: 1,
                readable: true,
                salt: None,
                digest: String::new(),
                wrong: Vec::new(),
            };
            let kind = if it.is_agent { Principal::Agent } else { Principal::Person };
            let (units, responsible, keys) = (Vec::new(), None, it.keys.clone());
            guests.insert(name, Person { about, kind, units, responsible, keys });
        }
    }
    guests
}

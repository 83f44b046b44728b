//! Who is in a group of people.

use std::collections::BTreeSet;

use crate::{Fleet, Group, Principal};

impl Group {
    /// The names of all that are in it and not retired, through other groups, too. Circles are cut.
    pub fn everybody<'f>(&'f self, fleet: &'f Fleet) -> BTreeSet<&'f str> {
        let mut everybody = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut next = vec![self];
        while let Some(group) = next.pop() {
            if !group.about.is_current() || !seen.insert(&*group.about.name) {
                continue;
            }
            let people = group.members.iter().filter_map(|it| fleet.person(&it.name));
            let people = people.filter(|person| person.about.is_current());
            everybody.extend(people.map(|person| person.about.name.as_str()));
            next.extend(group.groups.iter().filter_map(|it| fleet.groups.get(&it.name)));
        }
        everybody
    }

    /// Whether a human being is in it.
    pub(crate) fn has_person(&self, fleet: &Fleet) -> bool {
        let mut all = self.everybody(fleet).into_iter().filter_map(|name| fleet.person(name));
        all.any(|person| person.kind == Principal::Person)
    }
}

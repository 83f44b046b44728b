//! What was recorded, as statements.

use domi_fleet::What;
use domi_fleet_log::Event;
use oxrdf::{Literal, NamedNode};

use crate::base::Base;
use crate::graph::{Statements, full};

/// Says each event.
pub(crate) fn say(statements: &mut Statements, base: &Base, events: &[Event]) {
    for event in events {
        let it = identity(&event.id);
        let thing = &event.change.thing;
        let about = base.named(&[thing.kind.word(), &thing.name]);
        statements.is_a(&it, "Event");
        let label = format!("{} {}", event.kind(), event.subject());
        statements.label(&it, &label);
        let id = Literal::from(it.as_str());
        statements.raw(&it, full("dcterms:identifier"), id);
        statements.number(&it, "sequence", event.sequence);
        statements.text(&it, "eventType", &event.kind());
        statements.time(&it, "time", event.time);
        if let Some(decided) = event.decided {
            statements.time(&it, "decided", decided);
        }
        let relation = match event.change.what {
            What::Added => "prov:generated",
            What::Changed | What::Renamed(_) | What::Done => "prov:used",
            What::Removed => "prov:invalidated",
        };
        statements.raw(&it, full(relation), about.clone());
        statements.to(&it, "about", about);
        if event.causation != event.id {
            statements.raw(&it, full("prov:wasInformedBy"), identity(&event.causation));
        }
    }
}

fn identity(id: &str) -> NamedNode {
    NamedNode::new_unchecked(format!("urn:uuid:{id}"))
}

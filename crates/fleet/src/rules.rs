//! The keys that files of commands and reactions may have.

use crate::Kind;
use crate::fields::{Field, Shape};

pub(crate) const COMMAND: &[Field] = &[
    Field::new("kind", "a kind of thing, such as \"host\"", "What it is carried out on."),
    Field::new(
        "set",
        "a table of keys, each with a text or { constant = \"name\" }",
        "What it sets: `status`, `responsible`, `unit` or `location`, as far as files of the kind have it.",
    )
    .shaped(Shape::Arguments),
    Field::new(
        "add",
        "a table of keys, each with a list of texts or { constant = \"name\" }",
        "What it adds to lists: `tags`, `roles`, `units` or `groups`, as far as files of the kind have \
         them. What is in the list already is not added again.",
    )
    .shaped(Shape::Lists),
    Field::new(
        "remove",
        "a table of keys, each with a list of texts or { constant = \"name\" }",
        "What it takes from the same lists, where it is in them.",
    )
    .shaped(Shape::Lists),
    Field::new(
        "parameters",
        "a list of names",
        "Values that whoever runs it gives: `\"$who\"` in the place of a text is the value of `who`.",
    )
    .shaped(Shape::Texts),
];

pub(crate) const REACTION: &[Field] = &[
    Field::new(
        "event",
        "\"added\", \"changed\", \"renamed\" or \"removed\"",
        "The events that it answers.",
    )
    .shaped(Shape::Word(&["added", "changed", "renamed", "removed"])),
    Field::new("kind", "a kind of thing, such as \"host\"", "What the events are about."),
    Field::new(
        "became",
        "one of planned, provisioning, active, maintenance, retired",
        "Only events with which something came to this status. All where it is left out.",
    )
    .shaped(Shape::Word(&["planned", "provisioning", "active", "maintenance", "retired"])),
    Field::new(
        "on",
        "a table of selectors, such as { roles = [\"web\"] }",
        "Only hosts that fit, as the files are when reactions are carried out. All where it is left out.",
    )
    .shaped(Shape::Selectors),
    Field::new("run", "the name of a command", "What is carried out.").naming(Kind::Command),
    Field::new(
        "to",
        "the name of a thing of the command's kind",
        "What it is carried out on. What the event is about where it is left out.",
    ),
    Field::new(
        "with",
        "a table of the command's parameters, each with a text or { constant = \"name\" }",
        "The values of its parameters: `with = { who = \"ada\" }`.",
    )
    .shaped(Shape::Arguments),
];

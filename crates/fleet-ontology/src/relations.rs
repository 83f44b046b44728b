//! The relations: what is said of things of a fleet.

/// What a relation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// Things of one of these words; of any where there is none.
    Things(&'static [&'static str]),
    /// A text.
    Text,
    /// A number.
    Number,
    /// A time.
    Time,
}

/// A relation.
#[derive(Debug)]
pub(crate) struct Relation {
    /// Its name in the vocabulary.
    pub(crate) name: &'static str,
    /// Words of the things that have it; any where there is none.
    pub(crate) from: &'static [&'static str],
    /// What it leads to.
    pub(crate) to: To,
    /// What it says.
    pub(crate) meaning: &'static str,
    /// Relations of other vocabularies that say the same, or less.
    pub(crate) also: &'static [&'static str],
}

const fn new(
    name: &'static str,
    from: &'static [&'static str],
    to: To,
    meaning: &'static str,
) -> Relation {
    Relation { name, from, to, meaning, also: &[] }
}

impl Relation {
    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }
}

const PRINCIPAL: &[&str] = &["Person", "Agent"];
const UNIT: &[&str] = &["Organization", "Unit"];
const POLICY: &[&str] = &["Authentication", "Authorization"];
const CHOOSES: &[&str] = &["Authentication", "Authorization", "Home", "Reaction", "Wave"];

/// All relations, in the order of the alphabet.
pub(crate) const RELATIONS: &[Relation] = &[
    new("about", &["Event"], To::Things(&[]), "What it happened to."),
    new("address", &["Address"], To::Text, "The address, as a text."),
    new("advises", &[], To::Things(&[]), "What it gives advice."),
    new("after", &["Wave"], To::Things(&["Wave"]), "The wave that must be done before it."),
    new("asUser", &["Access"], To::Things(&["User"]), "The user of the login."),
    new("asks", &["Question"], To::Text, "What it asks, in plain English."),
    new("because", &["Access"], To::Things(&["Authorization"]), "The policy that says so."),
    new(
        "decided",
        &["Event"],
        To::Time,
        "When it was recorded first, if that was in the log of another branch.",
    ),
    new("delegatesTo", &[], To::Things(&[]), "Whom it lets do what is its own to do."),
    new("dependsOn", &[], To::Things(&[]), "What it does not work without."),
    new("device", &["Host"], To::Things(&["Device"]), "The device that it is."),
    new("domainName", &["Host", "Network"], To::Text, "What stands after the names of hosts."),
    new("eventType", &["Event"], To::Text, "What happened, such as `domi.fleet.host.added`."),
    new("feature", &["Host"], To::Things(&["Feature"]), "A feature that it runs.")
        .also(&["noria:resourceForApplication"]),
    new("file", &[], To::Text, "The file that describes it, from the root of the fleet."),
    new("forUnit", &["Shell"], To::Things(UNIT), "Those whose members it is for."),
    new("forUser", &["Home"], To::Things(&["User"]), "Whose home it is."),
    new(
        "from",
        &["Opening"],
        To::Things(&["Host", "Role", "Network"]),
        "Who reaches the ports: a host, the hosts of a role, or all in a network.",
    ),
    new(
        "gateway",
        &["Network"],
        To::Text,
        "The address of the router that leads to all other networks.",
    ),
    new("givesPort", &["Opening"], To::Text, "A port that is reached, such as `tcp/80`."),
    new("hasConstant", &["Host"], To::Things(&["Constant"]), "A constant that its settings take."),
    new("hasHome", &["Host"], To::Things(&["Home"]), "A home that a user has there."),
    new("holds", &["Host"], To::Things(&["Secret"]), "A secret that it has a file for."),
    new("inNetwork", &["Address"], To::Things(&["Network"]), "The network of the address.")
        .also(&["noria:networkInterfaceConnects"]),
    new("kind", &["Host"], To::Text, "What the machine is: metal, virtual, container or cloud."),
    new("location", &["Host", "Device", "Network"], To::Things(&["Location"]), "Where it is."),
    new("may", &["Access"], To::Text, "What is allowed: `login` or `administer`."),
    new("mayReferTo", &[], To::Things(&[]), "Of a domain: one whose things its own may refer to."),
    new("meaning", &["Term"], To::Text, "What the word means."),
    new("member", &["Group"], To::Things(PRINCIPAL), "Somebody who is in it."),
    new("memberOf", PRINCIPAL, To::Things(UNIT), "What somebody is a member of.")
        .also(&["org:memberOf"]),
    new("name", &[], To::Text, "Its name, which is that of its file."),
    new("nameServer", &["Network"], To::Things(&["Host"]), "Who answers for the names in it."),
    new("ofFleet", &[], To::Things(&["Context"]), "The other fleet that it is of."),
    new("ofHost", &["Address"], To::Things(&["Host"]), "The host that has the address.")
        .also(&["noria:networkInterfaceOf"]),
    new("ofPrincipal", &["User"], To::Things(PRINCIPAL), "Whose user it is."),
    new("ofRole", &["Opening"], To::Things(&["Role"]), "The role whose hosts are reached."),
    new("ofThing", &["Relationship"], To::Things(&[]), "Who or what is something to another."),
    new(
        "on",
        CHOOSES,
        To::Things(&["Organization", "Unit", "Location", "Role", "Host"]),
        "One of those that hosts are chosen by.",
    ),
    new("onHost", &["Access"], To::Things(&["Host"]), "The host that is logged in to."),
    new("onTag", CHOOSES, To::Text, "A tag that hosts are chosen by."),
    new("opensPort", &["Host"], To::Text, "A port that everybody reaches, such as `tcp/80`."),
    new("owns", &[], To::Things(&[]), "What it has."),
    new("partOf", UNIT, To::Things(UNIT), "What it is a unit of."),
    new("path", &["Secret"], To::Text, "The file in which hosts have it."),
    new("platform", &["Host"], To::Text, "Its platform, such as `x86_64-linux`."),
    new("principal", &["Access"], To::Things(PRINCIPAL), "Who may log in."),
    new("purpose", &["Organization", "Unit", "Role"], To::Text, "What it is there for."),
    new("range", &["Network"], To::Text, "A range of addresses that belongs to it."),
    new("refersTo", &[], To::Things(&[]), "What its file names, by whichever key."),
    new("replaces", &[], To::Things(&[]), "What it takes the place of."),
    new(
        "responsible",
        &[
            "Organization",
            "Unit",
            "Agent",
            "Secret",
            "Repository",
            "Application",
            "Constant",
            "Relationship",
        ],
        To::Things(&["Person"]),
        "Who answers for it.",
    ),
    new("role", &["Host"], To::Things(&["Role"]), "What it is for."),
    new("runs", &["Reaction"], To::Things(&["Command"]), "The command that answers an event."),
    new("runsApplication", &["Host"], To::Things(&["Application"]), "An application that it runs."),
    new("runsOn", &["Host"], To::Things(&["Host"]), "The host that it runs on."),
    new("sequence", &["Event"], To::Number, "Its place in the log, from 1."),
    new("serialNumber", &["Device"], To::Text, "Its serial number."),
    new("since", &["Relationship"], To::Text, "The first day of it."),
    new("status", &[], To::Text, "How far it has come, from `planned` to `retired`."),
    new("succeeds", &[], To::Things(&[]), "What it comes after."),
    new("supplies", &[], To::Things(&[]), "What it gives what that needs."),
    new("supports", &[], To::Things(&[]), "What it helps."),
    new("tag", &["Host"], To::Text, "A word that policies choose it by."),
    new("tie", &["Relationship"], To::Text, "What the one is to the other, such as `supplies`."),
    new("time", &["Event"], To::Time, "When it was recorded.").also(&["prov:endedAtTime"]),
    new("toThing", &["Relationship"], To::Things(&[]), "The other."),
    new("uid", &["User"], To::Number, "Its number on machines."),
    new("unit", &["Host", "Device"], To::Things(UNIT), "Whose it is.")
        .also(&["noria:elementManagedBy"]),
    new("unitsMay", POLICY, To::Things(UNIT), "Those whose members are meant."),
    new("until", &["Relationship"], To::Text, "The last day of it."),
    new("who", POLICY, To::Things(PRINCIPAL), "Who is meant."),
    new("within", &["Location"], To::Things(&["Location"]), "The location that it is a part of."),
];

/// The relation of this name.
pub(crate) fn relation(name: &str) -> &'static Relation {
    let found = RELATIONS.iter().find(|relation| relation.name == name);
    found.unwrap_or_else(|| unreachable!("no relation is called {name}"))
}

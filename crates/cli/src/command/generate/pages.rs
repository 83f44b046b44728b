//! Pages of documentation that follow from tables in the code.

use domi_compare::{Effect, Level};
use domi_fleet::{Domain, KINDS, LEVELS, Target};

use super::planned::{COMMAND, Planned};
use crate::{Exit, codes};

/// The pages about this tool itself, which belong into its own repository.
pub(crate) fn pages() -> anyhow::Result<Vec<Planned>> {
    let page = |path: &str, content| Planned { path: path.into(), content };
    let schema = |schema| serde_json::to_string_pretty(&schema).map(|text| text + "\n");
    let mut pages = vec![
        page("docs/exit-codes.md", exit_codes()),
        page("docs/fleet-fields.md", fleet_fields()),
        page("docs/fleet-words.md", fleet_words()),
        page("docs/problems.md", problems()),
        page("docs/reference/effects.md", effects()),
        page("docs/reference/manifest.schema.json", schema(domi_model::schema())?),
        page("docs/reference/diff.schema.json", schema(crate::command::diff::schema())?),
        page(
            "docs/reference/doctor.schema.json",
            schema(crate::command::doctor::document::schema())?,
        ),
        page("docs/reference/event.schema.json", schema(domi_event::schema())?),
        page(
            "docs/reference/fleet-plan.schema.json",
            schema(crate::command::fleet::plan::schema())?,
        ),
        page(
            "docs/reference/fleet-things.schema.json",
            schema(crate::command::fleet::things::schema())?,
        ),
        page("docs/reference/graph.schema.json", schema(crate::command::graph::schema())?),
        page("docs/reference/module.schema.json", schema(crate::by_hand::schema())?),
        page("docs/reference/options.schema.json", schema(crate::command::options::schema())?),
        page(
            "docs/reference/release.schema.json",
            schema(crate::command::release::document::schema())?,
        ),
        page(
            "docs/reference/guide.schema.json",
            schema(crate::command::guide::document::schema())?,
        ),
        page(
            "docs/reference/rename.schema.json",
            schema(crate::command::rename::document::schema())?,
        ),
        page("docs/reference/show.schema.json", schema(crate::command::show::schema())?),
        page("docs/reference/why.schema.json", schema(crate::command::why::schema())?),
    ];
    for kind in KINDS {
        let path = format!("docs/reference/fleet-{}.schema.json", kind.word());
        pages.push(page(&path, schema(domi_fleet::schema(kind))?));
    }
    Ok(pages)
}

fn header(of: &str) -> String {
    format!("<!-- Generated from {of} by `{COMMAND}`; edit the code instead. -->\n\n")
}

fn exit_codes() -> String {
    let mut page = header("crates/cli/src/exit.rs");
    page += "# Exit codes\n\nEvery command ends with one of these. A number never changes its \
             meaning.\n\n| code | meaning |\n| ---: | --- |\n";
    for exit in Exit::ALL {
        page += &format!("| {} | {} |\n", exit.number(), exit.meaning());
    }
    page
}

fn effects() -> String {
    let mut page = header("the table of effects in crates/compare");
    page += "# What a change does to a version\n\nEvery change that [`release`](../releases.md) finds \
             between two manifests of a feature is one of these. An effect's name never gets another \
             meaning. *Input* is what a machine gives the feature: taking less breaks. *Output* is what \
             the feature gives a machine: giving less, or something else, breaks.\n";
    for level in [Level::Major, Level::Minor, Level::Patch] {
        page += &format!(
            "\n## {}\n\n| effect | direction | meaning |\n| --- | --- | --- |\n",
            level.as_str()
        );
        for effect in Effect::ALL.iter().filter(|effect| effect.level() == level) {
            let (id, direction) = (effect.id(), effect.direction().as_str());
            page += &format!("| `{id}` | {direction} | {} |\n", effect.says());
        }
    }
    page
}

fn fleet_words() -> String {
    header("the words and relations in crates/fleet-ontology") + &domi_fleet_ontology::glossary()
}

fn fleet_fields() -> String {
    let mut page = header("the tables of keys in crates/fleet");
    page += "# The keys of a fleet's files\n\nWhat each file of a [fleet](fleet.md) may say. No key is \
             needed, but for those that say so.\n";
    let table = |fields: &[&[domi_fleet::Field]]| {
        let mut table = "\n| key | value | meaning |\n| --- | --- | --- |\n".to_owned();
        for field in fields.iter().copied().flatten() {
            let domi_fleet::Field { name, wants, about, .. } = field;
            table += &format!("| `{name}` | {} | {about} |\n", wants.replace('|', "\\|"));
        }
        table
    };
    for kind in KINDS {
        let (folder, noun) = (kind.folder(), kind.noun());
        let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        page += &format!("\n## {folder}/\n\nEach file is {article} {noun}.\n");
        page += &table(&kind.fields());
    }
    page += "\n## The tables `tests` of authorisations\n";
    page += &table(&[domi_fleet::Kind::tests()]);
    page += "\n## The tables `reach` of roles\n";
    page += &table(&[domi_fleet::Kind::reaches()]);
    page += "\n## The table `health` of waves\n";
    page += &table(&[domi_fleet::Kind::health()]);
    page += "\n## The table `on`\n";
    page += &table(&[domi_fleet::Kind::selectors()]);
    page + &fleet_domains()
}

/// Who may refer to whom, from the tables alone.
fn fleet_domains() -> String {
    let folders = |of: Option<Domain>| {
        let kinds = KINDS.into_iter().filter(|kind| kind.domain() == of);
        kinds.map(|kind| format!("`{}/`", kind.folder())).collect::<Vec<_>>().join(", ")
    };
    let mut page = "\n## <a id=\"who-may-refer-to-whom\"></a>Who may refer to whom\n\nThree domains are \
         kept apart. The rule is a table in `crates/fleet/src/domain.rs`. A test holds each key against \
         it, and `fleet check` each [relationship](problems.md#d2113).\n\n| domain | its folders | may \
         refer to |\n| --- | --- | --- |\n"
        .to_owned();
    for domain in Domain::ALL {
        let names = domain.names().iter().map(|other| other.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        page += &format!("| {} | {} | {names} |\n", domain.as_str(), folders(Some(domain)));
    }
    page += &format!(
        "\nThings of every domain are named in {}: they say something about them.\n\nThese keys refer \
         from one domain to another:\n\n| from | to | keys |\n| --- | --- | --- |\n",
        folders(None)
    );
    for from in Domain::ALL {
        for to in Domain::ALL.into_iter().filter(|to| *to != from) {
            let keys = keys_between(from, to);
            if !keys.is_empty() {
                page += &format!("| {} | {} | {keys} |\n", from.as_str(), to.as_str());
            }
        }
    }
    let levels = LEVELS.map(|kind| format!("`{}/`", kind.folder())).join(" and ");
    page + &format!(
        "\nFeatures and packages are of nix, and know nothing of a fleet. {levels} may name features \
         all the same: they are levels of which all hosts get what they say.\n"
    )
}

/// The keys with which files of one domain name things of another.
fn keys_between(from: Domain, to: Domain) -> String {
    let mut rows = Vec::new();
    for kind in KINDS.into_iter().filter(|kind| kind.domain() == Some(from)) {
        let is_to = |target: Target| match target {
            Target::Thing(kind) => kind.domain() == Some(to),
            Target::Feature | Target::Package => to == Domain::Nix,
            Target::Anything => false,
        };
        let names = kind.names().into_iter().filter(|(_, target)| is_to(*target));
        let names: Vec<String> = names.map(|(key, _)| format!("`{key}`")).collect();
        if !names.is_empty() {
            rows.push(format!("{}: {}", kind.word(), names.join(", ")));
        }
    }
    rows.join("; ")
}

fn problems() -> String {
    let mut page = header("the tables of codes in the crates");
    page += "# Problems\n\nEverything that you can fix has a number. A number never gets a second \
             meaning. `cargo xtask explain D0101` prints what stands here of one.\n\nThe examples are run \
             by a test, which compares what is printed. Each is in a workspace of its own, on a computer \
             that has neither Nix nor apt nor QEMU where the example does not say so. \
             `# hosts/web-1.toml` is where a file is. Where no other is shown, the \
             workspace has one feature, `plugins/web/manifest.json`, printed by a \
             [plugin](plugins.md):\n\n";
    page += &format!("```json\n{}```\n", codes::examples::feature());
    for (code, title, explanation) in codes::all() {
        let anchor = code.0.to_lowercase();
        page +=
            &format!("\n## <a id=\"{anchor}\"></a>{code}: {title}\n\n{}\n", wrapped(explanation));
        if let Some(example) = codes::examples::of(code) {
            page += &format!("\nExample:\n\n{example}");
        }
    }
    page
}

/// A paragraph in lines of at most 100 characters; code within it is not broken.
fn wrapped(text: &str) -> String {
    let mut page = String::new();
    let mut length = 0;
    for word in words(text) {
        if length > 0 && length + 1 + word.chars().count() > 100 {
            page.push('\n');
            length = 0;
        } else if length > 0 {
            page.push(' ');
            length += 1;
        }
        page += &word;
        length += word.chars().count();
    }
    page
}

/// Words, with code between backticks as one.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut code = false;
    for c in text.chars() {
        code ^= c == '`';
        if c.is_whitespace() && !code {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_broken_between_words_but_not_within_code() {
        let long = format!("{} `a b` {}", "x".repeat(94), "c".repeat(3));
        assert_eq!(wrapped(&long), format!("{} `a b`\nccc", "x".repeat(94)));
        assert_eq!(wrapped("a  b\n c"), "a b c");
    }
}

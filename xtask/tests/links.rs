//! Every relative link in a Markdown file of the repository leads to a file and a heading.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::repository;

#[test]
fn links_lead_somewhere() {
    let pages = repository::files("md");
    assert!(pages.len() > 10, "only these pages were found: {pages:?}");
    let wrong: Vec<String> = pages.iter().flat_map(|page| wrong_links(page)).collect();
    assert!(wrong.is_empty(), "these links lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn every_decision_is_in_the_list_of_decisions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/decisions");
    let list = fs::read_to_string(folder.join("README.md")).unwrap();
    let row = Regex::new(r"(?m)^\| \[\d{4}\]\((\d{4}-[a-z-]+\.md)\) \|").unwrap();
    let listed: Vec<&str> = row.captures_iter(&list).map(|it| it.extract::<1>().1[0]).collect();
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
    let mut there: Vec<String> = names.map(|it| it.into_string().unwrap()).collect();
    there.retain(|name| name != "README.md");
    there.sort();
    assert_eq!(listed, there);
}

#[test]
fn every_page_of_the_docs_is_in_a_list_of_the_site() {
    let root = repository::root();
    let lists = ["guide", "concepts", "authors", "options", "fleets", "commands", "project"];
    let lists = lists.map(|name| root.join("docs/site").join(name).with_extension("md"));
    let lists: Vec<PathBuf> =
        lists.into_iter().chain([root.join("docs/decisions/README.md")]).collect();
    let link = Regex::new(r"(?m)^(?:- |\| )\[[^\]]*\]\(([^()\s]+\.md)\)").unwrap();
    let mut listed: Vec<PathBuf> = lists.clone();
    for list in &lists {
        let text = fs::read_to_string(list).unwrap();
        let found = link.captures_iter(&text).map(|it| list.parent().unwrap().join(&it[1]));
        listed.extend(found.map(|page| page.canonicalize().unwrap()));
    }
    let mut pages = repository::files("md");
    pages.retain(|page| {
        let is_docs = page.starts_with(root.join("docs")) || page.parent() == Some(root);
        // A feature's page is listed where the same is printed for programs.
        is_docs && !page.with_extension("json").exists() && *page != root.join("README.md")
    });
    assert!(pages.len() > 30, "only these pages were found: {pages:?}");
    pages.retain(|page| !listed.contains(page));
    assert!(pages.is_empty(), "no list in docs/site has these pages: {pages:?}");
    listed.sort();
    let twice: Vec<_> = listed.windows(2).filter(|two| two[0] == two[1]).collect();
    assert!(twice.is_empty(), "these pages are in two lists: {twice:?}");
}

#[test]
fn a_wrong_link_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let other = "# One, `two`\n\n```\n# no heading\n```\n\n## Twice\n## Twice\n<a id=\"d1\"></a>\n";
    fs::write(folder.path().join("other.md"), other).unwrap();
    let check = |text: &str, expected: &[&str]| {
        let page = folder.path().join("page.md");
        fs::write(&page, text).unwrap();
        let found = wrong_links(&page);
        let ends: Vec<_> = found.iter().map(|wrong| wrong.rsplit_once(": ").unwrap().1).collect();
        assert_eq!(ends, expected, "{text}");
    };
    check("[a](other.md) [b](other.md#one-two) [c](other.md#twice-1) [d](other.md#d1)", &[]);
    check("# Here\n[a](#here) [b](https://example.org/x) ![c](other.md \"title\")", &[]);
    check("`[a](none.md)`\n```\n[a](none.md)\n```\n", &[]);
    check("[a](none.md) and [b](other.md#no-heading)", &["none.md", "other.md#no-heading"]);
    check(r"\[a\](none.md)", &[]);
    check("[a](#there)\n\n[b]: none.md", &["#there", "none.md"]);
}

/// The links of a page that lead nowhere, each with its place.
fn wrong_links(page: &Path) -> Vec<String> {
    let link = Regex::new(r#"[^\\]\]\(([^()\s]+)(?: "[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)"#).unwrap();
    let elsewhere = Regex::new("^[a-z]+:").unwrap();
    let mut wrong = Vec::new();
    for (number, line) in prose(&fs::read_to_string(page).unwrap()) {
        for found in link.captures_iter(&line) {
            let target = found.get(1).or(found.get(2)).unwrap().as_str();
            if !elsewhere.is_match(target) && !is_there(page, target) {
                wrong.push(format!("{}:{number}: {target}", page.display()));
            }
        }
    }
    wrong
}

/// Whether a target, as written on a page, exists.
fn is_there(page: &Path, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file: PathBuf = match path {
        "" => page.to_owned(),
        path => page.parent().unwrap().join(path),
    };
    if anchor.is_empty() { file.exists() } else { anchors(&file).contains(anchor) }
}

/// The anchors of a page: GitHub's names for headings, and those that are written as HTML.
fn anchors(page: &Path) -> BTreeSet<String> {
    let id = Regex::new(r#"<a id="([^"]+)">"#).unwrap();
    let text = fs::read_to_string(page).unwrap_or_default();
    let mut anchors = BTreeSet::new();
    for line in without_code_blocks(&text).map(|(_, line)| line) {
        anchors.extend(id.captures_iter(line).map(|found| found[1].to_owned()));
        let Some(title) = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')) else {
            continue;
        };
        let kept = title.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let name: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(again).find(|it| !anchors.contains(it));
        anchors.extend(free);
    }
    anchors
}

/// The numbered lines of a page without code, in blocks or in a line.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let code = Regex::new("`[^`]+`").unwrap();
    without_code_blocks(text)
        .map(move |(number, line)| (number, code.replace_all(line, "code").into_owned()))
}

fn without_code_blocks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_block = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        !fence && !in_block
    })
}

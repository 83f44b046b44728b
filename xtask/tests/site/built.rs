//! The site of this repository, and its links.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use regex::Regex;
use walkdir::WalkDir;

use crate::repository;
use crate::workspace::output::said;

/// The folder of the site, made once; nothing where there is no Sphinx.
pub(crate) fn site() -> Option<&'static Path> {
    static SITE: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site");
        let _ = std::fs::remove_dir_all(&folder);
        let output = build(repository::root(), &folder)?;
        assert!(output.status.success(), "{}", said(&output));
        Some(folder)
    });
    SITE.as_deref()
}

/// What the command that makes the site says of a repository; nothing where there is no Sphinx.
pub(crate) fn build(root: &Path, folder: &Path) -> Option<Output> {
    if std::env::var_os("DOMI_SPHINX").is_none_or(|it| it.is_empty()) {
        eprintln!("not run: DOMI_SPHINX names nothing");
        return None;
    }
    let mut command = Command::new(root.join("docs/site/build"));
    command.arg(folder).env("DOMI_XTASK", env!("CARGO_BIN_EXE_xtask"));
    if root != repository::root() {
        command.env_remove("CARGO_TARGET_DIR");
    }
    Some(command.output().unwrap())
}

#[test]
fn every_link_of_the_site_leads_somewhere() {
    let Some(site) = site() else { return };
    let pages = pages(site);
    // Examples of problems are parts of a page.
    let is_page = |file: &&PathBuf| !file.to_string_lossy().contains("codes/examples/");
    let files = repository::files("md");
    let written = files.iter().filter(is_page).count();
    assert!(pages.len() > written / 2, "only {} pages", pages.len());
    let wrong: Vec<String> =
        pages.keys().flat_map(|page| wrong_links(site, &pages, page)).collect();
    assert!(wrong.is_empty(), "these links lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let check = |body: &str, expected: &[&str]| {
        std::fs::write(folder.path().join("a.html"), format!("<h1 id=\"top\">A</h1>{body}"))
            .unwrap();
        let pages = pages(folder.path());
        let page = folder.path().join("a.html");
        let wrong = wrong_links(folder.path(), &pages, &page);
        let ends: Vec<&str> = wrong.iter().map(|it| it.rsplit_once(": ").unwrap().1).collect();
        assert_eq!(ends, expected, "{body}");
    };
    check(r##"<a href="#top"> <a href="a.html#top"> <a href="https://example.org/">"##, &[]);
    check(r#"<img src="b.png"> <a href="b.html">"#, &["b.html", "b.png"]);
    check(r##"<a href="#bottom"> <a href="a.html#bottom">"##, &["#bottom", "a.html#bottom"]);
    let ours = "https://github.com/domi-nix/domi-nix";
    check(&format!(r##"<a href="{ours}/blob/main/Cargo.toml#L1"> <a href="{ours}">"##), &[]);
    let gone = format!("{ours}/blob/main/crates/none.rs");
    check(&format!("<a href=\"{gone}\">"), &[&gone]);
}

/// The pages of a site, each with its anchors. What the theme brings is no page.
fn pages(site: &Path) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let id = Regex::new(r#"\sid="([^"]+)""#).unwrap();
    let files = WalkDir::new(site).into_iter().filter_entry(|entry| entry.file_name() != "_static");
    let files = files.map(|entry| entry.unwrap().into_path());
    let pages = files.filter(|path| path.extension().is_some_and(|it| it == "html"));
    pages
        .map(|page| {
            let text = std::fs::read_to_string(&page).unwrap();
            let ids = id.captures_iter(&text).map(|found| found[1].to_owned()).collect();
            (page, ids)
        })
        .collect()
}

/// The links of a page that lead nowhere, each with the page.
fn wrong_links(
    site: &Path,
    pages: &BTreeMap<PathBuf, BTreeSet<String>>,
    page: &Path,
) -> Vec<String> {
    let link = Regex::new(r#"\s(?:href|src)="([^"]+)""#).unwrap();
    let ours =
        Regex::new("^https://github.com/domi-nix/domi-nix/(?:blob|tree)/main/([^#]+)").unwrap();
    let elsewhere = Regex::new("^[a-z]+:").unwrap();
    let is_there = |target: &str| {
        if let Some(in_repository) = ours.captures(target) {
            return repository::root().join(&in_repository[1]).exists();
        }
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        // Files of the theme have the digest of their content as a query.
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let file =
            if path.is_empty() { page.to_owned() } else { page.parent().unwrap().join(path) };
        let Ok(file) = file.canonicalize() else { return false };
        let is_page = |ids: &BTreeSet<String>| anchor.is_empty() || ids.contains(anchor);
        pages.get(&file).map_or(file.is_file() && anchor.is_empty(), is_page)
    };
    let text = std::fs::read_to_string(page).unwrap();
    let targets: BTreeSet<&str> =
        link.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
    let name = page.strip_prefix(site).unwrap().display();
    let wrong = targets.into_iter().filter(|target| {
        (ours.is_match(target) || !elsewhere.is_match(target)) && !is_there(target)
    });
    wrong.map(|target| format!("{name}: {target}")).collect()
}

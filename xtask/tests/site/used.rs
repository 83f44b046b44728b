//! The site in a browser: with the keyboard, on a narrow screen, in the dark, and as axe sees it.

use serde_json::{Value, json};

use crate::keys::press;
use crate::page::Page;
use crate::site::built::site;

/// Pages of every kind: text, a wide table, options, problems, a list, and what a search finds.
const PAGES: [&str; 7] = [
    "index.html",
    "docs/first-feature.html",
    "docs/lanes.html",
    "docs/reference/event-store.html",
    "docs/problems.html",
    "docs/site/options.html",
    "search.html?q=fidelity",
];

/// A page of the site; nothing where there is no Sphinx or no browser.
fn opened(path: &str, width: u32, scheme: &str) -> Option<Page> {
    site()?;
    let mut page = Page::open("", "")?;
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    page.ask("Emulation.setEmulatedMedia", media);
    let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    page.ask("Emulation.setDeviceMetricsOverride", metrics);
    visit(&mut page, path);
    Some(page)
}

fn visit(page: &mut Page, path: &str) {
    page.visit(&format!("file://{}/{path}", site().unwrap().display()));
}

/// Waits until an expression is true in a page. The page's own time limit is generous.
fn wait(page: &mut Page, expression: &str) {
    let script = format!(
        "new Promise((done) => {{ const look = (left) => ({expression}) ? done(true) : left
           ? setTimeout(look, 50, left - 1) : done(false); look(600); }})"
    );
    assert_eq!(page.value(&script), json!(true), "{expression}");
}

#[test]
fn nobody_is_kept_out_of_the_site() {
    let Some(axe) = std::env::var_os("DOMI_AXE").filter(|it| !it.is_empty()) else {
        eprintln!("not run: DOMI_AXE names no axe.min.js");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    for (width, scheme) in [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")] {
        let Some(mut page) = opened("index.html", width, scheme) else { return };
        for path in PAGES {
            visit(&mut page, path);
            if path.starts_with("search") {
                wait(&mut page, "document.querySelector('#search-results li a')");
            }
            page.value(&format!("{axe}; 0"));
            let found = page.value(
                "axe.run().then(({ passes, violations }) => [passes.length > 20, violations.map(
                   ({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 200))])])",
            );
            assert_eq!(found, json!([true, []]), "{path}, {scheme}, {width} pixels");
            let wider = page.value(
                "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth",
            );
            assert_eq!(wider, json!(0), "{path}, {scheme}, {width} pixels");
        }
    }
}

fn focused(page: &mut Page) -> Value {
    page.value(
        "(({ innerText, ariaLabel }) => ariaLabel ?? innerText.trim())(document.activeElement)",
    )
}

#[test]
fn a_phone_s_menu_is_reached_opened_and_closed_with_the_keyboard() {
    let Some(mut page) = opened("docs/first-feature.html", 360, "light") else { return };
    press(&mut page, "Tab");
    assert_eq!(focused(&mut page), json!("Skip to main content"));
    press(&mut page, "Tab");
    assert_eq!(focused(&mut page), json!("Site navigation"));
    let links = "[...document.querySelectorAll('a')].filter((it) => it.checkVisibility() &&
                   it.innerText.trim() === 'From your first feature to a release').length";
    assert_eq!(page.value(links), json!(0));
    press(&mut page, "Enter");
    wait(&mut page, &format!("{links} > 0"));
    press(&mut page, "Escape");
    wait(&mut page, &format!("{links} === 0"));
    assert_eq!(focused(&mut page), json!("Site navigation"));
}

#[test]
fn the_first_link_leads_past_the_navigation() {
    let Some(mut page) = opened("docs/problems.html", 1280, "light") else { return };
    press(&mut page, "Tab");
    press(&mut page, "Enter");
    press(&mut page, "Tab");
    let inside = page.value("document.activeElement.closest('main') !== null");
    assert_eq!(inside, json!(true), "{}", focused(&mut page));
}

#[test]
fn a_search_finds_a_problem_from_files_alone() {
    let Some(mut page) = opened("search.html?q=D0104", 360, "light") else { return };
    wait(&mut page, "document.querySelector('#search-results li a')");
    let found = page
        .value("[...document.querySelectorAll('#search-results li a')].map((it) => it.innerText)");
    assert!(found.as_array().unwrap().contains(&json!("Problems")), "{found}");
}

#[test]
fn no_heading_is_cut_off_on_a_phone() {
    let Some(mut page) = opened("docs/reference/event-store.html", 360, "light") else { return };
    let cut = page.value(
        "[...document.querySelectorAll('h1, h2, h3')].filter((it) => it.scrollWidth >
           it.clientWidth).map((it) => it.innerText)",
    );
    assert_eq!(cut, json!([]));
}

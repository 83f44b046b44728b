//! The page of a fleet in a real browser.
//!
//! Without Chromium the tests are skipped, with a message.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

mod fleets;
#[path = "../../report/tests/browser/keys.rs"]
mod keys;
#[path = "../../report/tests/browser/page.rs"]
mod page;

use domi_fleet_picture::explorer;
use serde_json::{Value, json};

use self::fleets::{Known, example, large};
use self::page::Page;

fn html(known: &Known) -> String {
    explorer(&known.fleet, &known.hosts, &str::to_owned).unwrap()
}

/// Presses a key, and lets the page answer.
fn press(page: &mut Page, key: &str) {
    keys::press(page, key);
    page.value("new Promise((done) => setTimeout(done, 30))");
}

fn write(page: &mut Page, text: &str) {
    text.chars().for_each(|key| press(page, &key.to_string()));
}

fn listed(page: &mut Page) -> Value {
    page.value(
        "[...document.querySelectorAll('#list li a')].filter((e) => e.checkVisibility())
           .map((e) => e.textContent)",
    )
}

const FOCUSED: &str = "document.activeElement.id || document.activeElement.textContent";
const HEAD: &str = "document.querySelector('#detail h2')?.textContent ?? ''";

#[test]
fn a_host_is_found_and_read_with_the_keyboard_alone() {
    let Some(mut page) = Page::open(&html(&example()), "") else { return };
    assert_eq!(page.value(FOCUSED), "search", "the search comes first");
    write(&mut page, "LEDG");
    assert_eq!(listed(&mut page)[0], "ledger: Computer for the books host");
    press(&mut page, "ArrowDown");
    press(&mut page, "Enter");
    assert_eq!(page.value(HEAD), "ledger");
    assert_eq!(page.value(FOCUSED), "detail");
    let said = page.value("document.getElementById('detail').textContent");
    let said = said.as_str().unwrap();
    assert!(said.contains("hosts/ledger.toml:"), "each with its file and line: {said}");
    press(&mut page, "/");
    assert_eq!(page.value(FOCUSED), "search");
    press(&mut page, "Enter");
    assert_eq!(page.value(FOCUSED), "detail", "the same host again");
    press(&mut page, "/");
    press(&mut page, "Escape");
    assert_eq!(page.value("document.getElementById('search').value"), "");
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn folds_are_made_when_they_are_opened() {
    let Some(mut page) = Page::open(&html(&large(1000)), "") else { return };
    let links = "document.querySelectorAll('#list a').length";
    assert_eq!(page.value(links), 0);
    press(&mut page, "ArrowDown");
    assert_eq!(page.value(FOCUSED), "l-0 (50)");
    press(&mut page, "ArrowRight");
    assert_eq!(page.value(links), 51, "the place and its hosts");
    press(&mut page, "ArrowLeft");
    assert_eq!(listed(&mut page), json!([]));
    page.value("document.querySelector('[data-by=role]').click()");
    page.value("new Promise((done) => setTimeout(done, 50))");
    assert_eq!(listed(&mut page).as_array().unwrap().len(), 200);
    page.value("document.querySelector('#list button').click()");
    assert_eq!(listed(&mut page).as_array().unwrap().len(), 400);
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn markup_in_a_title_stays_text() {
    let mut known = example();
    let hostile = "</script><img src=x onerror=document.title='bad'>";
    known.fleet.hosts.get_mut("page").unwrap().about.title = hostile.to_owned();
    let Some(mut page) = Page::open(&html(&known), "host%2Fpage") else { return };
    assert_eq!(page.value(HEAD), "page");
    assert_eq!(page.value("document.querySelector('#detail h2 + p').textContent"), hostile);
    assert_eq!(page.value("document.images.length"), 0);
    assert_eq!(page.value("document.title"), "Fleet: 5 hosts");
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn the_page_fits_a_telephone() {
    let Some(mut page) = Page::open(&html(&example()), "host%2Fledger") else { return };
    let metrics = json!({ "width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    page.ask("Emulation.setDeviceMetricsOverride", metrics);
    let fits = "[innerWidth, document.documentElement.scrollWidth <= innerWidth]";
    assert_eq!(page.value(fits), json!([360, true]));
}

/// Prints how long the first view and a search take: `-- --ignored --nocapture`.
#[test]
#[ignore = "figures for docs/benchmarks.md"]
fn figures() {
    let text = html(&large(5000));
    println!("{} bytes", text.len());
    let Some(mut page) = Page::open(&text, "") else { return };
    for _ in 0..3 {
        page.show(&text, "");
        let first = page.value(
            "new Promise((done) => requestAnimationFrame(() => setTimeout(() =>
               done([performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
                     performance.getEntriesByType('navigation')[0].loadEventEnd]))))",
        );
        println!("first paint, load event: {first} ms");
        for word in ["h-4999", "web", "10.0.7.12", "p-77", "h", "nothing there"] {
            let took = page.value(&format!(
                "new Promise((done) => {{ const begun = performance.now();
                   const it = document.getElementById('search'); it.value = '{word}';
                   it.dispatchEvent(new Event('input'));
                   requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun))); }})"
            ));
            println!("search {word}: {took} ms");
        }
    }
}

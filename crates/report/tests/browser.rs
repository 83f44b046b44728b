//! The page of a run in a real browser. `DOMI_AXE` names the `axe.min.js` of the npm package
//! `axe-core`, which then checks that everybody can use the page.
//!
//! Without Chromium the tests are skipped, with a message.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

#[path = "browser/keys.rs"]
mod keys;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/runs.rs"]
mod runs;

use domi_report::{Recorded, html};
use serde_json::{Value, json};

use self::keys::press;
use self::page::Page;
use self::runs::run;

fn visible_tests(page: &mut Page) -> Value {
    page.value(
        "[...document.querySelectorAll('#jobs tbody th')].filter((e) => e.checkVisibility())
               .map((e) => e.textContent)",
    )
}

fn focused(page: &mut Page) -> Value {
    page.value("document.activeElement.id || document.activeElement.className")
}

/// A recorded run.
fn case(name: &str) -> Recorded {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    Recorded::of(&domi_event::read(&text).unwrap().events)
}

#[test]
fn jobs_are_found_with_the_keyboard_alone() {
    let recorded = run(3, 1);
    let Some(mut page) = Page::open(&html(&recorded, &[]), "") else { return };
    assert_eq!(visible_tests(&mut page).as_array().unwrap().len(), 9);
    press(&mut page, "Tab");
    assert_eq!(focused(&mut page), "skip");
    press(&mut page, "/");
    assert_eq!(focused(&mut page), "filter");
    for key in "1 SET".chars() {
        press(&mut page, &key.to_string());
    }
    assert_eq!(visible_tests(&mut page), json!(["it follows its settings"]));
    assert_eq!(page.value("document.getElementById('shown').textContent"), "1 test");
    page.value("document.getElementById('filter').select()");
    press(&mut page, "f");
    assert_eq!(visible_tests(&mut page).as_array().unwrap().len(), 9, "all are of a feature");
    press(&mut page, "Tab");
    press(&mut page, " ");
    assert_eq!(visible_tests(&mut page), json!(["it follows its settings"]));
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn a_link_leads_to_a_job_whose_table_is_closed() {
    let recorded = run(40, 1);
    let Some(mut page) = Page::open(&html(&recorded, &[]), "job-5") else { return };
    let seen = "document.getElementById('job-5').checkVisibility()";
    assert_eq!(page.value(seen), true);
    assert_eq!(page.value("document.getElementById('job-8') === null"), true, "nobody wants it");
    page.value("location.hash = 'job-8'; new Promise((done) => setTimeout(done, 50))");
    assert_eq!(page.value("document.getElementById('job-8').checkVisibility()"), true);
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn a_table_is_built_when_it_is_opened_and_found_before_that() {
    let Some(mut page) = Page::open(&html(&run(40, 1), &[]), "") else { return };
    let cells = "document.querySelectorAll('#jobs td').length";
    assert_eq!(page.value(cells), 3, "of the feature with the failure alone");
    page.value("document.querySelector('details.feature summary').click()");
    page.value("new Promise((done) => setTimeout(done, 50))");
    assert_eq!(page.value(cells), 6);
    page.value("document.getElementById('filter').focus()");
    "feature-17 set".chars().for_each(|key| press(&mut page, &key.to_string()));
    assert_eq!(visible_tests(&mut page), json!(["it follows its settings"]));
    assert_eq!(page.complaints, Vec::<Value>::new());
}

#[test]
fn without_a_script_every_job_can_be_read() {
    let text = html(&run(40, 1), &[]);
    let Some(mut page) = Page::open("", "") else { return };
    page.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    page.show(&text, "");
    let seen = "[document.querySelectorAll('#jobs td').length,
                 document.querySelectorAll('details.feature').length]";
    assert_eq!(page.value(seen), json!([120, 40]));
}

#[test]
fn a_page_of_many_jobs_stays_small() {
    let elements = |page: &mut Page| page.value("document.querySelectorAll('*').length").as_u64();
    let Some(mut good) = Page::open(&html(&run(3000, 1), &[]), "") else { return };
    assert!(elements(&mut good) < Some(25_000), "{:?}", elements(&mut good));
    let Some(mut bad) = Page::open(&html(&run(3000, 3000), &[]), "failure-7000") else { return };
    assert!(elements(&mut bad) < Some(100_000), "{:?}", elements(&mut bad));
    assert_eq!(bad.value("document.getElementById('failure-7000').checkVisibility()"), true);
}

#[test]
fn what_fails_on_one_system_is_red_there_alone() {
    let Some(mut page) = Page::open(&html(&case("two-systems.jsonl"), &[]), "") else { return };
    let cells = "[...document.querySelectorAll('#jobs tbody tr')].map((row) =>
                   [...row.querySelectorAll('.sign')].map((sign) => sign.textContent))";
    assert_eq!(page.value(cells), json!([["✓", "✓"], ["✗", "✓"]]));
    let systems = "[...document.querySelectorAll('#jobs thead th')].map((e) => e.innerText)";
    let expected = json!(["test", "aarch64-linux\nportable", "x86_64-linux\nportable"]);
    assert_eq!(page.value(systems), expected);
    assert_eq!(page.value("document.querySelectorAll('.failure').length"), 1);
}

#[test]
fn nobody_is_kept_out() {
    let Ok(axe) = std::env::var("DOMI_AXE") else {
        eprintln!("SKIPPED: DOMI_AXE names no axe.min.js");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let known = [case("pass.jsonl"), case("fail.jsonl"), case("pass.jsonl"), case("fail.jsonl")];
    let pages = [
        html(&run(3, 1), &[run(3, 1)]),
        html(&case("quarantine.jsonl"), &known),
        html(&run(60, 55), &[]),
    ];
    // A narrow page scrolls sideways, and colours do not depend on it.
    let views = [("light", 1200), ("dark", 360)];
    for (page, (scheme, width)) in pages.iter().flat_map(|page| views.map(|view| (page, view))) {
        let Some(mut page) = Page::open(page, "") else { return };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.ask("Emulation.setEmulatedMedia", media);
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1,
                              "mobile": false });
        page.ask("Emulation.setDeviceMetricsOverride", metrics);
        page.value(&format!("{axe}; 0"));
        let found = page.value(
            "axe.run().then(({ passes, violations }) => [passes.length > 20, violations.map(
               ({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 200))])])",
        );
        assert_eq!(found, json!([true, []]), "{scheme}, {width} pixels");
    }
}

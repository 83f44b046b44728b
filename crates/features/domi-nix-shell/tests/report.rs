//! What is made of systemd's words: the report, and the page in a real browser.
//!
//! Where there is no jq, or no Chromium, a test says so and is skipped. `DOMI_AXE` names the
//! `axe.min.js` of the npm package `axe-core`, which then checks that everybody can use the page.
//! Pictures of the page are kept in `target/tmp`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![expect(clippy::needless_pass_by_value, reason = "what is asked is written where it is asked")]

#[path = "../../../report/tests/browser/page.rs"]
mod page;
#[path = "../../../report/tests/browser/picture.rs"]
mod picture;

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use self::page::Page;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scripts");

/// What jq makes of an input; nothing where there is no jq.
fn jq(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let jq = Command::new("jq")
        .args(["--from-file", &format!("{SCRIPTS}/{program}")])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut jq = match jq {
        Ok(jq) => jq,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("SKIPPED: there is no jq here");
            return None;
        }
        Err(error) => panic!("jq: {error}"),
    };
    jq.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = jq.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}: {}", output.status);
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What a program makes of a report, for people.
fn made(program: &str, report: &Value) -> String {
    jq(program, &["--raw-output"], &report.to_string()).unwrap()
}

/// The page of a report, in a browser that runs no scripts; nothing where there is no browser.
fn opened(report: &Value) -> Option<(String, Page)> {
    let style = format!("{SCRIPTS}/page.css");
    let arguments = ["--raw-output", "--rawfile", "style", &style];
    let html = jq("page.jq", &arguments, &report.to_string()).unwrap();
    let mut page = Page::open("", "")?;
    page.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    page.show(&html, "");
    Some((html, page))
}

/// The report of features, from what systemd says of their units in the order of their names.
fn report(features: &Value, units: &[String]) -> Option<Value> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{features}").unwrap();
    let path = file.path().to_str().unwrap();
    let machine = [("host", "web-1"), ("system", "NixOS 26.05"), ("architecture", "x86_64")];
    let machine = machine.into_iter().flat_map(|(name, value)| ["--arg", name, value]);
    let arguments = ["--raw-input", "--slurp", "--slurpfile", "features", path].into_iter();
    let arguments: Vec<&str> = arguments.chain(machine).collect();
    let said = jq("status.jq", &arguments, &units.join("\n\n"))?;
    Some(serde_json::from_str(&said).unwrap())
}

/// A unit as `systemctl show` prints it.
fn unit(more: &str) -> String {
    let more = more.split_whitespace().collect::<Vec<_>>().join("\n");
    format!("ConditionTimestampMonotonic=0\nResult=success\n{more}")
}

#[test]
fn each_state_of_systemd_has_a_word_and_is_well_or_not() {
    let check = |said: &str, state: &str, well: bool| {
        let features = json!({ "shop": { "summary": "", "units": ["a.service"] } });
        let Some(report) = report(&features, &[unit(said)]) else { return };
        let unit = &report["features"][0]["units"][0];
        assert_eq!(unit["state"], state, "{said}");
        for of in [unit, &report["features"][0], &report] {
            assert_eq!(of["well"], well, "{said}");
        }
    };
    check("LoadState=loaded ActiveState=active SubState=running", "running", true);
    check("LoadState=loaded ActiveState=reloading SubState=reload", "running", true);
    check("LoadState=loaded ActiveState=active SubState=exited", "done", true);
    check("LoadState=loaded ActiveState=active SubState=listening", "waiting", true);
    check("LoadState=loaded ActiveState=active SubState=waiting", "waiting", true);
    check("LoadState=loaded ActiveState=activating SubState=start", "starting", true);
    check("LoadState=loaded ActiveState=activating SubState=auto-restart", "restarting", false);
    check("LoadState=loaded ActiveState=deactivating SubState=stop-sigterm", "stopping", true);
    check("LoadState=loaded ActiveState=failed SubState=failed", "failed", false);
    check("LoadState=not-found ActiveState=inactive SubState=dead", "missing", false);
    check("LoadState=masked ActiveState=inactive SubState=dead", "missing", false);
    check("LoadState=bad-setting ActiveState=inactive SubState=dead", "missing", false);
    let dead = "LoadState=loaded ActiveState=inactive SubState=dead";
    check(&format!("{dead} Type=exec ConditionResult=no"), "stopped", false);
    check(&format!("{dead} Type=exec ConditionResult=yes"), "stopped", false);
    check(&format!("{dead} Type=oneshot ConditionResult=yes"), "done", true);
    check(&format!("{dead} Type=exec TriggeredBy=a.socket"), "waiting", true);
    let skipped = "ConditionResult=no ConditionTimestampMonotonic=7";
    check(&format!("{dead} Type=exec {skipped}"), "skipped", true);
}

#[test]
fn what_is_not_well_comes_first_and_says_why() {
    let features = json!({
        "a": { "summary": "", "units": ["b.service", "a.service"] },
        "b": { "summary": "", "units": ["c.service", "a.service"] },
        "c": { "summary": "", "units": [] },
    });
    let units = [
        unit("LoadState=loaded ActiveState=active SubState=running"),
        unit("LoadState=loaded ActiveState=inactive SubState=dead"),
        unit(
            "LoadState=loaded ActiveState=failed SubState=failed Result=exit-code ExecMainStatus=3",
        ),
    ];
    let Some(report) = report(&features, &units) else { return };
    let expected = "web-1: NixOS 26.05, x86_64\n\
                    failed   b  c.service  exit code 3\n\
                    stopped  a  b.service\n\
                    running  b  a.service\n\
                    running  a  a.service\n\
                    Not well: 2 of 4.\n";
    assert_eq!(made("text.jq", &report), expected);
    let expected = "web-1: NixOS 26.05, x86_64\n\n\
                    b  c.service failed\n\
                    a  b.service stopped\n\
                    c  on\n\n\
                    Not all is well: domi-status says more.\n";
    assert_eq!(made("issue.jq", &report), expected);
}

/// Runs `watch.sh` until the command does not answer, which is the second time.
const TWICE: &str = r#"
answer() {
    [[ ! -e $RUNTIME_DIRECTORY/asked ]] || return 3
    touch "$RUNTIME_DIRECTORY/asked"
    printf '%s\n' "$told"
    return 1
}
command=answer
source "$0"
"#;

#[test]
fn an_empty_line_stands_between_features_and_the_prompt() {
    let features = json!({ "shop": { "summary": "", "units": ["a.service"] } });
    let failed = unit("LoadState=loaded ActiveState=failed SubState=failed");
    let Some(report) = report(&features, &[failed]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("bash")
        .args(["-c", TWICE, &format!("{SCRIPTS}/watch.sh")])
        .env("RUNTIME_DIRECTORY", folder.path())
        .env("told", report.to_string())
        .envs([("jq", "jq"), ("with_page", "false"), ("seconds", "0")])
        .env("issue", format!("{SCRIPTS}/issue.jq"))
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3));
    let issue = std::fs::read_to_string(folder.path().join("issue")).unwrap();
    let expected = "web-1: NixOS 26.05, x86_64\n\n\
                    shop  a.service failed\n\n\
                    Not all is well: domi-status says more.\n\n";
    assert_eq!(issue, expected);
}

/// What would be more than text for a page, a terminal and agetty.
const HOSTILE: &str =
    "<script>alert(1)</script>&amp;\"'<img src=x onerror=alert(2)>\u{1b}[31m\\n{x}";

fn hostile() -> Option<Value> {
    let long = "a-unit-with-a-name-that-is-longer-than-a-telephone-is-wide-by-far.service";
    let features = json!({
        HOSTILE: { "summary": HOSTILE, "units": [long] },
        "cache": { "summary": "Keeps values in memory", "units": ["cache.service"] },
    });
    let said =
        "LoadState=loaded ActiveState=failed SubState=failed StateChangeTimestamp=@1700000000";
    let mut units = [unit(said), unit(said)];
    units[0] += &format!("\nDescription={HOSTILE}");
    units[1] =
        units[1].replace("failed", "active").replacen("SubState=active", "SubState=running", 1);
    report(&features, &units)
}

#[test]
fn nothing_that_is_shown_is_more_than_text() {
    let Some(report) = hostile() else { return };
    let shown = HOSTILE.replace('\u{1b}', " ");
    assert_eq!(report["features"][0]["name"], shown);
    let issue = made("issue.jq", &report);
    assert!(issue.starts_with("web-1"), "{issue}");
    // A backslash that stands alone would be an order to agetty.
    assert!(issue.replace("\\\\", "").find(['\\', '\u{1b}']).is_none(), "{issue}");
    let text = made("text.jq", &report);
    assert!(!text.contains('\u{1b}'), "{text}");

    let Some((_, mut page)) = opened(&report) else { return };
    assert_eq!(page.value("document.querySelectorAll('script, img, [onerror]').length"), 0);
    assert_eq!(page.value("document.querySelector('h2').textContent"), shown);
    assert_eq!(page.value("document.querySelector('section p').textContent"), shown);
    assert_eq!(page.value("document.querySelector('li p').textContent"), shown);
    assert_eq!(page.value("document.querySelector('.state').textContent"), "failed");
    assert_eq!(page.value("document.title"), "web-1: not all is well");
    assert_eq!(page.complaints, Vec::<Value>::new());
}

/// The least contrast of all texts with what is behind them, as WCAG counts it.
const CONTRAST: &str = "(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map((each) => each / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const all = [...document.body.querySelectorAll('*')].map((element) => {
    const ink = light(getComputedStyle(element).color);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  });
  return [all.length > 15, Math.min(...all), paper];
})()";

#[test]
fn the_page_is_read_without_a_script_on_a_telephone_by_day_and_by_night() {
    let Some(report) = hostile() else { return };
    let Some((html, mut page)) = opened(&report) else { return };
    for (scheme, width) in [("light", 1200), ("dark", 1200), ("light", 320), ("dark", 320)] {
        let about = format!("{scheme}, {width} pixels");
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.ask("Emulation.setEmulatedMedia", media);
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1,
                              "mobile": true });
        page.ask("Emulation.setDeviceMetricsOverride", metrics);
        let wide = "[innerWidth, document.documentElement.scrollWidth <= innerWidth]";
        assert_eq!(page.value(wide), json!([width, true]), "{about}");
        let seen = page
            .value("[...document.querySelectorAll('li, h2')].every((e) => e.checkVisibility())");
        assert_eq!(seen, true, "{about}");
        let contrast = page.value(CONTRAST);
        assert_eq!(contrast[0], true, "{about}");
        assert!(contrast[1].as_f64() >= Some(4.5), "{about}: {contrast}");
        assert_eq!(contrast[2].as_f64() < Some(0.1), scheme == "dark", "{about}: {contrast}");
        let name = format!("status-{scheme}-{width}.png");
        picture::keep(&mut page, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
    }
    nobody_is_kept_out(&html);
}

fn nobody_is_kept_out(html: &str) {
    let Ok(axe) = std::env::var("DOMI_AXE") else {
        eprintln!("SKIPPED: DOMI_AXE names no axe.min.js");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let Some(mut page) = Page::open(html, "") else { return };
    page.value(&format!("{axe}; 0"));
    let found = page.value("axe.run().then(({ violations }) => violations.map(({ id }) => id))");
    assert_eq!(found, json!([]));
}

//! The console of a machine with the bare shell, as a person sees it: the prompt that shows the state of
//! features, a login, and the command that shows it again. A picture of it is kept as `console.png` in
//! `target/tmp`.
//!
//! `DOMI_TEST_MACHINE=0` leaves it out, and without a Chromium there is no picture; both are said.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::page::Page;
use crate::picture::{self, piped};
use crate::repository;
use crate::workspace::machines;

/// As large as the console of a PC.
const ROWS: u16 = 25;
const COLUMNS: u16 = 80;

const FEATURES: &str = r#"{
    "page": { "summary": "Shows the state", "units": ["domi-nix-shell.service"] },
    "shop": { "summary": "Sells books", "units": ["shop.service"] }
}"#;

/// What happens on the machine: somebody types on a terminal of it, and all that this terminal was sent is
/// printed between two lines.
const TYPED: &str = r#"
shows() {
  for attempt in $(seq 600); do
    grep --quiet --text "$1" /run/screen 2>/dev/null && return
    sleep 0.2
  done
  cat /run/screen
  exit 1
}

hostname shelf
useradd --create-home --shell /bin/bash ada
echo ada:secret | chpasswd
touch /home/ada/.hushlogin
systemctl restart domi-nix-shell
systemd-run --quiet --unit=shop sleep infinity
mkfifo /run/keys
terminal='stty rows 25 cols 80; exec agetty --noclear - linux'
systemd-run --quiet --unit=screen \
  bash -c "exec 3<>/run/keys; script --quiet --flush --command '$terminal' /run/screen <&3"

shows '^shop  running'
shows 'login: '
echo ada >/run/keys
shows 'Password: '
echo secret >/run/keys
shows '\$ '
echo domi-status >/run/keys
shows 'All is well\.'
shows '\$ $'
echo BEGIN
tail --lines=+2 /run/screen | base64 --wrap=0
echo
echo END
"#;

/// The screen after all of it.
fn screen() -> vt100::Parser {
    let mut vm = Command::new(env!("CARGO_BIN_EXE_xtask"));
    vm.current_dir(repository::root()).args(["vm", "domi-nix-shell"]);
    vm.args(["--set", &format!("domi-nix-shell.features={FEATURES}")]);
    vm.args(["--set", "domi-nix-shell.refreshSeconds=1"]);
    let said = String::from_utf8(piped(&mut vm, TYPED.as_bytes())).unwrap();
    let sent = said.split("BEGIN\n").nth(1).and_then(|rest| rest.split("\nEND").next());
    let sent = sent.unwrap_or_else(|| panic!("{said}"));
    let sent = piped(Command::new("base64").arg("--decode"), sent.trim().as_bytes());
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    parser.process(&sent);
    parser
}

/// A page that looks like the screen of a PC.
fn drawn(screen: &vt100::Screen) -> String {
    let mut rows = String::new();
    let (here, there) = screen.cursor_position();
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let cell = screen.cell(row, column).unwrap();
            // Colours would have to be drawn, too.
            assert_eq!(cell.fgcolor(), vt100::Color::Default, "{row}:{column}");
            let text = match cell.contents() {
                "" => " ",
                "<" => "&lt;",
                "&" => "&amp;",
                text => text,
            };
            match (row, column) == (here, there) {
                true => rows.push_str(&format!("<u>{text}</u>")),
                false => rows.push_str(text),
            }
        }
        rows.push('\n');
    }
    format!(
        "<!doctype html><meta charset=utf-8><title>Console</title>\
         <style>body{{margin:0;background:#000}}\
         pre{{margin:8px;color:#aaa;font:16px/1.25 monospace}}</style><pre>{rows}</pre>"
    )
}

/// Keeps a picture of it, where there is a browser.
fn keep(screen: &vt100::Screen) {
    let Some(mut page) = Page::open(&drawn(screen), "") else { return };
    let size = json!({ "width": 800, "height": 516, "deviceScaleFactor": 1, "mobile": false });
    page.ask("Emulation.setDeviceMetricsOverride", size);
    let fits = "document.documentElement.scrollWidth <= 800 && document.body.scrollHeight <= 516";
    assert_eq!(page.value(fits), true);
    picture::keep(&mut page, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("console.png"));
}

#[test]
fn a_person_at_the_console_sees_what_the_machine_does() {
    if !machines::may_run() {
        return;
    }
    let parser = screen();
    let screen = parser.screen();
    let rows: Vec<String> = screen.rows(0, COLUMNS).map(|row| row.trim_end().to_owned()).collect();
    let all = rows.join("\n");
    let system =
        &rows.iter().find(|row| row.starts_with("shelf: ")).expect(&all)["shelf: ".len()..];
    let expected = format!(
        "shelf: {system}\n\npage  running\nshop  running\n\nshelf login: ada\nPassword:\n\
         ada@shelf:~$ domi-status\nshelf: {system}\nrunning  page  domi-nix-shell.service\n\
         running  shop  shop.service\nAll is well.\nada@shelf:~$\n"
    );
    assert!(all.contains(&expected), "{all}");
    assert!(!all.contains("secret"), "{all}");
    keep(screen);
}

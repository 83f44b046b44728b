//! What a person types into a page.

use serde_json::json;

use super::page::Page;

/// Presses a key: a character, or a name such as `Tab`.
pub(crate) fn press(page: &mut Page, key: &str) {
    let code = match key {
        "Tab" => 9,
        "Enter" => 13,
        "Escape" => 27,
        "ArrowLeft" => 37,
        "ArrowUp" => 38,
        "ArrowRight" => 39,
        "ArrowDown" => 40,
        _ => key.chars().next().map_or(0, |c| c.to_ascii_uppercase() as u32),
    };
    let text = match key {
        "Enter" => "\r",
        key if key.chars().count() == 1 => key,
        _ => "",
    };
    let event = json!({ "type": "keyDown", "key": key, "text": text, "code": key,
                        "windowsVirtualKeyCode": code });
    page.ask("Input.dispatchKeyEvent", event);
    page.ask("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "code": key }));
}

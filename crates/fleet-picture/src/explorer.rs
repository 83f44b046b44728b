//! The page on which a fleet is searched.

use domi_fleet::Fleet;
use domi_fleet_files::HostFacts;
use domi_report::frame;
use maud::{PreEscaped, html};

use crate::counted::hosts as hosts_said;
use crate::items::items;

/// A fleet as one HTML page, which needs no network, no server and no other file. `hosts` are those
/// that are not retired; `shown` names a file of the fleet as people open it.
///
/// # Errors
///
/// Returns an error if the fleet cannot be written as JSON, which is never its files' fault.
pub fn explorer(
    fleet: &Fleet,
    hosts: &[HostFacts],
    shown: &dyn Fn(&str) -> String,
) -> Result<String, serde_json::Error> {
    let data = within_script(&serde_json::to_string(&items(fleet, hosts, shown))?);
    let title = format!("Fleet: {}", hosts_said(hosts.len()));
    let body = html! {
        style { (PreEscaped(include_str!("explorer.css"))) }
        header { h1 { (title) } }
        main {
            noscript { p { "This page needs JavaScript. " code { "fleet hosts" } " lists the hosts." } }
            p.filters {
                label for="search" { "Search" }
                input #search type="search" autocomplete="off" spellcheck="false"
                    placeholder="a name, address, role, …" aria-describedby="keys";
                span #found role="status" {}
            }
            p #keys .facts {
                kbd { "/" } " searches · " kbd { "↓" } " " kbd { "↑" } " move · "
                kbd { "Enter" } " opens · " kbd { "Esc" } " goes back"
            }
            div.panes {
                nav aria-label="Things of the fleet" {
                    div.by role="group" aria-label="Show hosts" {
                        button type="button" data-by="place" aria-pressed="true" { "By place" }
                        button type="button" data-by="role" aria-pressed="false" { "By role" }
                    }
                    div #list {}
                }
                section #detail tabindex="-1" aria-label="Details" {}
            }
        }
        script #data type="application/json" { (PreEscaped(data)) }
        script { (PreEscaped(include_str!("explorer.js"))) }
    };
    Ok(frame(&title, ("#list", "Skip to the list"), &body))
}

/// JSON that can stand in a script: nothing in it ends the script or begins a comment.
fn within_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::within_script;

    #[test]
    fn nothing_in_the_data_ends_its_script() {
        let hostile = "</script><!--<script>&amp;";
        let json = serde_json::to_string(hostile).expect("a text");
        let safe = within_script(&json);
        assert!(!safe.contains(['<', '>', '&']), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).expect("still JSON"), hostile);
    }
}

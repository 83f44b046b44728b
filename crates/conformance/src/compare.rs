use serde_json::Value as Json;

use crate::{Content, Outcome};

/// How what Rust says differs from what NixOS says; empty where both say the same.
pub fn differences(rust: &Outcome, nixos: &Outcome) -> Vec<String> {
    match (rust, nixos) {
        (Outcome::Refused { assertions: rust }, Outcome::Refused { assertions: nixos }) => {
            let told = !rust.is_empty() && !nixos.is_empty();
            if told && sorted(rust) != sorted(nixos) {
                return vec![format!("assertions: Rust {rust:?}, NixOS {nixos:?}")];
            }
            Vec::new()
        }
        (Outcome::Refused { assertions }, Outcome::System(_)) => {
            vec![format!("Rust refuses it {assertions:?}, NixOS takes it")]
        }
        (Outcome::System(_), Outcome::Refused { assertions }) => {
            vec![format!("NixOS refuses it {assertions:?}, Rust takes it")]
        }
        (Outcome::System(rust), Outcome::System(nixos)) => {
            let (mut rust, mut nixos) = (rust.clone(), nixos.clone());
            let again = std::mem::take(&mut nixos.packages_again);
            rust.packages.retain(|it| nixos.packages.contains(it) || !again.contains(it));
            // NixOS tells the value of a file of settings, Rust its text.
            for (path, file) in &mut rust.etc {
                if let (Content::Text(text), Some(Content::Settings { format, .. })) =
                    (&file.content, nixos.etc.get(path).map(|file| &file.content))
                    && let Ok(read) = Content::read(format, text)
                {
                    file.content = read;
                }
            }
            let mut out = Vec::new();
            let json = |system| serde_json::to_value(system).unwrap_or_default();
            compare("", &json(&rust), &json(&nixos), &mut out);
            out
        }
    }
}

fn sorted(lines: &[String]) -> Vec<&String> {
    let mut lines: Vec<_> = lines.iter().collect();
    lines.sort();
    lines
}

fn compare(at: &str, rust: &Json, nixos: &Json, out: &mut Vec<String>) {
    match (rust, nixos) {
        (Json::Object(rust), Json::Object(nixos)) => {
            let names = rust.keys().chain(nixos.keys().filter(|name| !rust.contains_key(*name)));
            for name in names {
                let of = |map: &serde_json::Map<String, Json>| map.get(name).cloned();
                let at = if at.is_empty() { name.clone() } else { format!("{at} {name}") };
                let (rust, nixos) = (of(rust), of(nixos));
                compare(&at, &rust.unwrap_or_default(), &nixos.unwrap_or_default(), out);
            }
        }
        (Json::String(rust), Json::String(nixos)) if rust != nixos => {
            let (rust, nixos): (Vec<_>, Vec<_>) =
                (rust.split('\n').collect(), nixos.split('\n').collect());
            let only = |these: &[&str], those: &[&str]| {
                let mut lines = these.iter().filter(|line| !those.contains(line));
                lines.next().map_or_else(|| these.join("\n"), |line| (*line).to_owned())
            };
            let (rust, nixos) = (only(&rust, &nixos), only(&nixos, &rust));
            out.push(format!("{at}: Rust {rust:?}, NixOS {nixos:?}"));
        }
        _ if rust != nixos => out.push(format!("{at}: Rust {rust}, NixOS {nixos}")),
        _ => {}
    }
}

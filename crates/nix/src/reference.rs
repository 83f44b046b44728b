//! A feature's page of the reference.

use domi_model::{Manifest, Package, Platform, TestBody};

use crate::docs::{self, DocOption, Text};
use crate::markdown::{block, cell, code, comment, plain};
use crate::{former, header};

/// The text of `docs/reference/<name>.md`: what the feature is, its options and what its tests
/// show.
pub fn reference(manifest: &Manifest, crate_dir: &str) -> String {
    let feature = &manifest.feature;
    let mut sections = vec![
        comment(&header::origin(crate_dir)),
        format!("# {}", plain(&feature.name)),
        format!("{}.", feature.summary.trim()),
    ];
    let description = feature.description.trim();
    if !description.is_empty() {
        sections.push(description.to_owned());
    }
    sections.push(facts(manifest, crate_dir));
    sections.push("## Options".to_owned());
    sections.extend(docs::options(manifest).iter().map(option));
    sections.extend(gone(manifest));
    sections.extend(tests(manifest));
    sections.join("\n\n") + "\n"
}

fn facts(manifest: &Manifest, crate_dir: &str) -> String {
    let feature = &manifest.feature;
    let platforms: Vec<String> =
        feature.platforms.iter().map(|platform: &Platform| code(platform.as_str())).collect();
    let maturity = match feature.maturity {
        domi_model::Maturity::Dev => "dev: being made",
        domi_model::Maturity::Test => "test: being tried",
        domi_model::Maturity::Prod => "prod: in use",
    };
    let mut rows = vec![
        ("Kind", code(feature.kind.as_str())),
        ("Version", plain(&feature.version)),
        ("Maturity", maturity.to_owned()),
        ("Platforms", platforms.join(", ")),
        ("Crate", code(crate_dir)),
    ];
    if !manifest.packages.is_empty() {
        let packages: Vec<String> = manifest.packages.values().map(package).collect();
        rows.push(("Software", packages.join("; ")));
    }
    if !feature.maintainers.is_empty() {
        let all: Vec<String> =
            feature.maintainers.iter().map(|who| plain(&header::maintainer(who))).collect();
        rows.push(("Maintainers", all.join(", ")));
    }
    let rows: Vec<String> =
        rows.into_iter().map(|(name, value)| format!("| {name} | {} |", cell(&value))).collect();
    format!("| | |\n| --- | --- |\n{}", rows.join("\n"))
}

fn package(package: &Package) -> String {
    if let Some(name) = &package.of_crate {
        return format!("the crate {} of this workspace", code(name));
    }
    let debian: Vec<String> = package.debian.iter().map(|name| code(name)).collect();
    format!("{} in nixpkgs, {} in Debian", code(&package.nixpkgs.join(".")), debian.join(" and "))
}

fn option(option: &DocOption) -> String {
    let mut parts = vec![format!("### {}", code(&option.name())), option.description.clone()];
    parts.push(format!("*Type:* {}", plain(&option.ty)));
    if option.read_only {
        parts.push("*Read only:* it cannot be set.".to_owned());
    }
    parts.extend(option.default.as_ref().map(|text| shown("Default", text)));
    parts.extend(option.example.as_ref().map(|text| shown("Example", text)));
    parts.join("\n\n")
}

fn shown(title: &str, text: &Text) -> String {
    match text {
        Text::Markdown(text) => format!("*{title}:* {}", text.trim()),
        Text::Expression(text) if text.contains('\n') => {
            format!("*{title}:*\n\n{}", block("nix", text))
        }
        Text::Expression(text) => format!("*{title}:* {}", code(text)),
    }
}

fn gone(manifest: &Manifest) -> Option<String> {
    let renamed = manifest.renamed.iter().map(|renamed| {
        let (from, to) = (renamed.from.to_string(), renamed.to.to_string());
        format!("- {} is now {}.", code(&from), code(&to))
    });
    let removed = manifest.removed.iter().map(|removed| {
        let reason = removed.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("- {} is gone: {reason}", code(&removed.option.to_string()))
    });
    let lines: Vec<String> = renamed.chain(removed).collect();
    let names = former::lines(manifest);
    let names =
        (!names.is_empty()).then(|| format!("## Names of the past\n\n{}", names.join("\n")));
    let options =
        (!lines.is_empty()).then(|| format!("## Options of the past\n\n{}", lines.join("\n")));
    let parts: Vec<String> = names.into_iter().chain(options).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn tests(manifest: &Manifest) -> Option<String> {
    let lines = manifest.tests.iter().map(|test| {
        let what = match &test.body {
            TestBody::Run(run) if run.machines.len() > 1 => {
                format!(" (on {} machines)", run.machines.len())
            }
            TestBody::Run(_) => String::new(),
            TestBody::Refuse(_) => " (before anything starts)".to_owned(),
        };
        format!("- {}{what}", plain(&test.name))
    });
    let lines: Vec<String> = lines.collect();
    let name = &manifest.feature.name;
    let command = code(&format!("cargo xtask test {name}"));
    (!lines.is_empty())
        .then(|| format!("## Tests\n\n{command} shows that it\n\n{}", lines.join("\n")))
}

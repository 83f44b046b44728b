//! A small repository with the same configuration, and what is wrong with it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::repository;
use crate::site::built::build;
use crate::workspace::output::said;

/// A feature whose only test needs no machine.
const WEB: &str = r#"{
  "schema": "domi.feature/5",
  "feature": { "name": "web", "kind": "services", "summary": "A server", "maturity": "dev",
               "version": "0.1.0", "platforms": ["x86_64-linux", "aarch64-linux"] },
  "options": [{ "name": "port", "type": "port", "description": "The port.", "default": { "literal": 80 } }],
  "tests": [{ "name": "refuses 0",
              "body": { "refuse": { "settings": { "port": 70000 }, "because": "port" } } }] }"#;

/// The configuration of the site, and the pages that it names.
fn small(root: &Path) {
    let ours = repository::root();
    let write = |path: &str, text: &str| {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    for file in ["build", "conf.py", "static/site.css"] {
        let to = root.join("docs/site").join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(ours.join("docs/site").join(file), to).unwrap();
    }
    fs::copy(ours.join("Cargo.toml"), root.join("Cargo.toml")).unwrap();
    for entry in fs::read_dir(ours.join("docs/site")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            write(&format!("docs/site/{name}"), &format!("# {name}\n"));
        }
    }
    write("README.md", "# Home\n");
    write("docs/decisions/README.md", "# Decisions\n\n| a |\n| --- |\n| [1](0001-a.md) |\n");
    write("docs/decisions/0001-a.md", "# A\n");
    write("docs/site/guide.md", "# Guide\n\n- [One](../one.md)\n");
    write("docs/reference/web.json", "{ }\n");
    let table = "| | |\n| --- | --- |\n| Platforms | `x86_64-linux`, `aarch64-linux` |\n";
    write("docs/reference/web.md", &format!("# web\n\n{table}"));
    write(
        "docs/one.md",
        "# One\n\n## <a id=\"d0001\"></a>D0001: a\n\n| | |\n| --- | --- |\n| k | v |\n",
    );
}

/// What is said of a page with this text, which the guide lists.
fn check(text: &str, expected: Result<&str, &str>) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    small(&root);
    fs::write(root.join("docs/one.md"), text).unwrap();
    fs::write(root.join("docs/two.md"), "# Two\n\n## <a id=\"d0002\"></a>D0002: b\n").unwrap();
    fs::write(root.join("docs/site/fleets.md"), "# Fleets\n\n- [Two](../two.md)\n").unwrap();
    let Some(output) = build(&root, &root.join("site")) else { return };
    let said = said(&output);
    assert_eq!(output.status.success(), expected.is_ok(), "{text}: {said}");
    match expected {
        Ok(html) => {
            let page = fs::read_to_string(root.join("site/docs/one.html")).unwrap();
            assert!(page.contains(html), "{html}: {page}");
        }
        Err(why) => {
            assert!(said.contains(why), "{text}: {said}");
            assert!(!root.join("site").exists(), "nothing is left behind");
        }
    }
}

#[test]
fn what_leads_nowhere_is_refused_and_what_is_outside_is_in_the_repository() {
    check("# One\n\n[a](two.md#d0002)\n", Ok("href=\"two.html#d0002\""));
    let file = "href=\"https://github.com/domi-nix/domi-nix/blob/main/Cargo.toml\"";
    check("# One\n\n[a](../Cargo.toml)\n", Ok(file));
    let folder = "href=\"https://github.com/domi-nix/domi-nix/tree/main/docs/site\"";
    check("# One\n\n[a](site)\n", Ok(folder));
    check("# One\n\n[a](../none.rs)\n", Err("'../none.rs'"));
    check("# One\n\n[a](none.md)\n", Err("'none.md'"));
    check("# One\n\n[a](two.md#d0003)\n", Err("'d0003'"));
}

#[test]
fn a_table_without_a_head_has_its_heads_in_the_first_column() {
    check(
        "# One\n\n| | |\n| --- | --- |\n| key | value |\n",
        Ok("<th class=\"stub\"><p>key</p></th>"),
    );
    check("# One\n\n| a | |\n| --- | --- |\n| b | c |\n", Ok("<th class=\"head\"><p>a</p></th>"));
}

/// The page of the feature `web`, of a site that is built now.
fn page_of_web(root: &Path) -> Option<String> {
    let site = tempfile::tempdir().unwrap();
    let output = build(root, &site.path().join("site"))?;
    assert!(output.status.success(), "{}", said(&output));
    Some(fs::read_to_string(site.path().join("site/docs/reference/web.html")).unwrap())
}

#[test]
fn the_page_of_a_feature_has_the_verdicts_of_this_computer_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    small(&root);
    let workspace = "[workspace]\nmembers = []\n\n[workspace.package]\nrepository = \
                     \"https://example.org\"\n\n[workspace.metadata.domi]\nplugins = [\"plugins/*\"]\n";
    fs::write(root.join("Cargo.toml"), workspace).unwrap();
    let plugin = root.join("plugins/web");
    fs::create_dir_all(&plugin).unwrap();
    fs::write(plugin.join("plugin.toml"), "command = [\"cat\", \"manifest.json\"]\n").unwrap();
    let odd = WEB.replace("refuses 0", "refuses <b>0</b> & `more`");
    fs::write(plugin.join("manifest.json"), &odd).unwrap();
    let none = "<p>No verdict is recorded on this computer.</p>";
    let Some(page) = page_of_web(&root) else { return };
    assert!(page.contains(none), "{page}");
    let claimed = "<p>The feature claims x86_64-linux and aarch64-linux.</p>";
    assert!(page.contains(claimed), "{page}");

    let mut test = Command::new(env!("CARGO_BIN_EXE_xtask"));
    test.args(["test", "web"]).current_dir(&root).env("DOMI_CACHE", root.join("target/cache"));
    let output = test.env_remove("CARGO_TARGET_DIR").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let page = page_of_web(&root).unwrap();
    assert!(!page.contains(none), "{page}");
    let name = "<td><p>refuses &lt;b&gt;0&lt;/b&gt; &amp; `more`</p></td>";
    let here = format!("{}-linux", std::env::consts::ARCH);
    let (_, rows) = page.split_once("id=\"last-verdicts\"").unwrap();
    let row = |system: &str| {
        let mut rows = rows.split("<tr").filter(|row| row.contains(name));
        rows.find(|row| row.contains(&format!("<td><p>{system}</p></td>"))).unwrap().to_owned()
    };
    assert!(row(&here).contains("<td><p>refused</p></td>"), "{rows}");
    let other = ["x86_64-linux", "aarch64-linux"].into_iter().find(|it| *it != here).unwrap();
    assert!(row(other).contains("<td><p>none</p></td>"), "{rows}");

    // What was recorded of a feature that cannot be asked is not said to be nothing.
    fs::write(plugin.join("manifest.json"), "broken").unwrap();
    let page = page_of_web(&root).unwrap();
    assert!(page.contains("What was recorded on this computer could not be read."), "{page}");
}

#[test]
fn a_page_that_no_list_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    small(&root);
    let Some(output) = build(&root, &root.join("site")) else { return };
    assert!(output.status.success(), "{}", said(&output));
    assert!(root.join("site/index.html").exists());
    let again = build(&root, &root.join("site")).unwrap();
    assert!(
        !again.status.success() && said(&again).contains("there is something in"),
        "{}",
        said(&again)
    );
    fs::write(root.join("docs/forgotten.md"), "# Forgotten\n").unwrap();
    let output = build(&root, &root.join("other")).unwrap();
    assert!(!output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("forgotten.md"), "{}", said(&output));
}

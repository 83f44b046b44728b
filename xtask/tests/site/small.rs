//! A small repository with the same configuration, and what is wrong with it.

use std::fs;
use std::path::Path;

use crate::built::build;
use crate::output::said;
use crate::repository;

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
    write("docs/reference/web.md", "# web\n");
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

//! Two features in Rust, one of which knows the other, and a fleet that names both.

use crate::workspace::Workspace;
use crate::workspace::with_sdk::{run, with_sdk};

/// Keeps a word, and says where.
pub(crate) const SHELF: &str = r#"use domi::prelude::*;

/// Keeps a word in a file.
#[derive(Options)]
struct Shelf {
    /// The word. Later ones are written `below` it.
    #[option(default = "bread")] // what we bake
    word: NonEmptyStr,
    /// Another one.
    #[option(default = "cake")]
    other: NonEmptyStr,
}

/// What `word` is good for.
fn first(cfg: &Expr<Shelf>) -> Expr<NonEmptyStr> {
    cfg.word()
}

impl Feature for Shelf {
    fn software() -> Vec<Software> {
        vec![Software::new("coreutils")]
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        // A file for each word that there ever was.
        system
            .service("shelf")
            .description("A shelf")
            .wanted_by("multi-user.target")
            .start(argv![package("coreutils").bin("touch"), text!("/var/lib/shelf/{}", first(cfg))])
            .one_shot()
            .config("RemainAfterExit", true)
            .state("shelf");
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests
            .it("keeps words")
            .set(cfg.word(), "rolls")
            .wait_for_file("/var/lib/shelf/rolls")
            .succeeds("echo kept > /var/lib/shelf/mine")
            .switch(|to| to.set(cfg.word(), "buns"))
            .wait_for_file("/var/lib/shelf/buns")
            .prints("cat /var/lib/shelf/mine", "kept");
        tests.it("starts with a word").wait_for_unit("shelf.service").prints("ls /var/lib/shelf", "bread");
        tests.it_refuses("an empty word").set(cfg.word(), "").because("word");
    }
}

domi::main!(Shelf);
"#;

/// Reads what the shelf keeps.
pub(crate) const READER: &str = r#"use domi::prelude::*;

/// Reads a word.
#[derive(Options)]
struct Reader {
    /// A word of its own.
    #[option(default = "word")]
    word: NonEmptyStr,
}

/// What is read of the shelf.
#[derive(Options)]
struct Shelf {
    /// The word.
    word: NonEmptyStr,
}

impl Neighbour for Shelf {
    const NAME: &str = "shelf";
    const KIND: Kind = Kind::Services;
}

impl Feature for Reader {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        let word = neighbour::<Shelf>().read(|shelf| shelf.word()).or(cfg.word());
        system.etc("reader", text!("{word}\n"));
    }

    fn tests(_: &Expr<Self>, tests: &mut Tests) {
        tests.it("reads").prints("cat /etc/reader", "word");
    }
}

domi::main!(Reader);
"#;

/// A workspace with both, and a fleet that names an option.
pub(crate) fn shelves() -> Workspace {
    let workspace = with_sdk();
    let manifest = std::fs::read_to_string(workspace.root.join("Cargo.toml")).unwrap();
    let members = "\"xtask\", \"features/shelf\", \"features/reader\",";
    workspace.write("Cargo.toml", &manifest.replace("\"xtask\",", members));
    for (name, program) in [("shelf", SHELF), ("reader", READER)] {
        let package =
            format!("[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n");
        let rest = "description = \"Words\"\n[package.metadata.domi]\nkind = \"services\"\n\
                    [dependencies]\ndomi-sdk = { workspace = true }\n";
        workspace.write(&format!("features/{name}/Cargo.toml"), &(package + rest));
        workspace.write(&format!("features/{name}/src/main.rs"), program);
    }
    workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    workspace.write("fleet/domain/organizations/bakery.toml", "purpose = \"Bread\"\n");
    let host = "features = [\"shelf\", \"reader\"]\n\n[settings.shelf]\nword = \"pie\"\n";
    workspace.write("fleet/hosts/counter.toml", host);
    workspace.write("systems/default.nix", "{ domi.services.shelf.word = \"rye\"; }\n");
    let made = run(&workspace, &["generate"]);
    assert!(made.ends_with("--- exit 0\n"), "{made}");
    workspace
}

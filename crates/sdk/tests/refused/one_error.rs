use domi::prelude::*;

/// A feature with one mistake: whatever uses it compiles.
#[derive(Options)]
struct Feature1 {
    /// A port.
    #[option(defualt = 1)]
    port: Port,
    /// Folders.
    folders: BTreeMap<String, Folder>,
    /// Which.
    which: Which,
    /// Where.
    store: Store,
}

/// Another mistake in each of these.
#[derive(Options)]
struct Folder {
    /// Where.
    path: std::path::PathBuf,
}

#[derive(Options)]
enum Which {
    One,
    #[option(nmae = "two")]
    Other,
}

#[derive(Options)]
enum Store {
    Memory(u32),
    /// In a folder.
    Folder(String),
}

impl Feature for Feature1 {
    fn system(cfg: &Expr<Self>, system: &mut System) {
        system.allow_tcp([cfg.port()]);
        system.each(cfg.folders(), |system, name, folder| {
            let _ = folder.path();
            system.service(name).when(cfg.which().eq(Which::One));
        });
        system.etc("a", cfg.store().cases(|size| text!("{size}"), |folder| folder));
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        tests.it("works").set(cfg.which(), Which::Other).wait_for_port(80);
    }
}

domi::main!(Feature1);

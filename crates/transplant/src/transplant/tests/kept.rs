//! With the store's own files.

use super::*;
use crate::from_store::StorePath;

#[test]
fn with_the_store_nothing_that_names_it_changes_and_all_of_it_is_wanted() {
    let page = Etc {
        enable: true,
        target: "page".to_owned(),
        text: None,
        source: PAGE.to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    let private = Etc { target: "private".to_owned(), mode: "0600".to_owned(), ..page.clone() };
    let text = format!("[Service]\nEnvironment=\"PATH={NGINX}/bin\"\nExecStart={SCRIPT}/bin/run\n");
    let case = Evaluated {
        etc: [("page".to_owned(), page), ("private".to_owned(), private)].into(),
        packages: vec![ODD.to_owned()],
        ..with_unit(&text)
    };
    let carried = transplant("x", &case, &store(), &Supply::Store).unwrap();
    assert_eq!(carried.system.units["x.service"].text, text);
    assert_eq!(carried.system.debian_packages, BTreeSet::new());
    assert_eq!(carried.needed, BTreeMap::new());
    let link = Content::Symlink(PAGE.to_owned());
    assert_eq!(carried.files, [File { path: "/etc/page".to_owned(), mode: 0o777, content: link }]);
    // Only what stays a link can be one to a file that all may read.
    assert_eq!(carried.system.etc["private"].text, "hello");
    let paths: Vec<&str> = carried.store.paths.iter().map(|it| &*it.path).collect();
    assert_eq!(paths, [PAGE, SCRIPT, NGINX, ODD]);
    assert_eq!(carried.store.on_path, [ODD]);
    let nginx = StorePath {
        path: NGINX.to_owned(),
        derivation: Some("/nix/store/z-nginx.drv".to_owned()),
        output: "out".to_owned(),
        name: "nginx".to_owned(),
    };
    assert!(carried.store.paths.contains(&nginx));
    let debian = transplant("x", &with_unit(&text), &store(), &Supply::default()).unwrap();
    assert_eq!(debian.store, FromStore::default());
}

#[test]
fn what_only_nixos_has_is_named_also_where_only_a_text_of_the_store_names_it() {
    let check = |inner: &str, expected: &[&str]| {
        let text = |text: String| {
            let (destination, executable) = ("/bin/run".to_owned(), true);
            Some(Known::Text { text, destination, executable })
        };
        let mut store = store();
        store.insert(ODD.to_owned(), stored("inner", text(inner.to_owned())));
        store.insert(SCRIPT.to_owned(), stored("outer", text(format!("exec {ODD}/bin/run"))));
        let case = with_unit(&format!("[Service]\nExecStart={SCRIPT}/bin/run\n"));
        let carried = transplant("x", &case, &store, &Supply::Store);
        let found: Vec<_> = carried.err().into_iter().flatten().map(|it| it.message).collect();
        assert_eq!(found, expected, "{inner}");
    };
    check("true", &[]);
    let only = "inner in the store refers to /run/current-system/sw/bin/kill, which only NixOS has";
    check("/run/current-system/sw/bin/kill 1", &[only]);
    check("cat /etc/ssl/certs/ca-certificates.crt", &[]);
    let bundle = "inner in the store refers to /etc/ssl/certs/ca-bundle.crt, which only NixOS has";
    check("cat /etc/ssl/certs/ca-bundle.crt", &[bundle]);
}

#[test]
fn what_is_known_only_when_it_is_built_is_refused_by_name() {
    let drop_in = Etc {
        enable: true,
        target: "systemd/system/a.service.d/b.conf".to_owned(),
        text: None,
        source: ODD.to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    let case = Evaluated {
        etc: [("a".to_owned(), drop_in)].into(),
        tmpfiles_packages: vec![ODD.to_owned()],
        other: [("systemdPackages".to_owned(), vec![NGINX.to_owned()])].into(),
        ..nothing()
    };
    let problems = transplant("x", &case, &store(), &Supply::Store).unwrap_err();
    let subjects: Vec<&str> = problems.iter().map(|it| &*it.subject).collect();
    let units = format!("systemd.packages: {NGINX}");
    assert_eq!(subjects, [&*units, "/etc/systemd/system/a.service.d/b.conf", ODD]);
}

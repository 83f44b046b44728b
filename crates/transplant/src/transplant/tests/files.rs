use super::*;
use crate::guards::HOSTS;

#[test]
fn texts_that_are_the_same_are_files_of_their_own_where_they_lie_elsewhere_or_may_be_run() {
    let text = |destination: &str, executable| Known::Text {
        text: "echo\n".to_owned(),
        destination: destination.to_owned(),
        executable,
    };
    let all = [("5a", text("", false)), ("5b", text("", true)), ("5c", text("/bin/say", true))];
    let mut store = store();
    let path = |hash: &str| format!("/nix/store/{hash}-say");
    store.extend(all.map(|(hash, content)| (path(hash), stored("say", Some(content)))));
    let line = format!("ExecStart={} {} {}/bin/say\n", path("5a"), path("5b"), path("5c"));
    let carried = transplant("x", &with_unit(&line), &store, &Supply::default()).unwrap();
    let written = &carried.system.units["x.service"].text;
    let words: Vec<_> = written.trim_start_matches("ExecStart=").split_whitespace().collect();
    let [plain, script, program] = words[..] else { panic!("{written}") };
    let modes = |path: &str| carried.files.iter().find(|it| it.path == path).map(|it| it.mode);
    assert!(carried.system.files.contains_key(plain), "{plain}");
    assert_eq!([script, program].map(modes), [Some(0o555); 2]);
    // No file is where another one needs a folder.
    assert!(words.iter().all(|path| !program.starts_with(&format!("{path}/"))), "{words:?}");
}

#[test]
fn names_of_hosts_are_added_to_those_of_the_machine() {
    let file = Etc {
        enable: true,
        target: "hosts".to_owned(),
        text: None,
        source: ODD.to_owned(),
        mode: "symlink".to_owned(),
        user: "+0".to_owned(),
        group: "+0".to_owned(),
    };
    let changed_etc = [("hosts".to_owned(), file)].into();
    let hosts = Some("127.0.0.1 shop.test\n".to_owned());
    let carried = carried(&Evaluated { changed_etc, hosts, ..nothing() });
    let [file] = &*carried.files else { panic!("{:?}", carried.files) };
    assert_eq!(file.path, HOSTS);
    assert_eq!(file.content, Content::Text("127.0.0.1 shop.test\n".to_owned()));
    assert!(carried.system.etc.is_empty());
}

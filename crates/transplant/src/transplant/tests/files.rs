use super::*;

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
    let carried = transplant("x", &with_unit(&line), &store, &Table::default()).unwrap();
    let written = &carried.system.units["x.service"].text;
    let words: Vec<_> = written.trim_start_matches("ExecStart=").split_whitespace().collect();
    let [plain, script, program] = words[..] else { panic!("{written}") };
    let modes = |path: &str| carried.files.iter().find(|it| it.path == path).map(|it| it.mode);
    assert!(carried.system.files.contains_key(plain), "{plain}");
    assert_eq!([script, program].map(modes), [Some(0o555); 2]);
    // No file is where another one needs a folder.
    assert!(words.iter().all(|path| !program.starts_with(&format!("{path}/"))), "{words:?}");
}

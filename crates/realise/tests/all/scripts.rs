//! Scripts for a shell, and environment files.

use serde_json::{Value as Json, json};

use crate::common::{lines, manifest, option, realised};

fn of(content: Json) -> domi_model::Manifest {
    manifest(json!({
        "options": [
            option("word", json!("str"), Some(json!({ "literal": "a" }))),
            option("words", json!({ "listOf": "str" }), Some(json!({ "literal": [] }))),
            option("port", json!("port"), Some(json!({ "literal": 80 }))),
            option("flag", json!("bool"), Some(json!({ "literal": true }))),
            option("set", json!({ "attrsOf": "str" }), Some(json!({ "literal": {} }))),
        ],
        "system": { "etc": [{ "path": { "literal": "x" }, "content": { "text": content } }] },
    }))
}

#[test]
fn values_reach_a_script_as_variables_and_never_as_shell() {
    let manifest = of(json!({ "script": {
        "name": "job", "text": "echo \"$word\"",
        "values": {
            "word": { "option": ["word"] }, "port": { "option": ["port"] }, "flag": { "option": ["flag"] },
            "tool": { "packagePath": { "package": { "package": "rsync" }, "path": "bin/rsync" } },
            "both": { "text": [{ "literal": "<" }, { "option": ["word"] }] },
        },
        "lists": { "words": { "option": ["words"] } },
    } }));
    let given = json!({ "word": "it's $(x)", "words": ["a b", "", "c"] });
    let system = realised(&manifest, &given).unwrap().system;
    let path = &system.etc["x"].text;
    let expected = "#!/bin/bash\nset -e\nboth='<it'\\''s $(x)'\nflag=true\nport=80\n\
                    tool=/usr/bin/rsync\nword='it'\\''s $(x)'\nwords=('a b' '' c)\n\
                    echo \"$word\"\n";
    assert_eq!(system.files[path], expected);
    let file = system.files().into_iter().find(|file| file.path == *path).unwrap();
    assert_eq!(file.mode, 0o555);
}

#[test]
fn an_environment_file_holds_what_systemd_reads() {
    let variables = json!({ "attrs": {
        "WORD": { "option": ["word"] }, "PORT": { "option": ["port"] }, "FLAG": { "option": ["flag"] },
    } });
    let all = json!({ "merge": [variables, { "option": ["set"] }] });
    let manifest = of(json!({ "toEnvironment": all }));
    let check = |given: Json, expected: Result<&str, &str>| {
        let found = realised(&manifest, &given);
        let found =
            found.map(|it| it.system.etc["x"].text.clone()).map_err(|it| lines(&it).concat());
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            (found, _) => panic!("{given}: {found:?}"),
        }
    };
    check(
        json!({ "word": "\"a\" \\ $b `c` %i", "set": { "PORT": "none" } }),
        Ok("FLAG=\"true\"\nPORT=\"none\"\nWORD=\"\\\"a\\\" \\\\ \\$b \\`c\\` %i\"\n"),
    );
    check(json!({ "word": "a\tb\nc" }), Ok("FLAG=\"true\"\nPORT=\"80\"\nWORD=\"a\tb\nc\"\n"));
    check(json!({ "word": "a\rb" }), Err("a control character"));
    check(json!({ "set": { "a b": "" } }), Err("no environment variable"));
}

#[test]
fn a_command_is_a_link_to_its_script_and_belongs_to_one_feature() {
    let manifest = manifest(json!({
        "options": [option("port", json!("port"), Some(json!({ "literal": 80 }))),
                    option("there", json!("bool"), Some(json!({ "literal": true })))],
        "system": { "packages": [{
            "package": { "script": { "name": "shop-status", "text": "echo \"$port\"",
                                     "values": { "port": { "option": ["port"] } } } },
            "scope": { "when": { "option": ["there"] } },
        }] },
    }));
    let system = realised(&manifest, &json!({ "port": 81 })).unwrap().system;
    let path = &system.commands["shop-status"];
    assert_eq!(system.files[path], "#!/bin/bash\nset -e\nport=81\necho \"$port\"\n");
    let files = system.files();
    let link = files.iter().find(|file| file.path == "/usr/local/bin/shop-status").unwrap();
    assert_eq!(link.content, domi_realise::Content::Symlink(path.clone()));
    assert_eq!(files.iter().find(|file| file.path == *path).unwrap().mode, 0o555);
    assert!(system.together.claims.contains_key("command shop-status"));

    let system = realised(&manifest, &json!({ "there": false })).unwrap().system;
    assert!(system.commands.is_empty());
    assert!(!system.files().iter().any(|file| file.path.starts_with("/usr/local/bin")));
}

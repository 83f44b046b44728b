//! Manifests as they were printed by earlier versions (`golden/<version>/`): they are read for good.

use std::path::Path;

use serde_json::Value;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn a_manifest_of_an_earlier_version_means_what_it_meant() {
    let mut read = 0;
    for version in domi_model::Version::all() {
        let number = version.to_string().rsplit('/').next().unwrap().to_owned();
        for entry in std::fs::read_dir(folder().join(number)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let text = std::fs::read(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let (manifest, warnings) = domi_plugin::read(name, &text).unwrap();
            assert_eq!(warnings, [], "{name}");
            let mut before: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(before["schema"], version.to_string(), "{name}");
            before["schema"] = domi_model::SCHEMA.into();
            check_same(name, &serde_json::to_value(manifest).unwrap(), &before);
            read += 1;
        }
    }
    assert!(read >= 5, "the golden manifests are gone");
}

/// Numbers are the same however they are written.
#[track_caller]
fn check_same(path: &str, now: &Value, before: &Value) {
    match (now, before) {
        (Value::Object(now), Value::Object(before)) => {
            assert!(now.keys().eq(before.keys()), "{path}: {:?}, {:?}", now.keys(), before.keys());
            now.iter()
                .for_each(|(key, now)| check_same(&format!("{path}.{key}"), now, &before[key]));
        }
        (Value::Array(now), Value::Array(before)) => {
            assert_eq!(now.len(), before.len(), "{path}");
            for (at, (now, before)) in now.iter().zip(before).enumerate() {
                check_same(&format!("{path}[{at}]"), now, before);
            }
        }
        (Value::Number(now), Value::Number(before)) => {
            assert_eq!(now.as_f64(), before.as_f64(), "{path}");
        }
        _ => assert_eq!(now, before, "{path}"),
    }
}

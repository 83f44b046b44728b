//! An example of each row of the table of effects: a manifest before and after.

use domi_compare::Effect;
use serde_json::{Value, json};

/// What an example says beside what every manifest has. Objects are put together, all else replaced.
pub(crate) fn with(part: &Value) -> Value {
    let mut manifest = json!({
        "schema": "domi.feature/5",
        "feature": {
            "name": "web", "kind": "services", "summary": "A web server", "maturity": "test",
            "version": "1.0.0", "platforms": ["x86_64-linux"]
        },
        "packages": { "nginx": { "nixpkgs": ["nginx"], "debian": ["nginx"] } },
        "options": [], "system": {}, "tests": []
    });
    put(&mut manifest, part);
    manifest
}

fn put(value: &mut Value, part: &Value) {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => {
            for (name, inner) in part {
                put(value.entry(name).or_insert(Value::Null), inner);
            }
        }
        (value, part) => *value = part.clone(),
    }
}

fn option(name: &str, ty: &Value, default: &Value) -> Value {
    json!({ "name": name, "type": ty, "description": "It.", "default": { "literal": default } })
}

fn options(options: &[Value]) -> Value {
    json!({ "options": options })
}

/// An option of a type that must be set.
fn typed(ty: &Value) -> Value {
    options(&[json!({ "name": "it", "type": ty, "description": "It." })])
}

/// The same with another key.
fn and(mut value: Value, key: &str, more: Value) -> Value {
    value["options"][0][key] = more;
    value
}

fn read_only(ty: &Value, default: &Value) -> Value {
    and(options(&[option("it", ty, default)]), "readOnly", json!(true))
}

fn system(key: &str, parts: &Value) -> Value {
    json!({ "system": { key: parts } })
}

fn none() -> Value {
    json!({})
}

fn text(text: &str) -> Value {
    json!({ "literal": text })
}

/// A unit with more in it.
fn unit(more: &Value) -> Value {
    let mut unit = json!({
        "kind": "service", "name": text("web"),
        "commands": { "ExecStart": [{ "argv": { "list": [text("/bin/sh"), text("-c"), text("true")] } }] }
    });
    put(&mut unit, more);
    system("units", &json!([unit]))
}

fn config(key: &str, value: &str) -> Value {
    unit(&json!({ "config": { key: { "value": text(value) } } }))
}

fn socket(port: &str) -> Value {
    let listen = json!({ "ListenStream": { "value": text(port) } });
    let socket = json!({ "kind": "socket", "name": text("web"), "config": listen });
    system("units", &json!([socket]))
}

fn file(more: &Value) -> Value {
    let mut file = json!({ "path": text("web.conf"), "content": { "text": text("a") } });
    put(&mut file, more);
    system("etc", &json!([file]))
}

fn settings_file(format: &str) -> Value {
    let content = json!({ "settings": { "format": format, "value": { "literal": { "a": 1 } } } });
    system("etc", &json!([{ "path": text("web.conf"), "content": content }]))
}

fn tmpfile(age: &str) -> Value {
    system("tmpfiles", &json!([{ "kind": "d", "path": text("/var/web"), "age": text(age) }]))
}

fn user(more: &Value) -> Value {
    let mut user = json!({ "name": text("web"), "group": text("web") });
    put(&mut user, more);
    json!({ "system": { "users": [user], "groups": [{ "name": text("web") }] } })
}

fn sysctl(value: i64) -> Value {
    system("sysctl", &json!([{ "name": "net.core.somaxconn", "value": { "literal": value } }]))
}

fn firewall(ports: &[u16]) -> Value {
    let ports: Vec<Value> = ports.iter().map(|port| json!({ "literal": port })).collect();
    system("firewall", &json!([{ "protocol": "tcp", "ports": { "list": ports } }]))
}

fn claim(port: u16) -> Value {
    let values = json!({ "list": [{ "literal": port }] });
    system("claims", &json!([{ "kind": "tcp", "values": values }]))
}

fn command(script: &str) -> Value {
    let script = json!({ "script": { "name": "web-do", "text": script } });
    system("packages", &json!([{ "package": script }]))
}

fn of_nixos(value: &Value) -> Value {
    let option = json!(["services", "openssh", "settings", "X11Forwarding"]);
    system("nixos", &json!([{ "option": option, "value": { "literal": value } }]))
}

/// What is known of another feature, and set of it where it is.
fn neighbour(ty: &str, value: Option<i64>) -> Value {
    let known = json!([{ "option": ["port"], "type": ty }]);
    let set = value.map(
        |value| json!({ "feature": "gateway", "option": ["port"], "value": { "literal": value } }),
    );
    json!({
        "neighbours": { "gateway": { "kind": "services", "sets": known } },
        "system": { "settings": set.into_iter().collect::<Vec<_>>() }
    })
}

fn assertion(condition: &Value) -> Value {
    let mut value = options(&[option("a", &json!("bool"), &json!(true))]);
    value["assertions"] = json!([{ "condition": condition, "message": text("a is needed") }]);
    value
}

/// The feature under another name, with the old one.
fn former(taken: &str) -> Value {
    json!({ "feature": { "name": "site", "formerly": [{ "name": "web", "taken": taken }] } })
}

fn renamed(alias: bool) -> Value {
    let mut value = options(&[option("port", &json!("port"), &json!(80))]);
    if alias {
        value["renamed"] = json!([{ "from": ["listen"], "to": ["port"] }]);
    }
    value
}

fn other(key: &str) -> Value {
    json!({ key: [{ "feature": "gateway" }] })
}

/// A unit that is there where an option is set, or always.
fn conditional(when: bool) -> Value {
    let mut value = options(&[option("a", &json!("bool"), &json!(true))]);
    let more = if when { json!({ "scope": { "when": { "option": ["a"] } } }) } else { none() };
    put(&mut value, &unit(&more));
    value
}

fn two_packages() -> Value {
    json!({ "packages": { "curl": { "nixpkgs": ["curl"], "debian": ["curl"] } } })
}

fn feature(key: &str, value: &Value) -> Value {
    json!({ "feature": { key: value } })
}

/// The manifest before and after.
pub(crate) fn of(effect: Effect) -> [Value; 2] {
    let (port, str) = (json!("port"), json!("str"));
    let int = |max: i64| json!({ "int": { "min": 0, "max": max } });
    let [before, after] = match effect {
        Effect::KindChanged => [none(), feature("kind", &json!("security"))],
        Effect::FeatureRenamed => [none(), former("silently")],
        Effect::FeatureNameWarning => [former("silently"), former("withWarning")],
        Effect::FeatureNameRemoved => [former("withWarning"), former("noLonger")],
        Effect::OptionRemoved => [typed(&port), none()],
        Effect::OptionRequired => [none(), typed(&port)],
        Effect::OptionAdded => [none(), options(&[option("it", &port, &json!(80))])],
        Effect::OptionRenamed => [options(&[option("listen", &port, &json!(80))]), renamed(true)],
        Effect::AliasWarning => {
            let mut silent = renamed(true);
            silent["renamed"][0]["silent"] = json!(true);
            [silent, renamed(true)]
        }
        Effect::AliasRemoved => [renamed(true), renamed(false)],
        Effect::DefaultRemoved => [options(&[option("it", &port, &json!(80))]), typed(&port)],
        Effect::DefaultAdded => [typed(&port), options(&[option("it", &port, &json!(80))])],
        Effect::DefaultChanged => [
            options(&[option("it", &port, &json!(80))]),
            options(&[option("it", &port, &json!(8080))]),
        ],
        Effect::TypeNarrowed => [typed(&int(100)), typed(&int(10))],
        Effect::TypeWidened => [typed(&int(10)), typed(&int(100))],
        Effect::TypeChanged => [typed(&port), typed(&str)],
        Effect::OptionReadOnly => {
            [options(&[option("it", &str, &json!("a"))]), read_only(&str, &json!("a"))]
        }
        Effect::OptionWritable => {
            [read_only(&str, &json!("a")), options(&[option("it", &str, &json!("a"))])]
        }
        Effect::OptionInternal => [typed(&str), and(typed(&str), "internal", json!(true))],
        Effect::OptionPublic => [and(typed(&str), "internal", json!(true)), typed(&str)],
        Effect::AssertionAdded => [
            options(&[option("a", &json!("bool"), &json!(true))]),
            assertion(&json!({ "option": ["a"] })),
        ],
        Effect::AssertionRemoved => [
            assertion(&json!({ "option": ["a"] })),
            options(&[option("a", &json!("bool"), &json!(true))]),
        ],
        Effect::RequirementAdded => [none(), other("requires")],
        Effect::RequirementRemoved => [other("requires"), none()],
        Effect::ConflictAdded => [none(), other("conflicts")],
        Effect::ConflictRemoved => [other("conflicts"), none()],
        Effect::WishChanged => [none(), other("wants")],
        Effect::NeighbourAdded => [none(), neighbour("port", None)],
        Effect::NeighbourChanged => [neighbour("port", None), neighbour("str", None)],
        Effect::NeighbourRemoved => [neighbour("port", None), none()],
        Effect::SoftwareRemoved => [two_packages(), none()],
        Effect::SoftwareAdded => [none(), two_packages()],
        Effect::SoftwareChanged => {
            [none(), json!({ "packages": { "nginx": { "nixpkgs": ["nginxMainline"] } } })]
        }
        Effect::ReadOnlyWidened => {
            [read_only(&int(10), &json!(1)), read_only(&int(100), &json!(1))]
        }
        Effect::ReadOnlyNarrowed => {
            [read_only(&int(100), &json!(1)), read_only(&int(10), &json!(1))]
        }
        Effect::ReadOnlyChanged => {
            [read_only(&str, &json!("/run/a")), read_only(&str, &json!("/run/b"))]
        }
        Effect::PlatformRemoved => {
            [feature("platforms", &json!(["x86_64-linux", "aarch64-linux"])), none()]
        }
        Effect::PlatformAdded => {
            [none(), feature("platforms", &json!(["x86_64-linux", "aarch64-linux"]))]
        }
        Effect::MaturityLowered => [none(), feature("maturity", &json!("dev"))],
        Effect::MaturityRaised => [none(), feature("maturity", &json!("prod"))],
        Effect::ConditionChanged => [conditional(false), conditional(true)],
        Effect::ConditionDropped => [conditional(true), conditional(false)],
        Effect::UnitRemoved => [unit(&none()), none()],
        Effect::UnitAdded => [none(), unit(&none())],
        Effect::UnitChanged => [unit(&none()), config("Nice", "5")],
        Effect::StartRemoved => {
            [unit(&json!({ "wantedBy": [text("multi-user.target")] })), unit(&none())]
        }
        Effect::StartAdded => {
            [unit(&none()), unit(&json!({ "wantedBy": [text("multi-user.target")] }))]
        }
        Effect::AccountChanged => [unit(&none()), config("User", "nobody")],
        Effect::ListenChanged => [socket("80"), socket("81")],
        Effect::FolderRemoved => [config("StateDirectory", "web"), unit(&none())],
        Effect::FolderAdded => [unit(&none()), config("StateDirectory", "web")],
        Effect::FileRemoved => [file(&none()), none()],
        Effect::FileAdded => [none(), file(&none())],
        Effect::FileChanged => [file(&none()), file(&json!({ "content": { "text": text("b") } }))],
        Effect::FormatChanged => [settings_file("json"), settings_file("toml")],
        Effect::AccessChanged => [file(&none()), file(&json!({ "mode": "0440" }))],
        Effect::TmpfileRemoved => [tmpfile("1d"), none()],
        Effect::TmpfileAdded => [none(), tmpfile("1d")],
        Effect::TmpfileChanged => [tmpfile("1d"), tmpfile("2d")],
        Effect::UserRemoved => [user(&json!({ "extraGroups": [text("audio")] })), user(&none())],
        Effect::UserAdded => [user(&none()), user(&json!({ "extraGroups": [text("audio")] }))],
        Effect::UserChanged => [user(&none()), user(&json!({ "uid": 450 }))],
        Effect::GroupRemoved => [system("groups", &json!([{ "name": text("web") }])), none()],
        Effect::GroupAdded => [none(), system("groups", &json!([{ "name": text("web") }]))],
        Effect::GroupChanged => [
            system("groups", &json!([{ "name": text("web") }])),
            system("groups", &json!([{ "name": text("web"), "gid": 450 }])),
        ],
        Effect::SysctlRemoved => [sysctl(1), none()],
        Effect::SysctlAdded => [none(), sysctl(1)],
        Effect::SysctlChanged => [sysctl(1), sysctl(2)],
        Effect::PortRemoved => [firewall(&[80, 443]), firewall(&[443])],
        Effect::PortAdded => [firewall(&[443]), firewall(&[80, 443])],
        Effect::ClaimRemoved => [claim(80), none()],
        Effect::ClaimAdded => [none(), claim(80)],
        Effect::CommandRemoved => [command("true"), none()],
        Effect::CommandAdded => [none(), command("true")],
        Effect::CommandChanged => [command("true"), command("false")],
        Effect::SettingRemoved => [neighbour("port", Some(1)), neighbour("port", None)],
        Effect::SettingAdded => [neighbour("port", None), neighbour("port", Some(1))],
        Effect::SettingChanged => [neighbour("port", Some(1)), neighbour("port", Some(2))],
        Effect::NixosRemoved => [of_nixos(&json!(true)), none()],
        Effect::NixosAdded => [none(), of_nixos(&json!(true))],
        Effect::NixosChanged => [of_nixos(&json!(true)), of_nixos(&json!(false))],
        Effect::HandWrittenChanged => [none(), json!({ "extraNix": true })],
        Effect::WarningChanged => {
            let warning = json!({ "when": { "literal": true }, "message": text("look") });
            [none(), json!({ "warnings": [warning] })]
        }
        Effect::DocumentationChanged => [none(), feature("summary", &json!("Another text"))],
        Effect::TestsChanged => {
            let steps = json!([{ "action": { "waitForUnit": "web.service" } }]);
            let run = json!({ "run": { "machines": { "machine": {} }, "steps": steps } });
            [none(), json!({ "tests": [{ "name": "starts", "body": run }] })]
        }
        Effect::SourceChanged => [none(), none()],
    };
    [with(&before), with(&after)]
}

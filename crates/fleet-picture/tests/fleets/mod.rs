//! Fleets that are drawn in tests.

use std::fmt::Write as _;

use camino::Utf8Path;
use domi_fleet::{Features, Fleet};
use domi_fleet_files::{HostFacts, Wanted, load, project};
use serde_json::json;

pub(crate) struct Known {
    pub(crate) fleet: Fleet,
    pub(crate) hosts: Vec<HostFacts>,
}

/// The example, with features that take what it sets.
pub(crate) fn example() -> Known {
    known(Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates/cim")))
}

fn known(root: &Utf8Path) -> Known {
    let loaded = load(root, Wanted::All);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems[0]);
    let feature = |name: &str, options: serde_json::Value| {
        let about = json!({"name": name, "kind": "services", "summary": "A feature",
                           "maturity": "dev", "version": "0.1.0", "platforms": ["x86_64-linux"]});
        let manifest = json!({"schema": "domi.feature/3", "feature": about, "options": options});
        serde_json::from_value(manifest).unwrap()
    };
    let option = |name: &str, ty: &str, default: serde_json::Value| json!({"name": name, "type": ty, "description": "An option.", "default": {"literal": default}});
    let page = json!([
        option("port", "port", json!(8080)),
        option("greeting", "str", json!("hello")),
        option("openFirewall", "bool", json!(false)),
        option("extraConfig", "lines", json!("")),
    ]);
    let features: Features =
        [feature("web-page", page), feature("copies", json!([]))].into_iter().collect();
    let hosts = project(&loaded.fleet, &features).hosts;
    Known { fleet: loaded.fleet, hosts }
}

/// So many hosts, 50 at each place, with two roles, people who may log in, and rules.
pub(crate) fn large(hosts: usize) -> Known {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: String, text: String| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("domain/organizations/org.toml".into(), "responsible = 'p-0'\n".into());
    put("nodes/web.toml".into(), "[[reach]]\ntcp = [80, 443]\nroles = ['store']\n".into());
    put("nodes/store.toml".into(), "[[reach]]\ntcp = [5432]\nroles = ['web']\n".into());
    for group in 0..hosts.div_ceil(50) {
        let (a, b) = (group / 256, group % 256);
        let network = format!("ranges = ['10.{a}.{b}.0/24']\nlocation = 'l-{group}'\n");
        put(format!("domain/networks/equipment/n-{group}.toml"), network);
        put(format!("domain/locations/l-{group}.toml"), String::new());
        let unit = format!("within = 'org'\nresponsible = 'p-{group}'\n");
        put(format!("domain/organizations/u-{group}.toml"), unit);
        put(format!("domain/people/p-{group}.toml"), format!("units = ['u-{group}']\n"));
        put(format!("users/p-{group}.toml"), format!("uid = {}\n", 1000 + group));
        let policy =
            format!("units = ['u-{group}']\nmay = ['login']\non = {{ units = ['u-{group}'] }}\n");
        put(format!("domain/policies/authorization/a-{group}.toml"), policy);
    }
    for host in 0..hosts {
        let (group, last) = (host / 50, host % 50 + 1);
        let (a, b) = (group / 256, group % 256);
        let role = ["web", "store"][host % 2];
        let mut text = format!("unit = 'u-{group}'\nlocation = 'l-{group}'\nroles = ['{role}']\n");
        writeln!(text, "addresses.n-{group} = '10.{a}.{b}.{last}'").unwrap();
        put(format!("hosts/h-{host}.toml"), text);
    }
    known(Utf8Path::from_path(folder.path()).unwrap())
}

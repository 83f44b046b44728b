//! A fleet that is made to be measured, and what measurements come to.

use std::path::Path;

use domi_fleet::Features;
use domi_model::Manifest;

const SITE: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {"name": "site", "kind": "services", "summary": "A site", "maturity": "dev",
              "version": "0.1.0", "platforms": ["x86_64-linux"]},
  "options": [
    {"name": "port", "type": "port", "description": "A port.", "default": {"literal": 80}},
    {"name": "name", "type": "str", "description": "A name.", "default": {"literal": ""}},
    {"name": "words", "type": {"listOf": "str"}, "description": "Words.", "default": {"literal": []}},
    {"name": "free", "type": {"settings": {"format": "toml"}}, "description": "Free.", "default": {"literal": {}}}
  ],
  "system": {"etc": [{"path": {"literal": "site"}, "content": {"text": {"option": ["name"]}}}]}
}"#;

/// The one feature that its hosts have.
pub(crate) fn features() -> Features {
    let manifest: Manifest = serde_json::from_str(SITE).unwrap();
    [manifest].into_iter().collect()
}

/// Writes a fleet: a unit and a location for 50 hosts, a device and an address for each, people who
/// may log in, three roles. Returns how many files it has.
pub(crate) fn write(root: &Path, hosts: usize) -> usize {
    let mut files = 0;
    let mut put = |path: String, text: String| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        files += 1;
    };
    let settings =
        "[defaults.site]\nport = 80\nwords = ['org']\n[defaults.site.free]\na = { b = 1 }\n";
    put(
        "domain/organizations/org.toml".into(),
        format!("responsible = 'p-0'\nfeatures = ['site']\n{settings}"),
    );
    for role in ["web", "cache", "store"] {
        put(
            format!("nodes/{role}.toml"),
            format!("[settings.site]\nwords = ['{role}']\n[settings.site.free]\n{role} = 1\n"),
        );
    }
    put("domain/policies/authentication/keys.toml".into(), "key = true\n".into());
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJlbmNoIGJlbmNoIGJlbmNoIGJlbmNoIGJlbmNo";
    for group in 0..hosts.div_ceil(50) {
        put(
            format!("domain/organizations/u-{group}.toml"),
            format!(
                "within = 'org'\nresponsible = 'p-{group}'\n[settings.site]\nwords = ['u-{group}']\n"
            ),
        );
        put(
            format!("domain/people/p-{group}.toml"),
            format!("units = ['u-{group}']\nkeys = ['{key}']\n"),
        );
        put(format!("users/p-{group}.toml"), format!("uid = {}\n", 1000 + group));
        put(format!("domain/locations/l-{group}.toml"), "[override.site]\nport = 8080\n".into());
        let (a, b) = (group / 256, group % 256);
        put(
            format!("domain/networks/equipment/n-{group}.toml"),
            format!("ranges = ['10.{a}.{b}.0/24']\nlocation = 'l-{group}'\n"),
        );
    }
    // Four units for each tag, so that as many may log in to a host of a large fleet as of a small one.
    for number in 0..20 {
        put(
            format!("domain/policies/authorization/a-{number}.toml"),
            format!(
                "units = ['u-{}']\nmay = ['login']\non = {{ roles = ['web'], tags = ['t-{}'] }}\n",
                number % hosts.div_ceil(50),
                number / 4
            ),
        );
    }
    for host in 0..hosts {
        let group = host / 50;
        let (a, b, c) = (group / 256, group % 256, host % 50 + 1);
        let roles = ["'web'", "'web', 'cache'", "'store'"][host % 3];
        put(
            format!("domain/inventory/devices/d-{host}.toml"),
            format!("location = 'l-{group}'\nunit = 'u-{group}'\nserial = 'S{host}'\n"),
        );
        put(
            format!("hosts/g-{group}/h-{host}.toml"),
            format!(
                "device = 'd-{host}'\nroles = [{roles}]\ntags = ['t-{}']\naddresses.n-{group} = '10.{a}.{b}.{c}'\n[settings.site]\nname = 'h-{host}'\nwords = ['h-{host}']\n",
                host % 5
            ),
        );
    }
    files
}

/// The middle one.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

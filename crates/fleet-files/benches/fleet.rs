//! How long a fleet takes to be loaded, checked and projected, and how much memory:
//! `cargo bench -p domi-fleet-files [-- HOSTS…]`. Everything is measured in one run, so that growth
//! can be trusted even on a busy computer.

#![expect(clippy::unwrap_used, reason = "what cannot be measured may panic")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::path::Path;
use std::time::Instant;

use camino::Utf8Path;
use domi_fleet::Features;
use domi_fleet_files::{Wanted, load, project, why};
use domi_model::Manifest;

/// How often each is measured; the median counts.
const RUNS: usize = 5;

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

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![50, 500, 5_000, 50_000] } else { asked };
    println!(
        "hosts   files   load      check     project   together  processor  why       peak memory"
    );
    let mut before: Option<(usize, f64)> = None;
    for hosts in sizes {
        let all = measure(hosts);
        if let Some((fewer, time)) = before {
            println!(
                "        {:.1} times the hosts, {:.1} times as long",
                hosts as f64 / fewer as f64,
                all / time
            );
        }
        before = Some((hosts, all));
    }
}

/// Measures a fleet of so many hosts; returns how long all of it took, in seconds.
fn measure(hosts: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), hosts);
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let manifest: Manifest = serde_json::from_str(SITE).unwrap();
    let features: Features = [manifest].into_iter().collect();
    let (mut loads, mut checks, mut projections) = (Vec::new(), Vec::new(), Vec::new());
    let (mut alls, mut works, mut whys) = (Vec::new(), Vec::new(), Vec::new());
    // The most that the process ever had in memory, from here on.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    for _ in 0..RUNS {
        let (begun, worked) = (Instant::now(), processor());
        let loaded = load(root, Wanted::All);
        let read = begun.elapsed();
        let mut problems = loaded.problems;
        problems.extend(loaded.fleet.check());
        let checked = begun.elapsed();
        let projected = project(&loaded.fleet, &features);
        let all = begun.elapsed();
        works.push(processor() - worked);
        problems.extend(projected.problems);
        assert!(problems.is_empty(), "{}", problems[0]);
        assert_eq!(projected.hosts.len(), hosts);
        loads.push(read.as_secs_f64());
        checks.push((checked - read).as_secs_f64());
        projections.push((all - checked).as_secs_f64());
        alls.push(all.as_secs_f64());
        let begun = Instant::now();
        let host = format!("h-{}", hosts / 2);
        let alone = load(root, Wanted::Host(&host)).fleet;
        let why = why(&alone, &features, &host, &["site".to_owned(), "port".to_owned()]).unwrap();
        assert!(!why.steps.is_empty());
        whys.push(begun.elapsed().as_secs_f64());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
    let [load, check, project, all, work, why] =
        [loads, checks, projections, alls, works, whys].map(median);
    println!(
        "{hosts:<7} {files:<7} {load:.3} s   {check:.3} s   {project:.3} s   {all:.3} s   {work:.2} s     {why:.3} s   {peak}"
    );
    all
}

/// The processor time that this process has taken, in seconds. On a busy computer it says more than
/// the time that passed.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Writes a fleet: a unit and a location for 50 hosts, a device and an address for each, people who
/// may log in, three roles. Returns how many files it has.
fn write(root: &Path, hosts: usize) -> usize {
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
    for number in 0..20 {
        put(
            format!("domain/policies/authorization/a-{number}.toml"),
            format!(
                "units = ['u-{}']\nmay = ['login']\non = {{ roles = ['web'], tags = ['t-{}'] }}\n",
                number % hosts.div_ceil(50),
                number % 5
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

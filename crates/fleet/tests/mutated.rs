//! Mutated files of a fleet are read or refused, without a panic; and so is what follows from them.

use domi_fleet::{Features, Fleet, Piece, Settings, Standing, Together};
use domi_model::Manifest;
use domi_mutate::read_texts;

const MANIFEST: &str = r#"{
  "schema": "domi.feature/3",
  "feature": {"name": "site", "kind": "services", "summary": "A site", "maturity": "dev",
              "version": "0.1.0", "platforms": ["x86_64-linux"]},
  "options": [
    {"name": "port", "type": "port", "description": "A port."},
    {"name": "words", "type": {"listOf": "str"}, "description": "Words."},
    {"name": "secret", "type": {"nullOr": {"path": "external"}}, "description": "A secret."},
    {"name": "free", "type": {"settings": {"format": "toml"}}, "description": "Free."}
  ]
}"#;

const FILES: [(&str, &str); 19] = [
    (
        "domain/organizations/o.toml",
        "id = \"01932f5e-7c00-7a3b-8c1d-0123456789ab\"\ntitle = 'O'\nresponsible = 'p'\n\
         features = ['site']\n[defaults.site]\nport = 80\nfree = { a = { b = [1, 2.5] } }\n",
    ),
    ("domain/people/p.toml", "units = ['o']\nkind = 'person'\nstatus = 'active'\n"),
    (
        "domain/networks/equipment/n.toml",
        "ranges = ['192.0.2.0/24', '2001:db8::/64']\ndomain = 'n.example.org'\ngateways = ['192.0.2.254', '2001:db8::fe']\n",
    ),
    (
        "domain/policies/authorization/a.toml",
        "who = ['p']\nunits = ['o']\nmay = ['login']\non = { roles = ['r'], tags = ['t'] }\n\
         [[tests]]\nwho = 'p'\nhost = 'h'\nfrom = 'h'\ntcp = [80]\nudp = [53]\nmay = ['reach']\n",
    ),
    (
        "nodes/r.toml",
        "[settings.site]\nwords = ['a']\nsecret = { ref = 's' }\n[remove.site]\nfree = { a = true }\n",
    ),
    (
        "domain/procedures/waves/w.toml",
        "on = { tags = ['t'] }\nafter = ['w']\nsoak = '1h 30m'\nat_once = 2\nkeep = { r = 1 }\n\
         [health]\nunits = ['a.service']\ntcp = [22]\nwithin = '5m'\n",
    ),
    (
        "domain/inventory/secrets/s.toml",
        "responsible = 'p'\non = { hosts = ['h'] }\npath = '/run/s'\nowner = 'p'\ngroup = 'g'\n\
         mode = '0440'\nrotate = '90d'\nrotated = '2026-01-01'\n",
    ),
    (
        "domain/inventory/sourcecode/c.toml",
        "responsible = 'p'\nunit = 'o'\naddress = 'https://example.org/c'\nbuilds = ['site']\n",
    ),
    (
        "environments/a.toml",
        "responsible = 'p'\nunit = 'o'\nwe = ['build', 'serve']\nsource = 'c'\nversion = '1'\n\
         features = ['site']\npackages = ['x']\non = { roles = ['r'] }\n",
    ),
    (
        "domain/inventory/accounts/b.toml",
        "provider = 'B'\nlogin = 'b'\nholder = 'p'\nsecret = { ref = 's' }\nends = '2026-12-31'\n",
    ),
    (
        "domain/inventory/equipment/e.toml",
        "location = 'l'\nunit = 'o'\nwithin = 'e'\npowered_by = 'e'\nserial = '1'\nmodel = 'm'\n\
         holds = ['d']\npowers = ['d']\n",
    ),
    (
        "domain/networks/people/g.toml",
        "kind = 'on-call'\nmembers = ['p']\ngroups = ['g']\naddress = 'g@example.org'\n",
    ),
    (
        "domain/names/t.toml",
        "meaning = 'M'\nsynonyms = ['u']\nsee = ['t']\nthings = ['host/h', 'term/t']\n",
    ),
    (
        "shells/s.toml",
        "packages = ['a.b']\nvariables = { A = 'x' }\nfeatures = ['site']\nroles = ['r']\nunits = ['o']\n",
    ),
    (
        "homes/m.toml",
        "user = 'p'\nstate_version = '26.05'\non = { roles = ['r'] }\npackages = ['a']\n\
         variables = { A = 'x' }\n[files]\n'.config/a' = 'x'\n",
    ),
    ("domain/procedures/constants/c.toml", "type = 'port'\nvalue = 80\nresponsible = 'p'\n"),
    (
        "domain/procedures/queries/q.toml",
        "asks = 'Q?'\nquery = 'ASK { ?a ?b ?c }'\nanswer = [['a', 'b'], ['c']]\n",
    ),
    (
        "domain/relationships/r.toml",
        "from = 'host/h'\nis = 'depends on'\nto = 'person/p'\nsince = '2026-01-01'\n\
         until = '2027-01-01'\nresponsible = 'p'\n",
    ),
    (
        "hosts/h.toml",
        "roles = ['r']\ntags = ['t']\ngateway = 'n'\ninterfaces = { n = 'e' }\naddresses = { n = ['192.0.2.1', '2001:db8::1'] }\n\
         kind = 'virtual'\nruns_on = 'h'\n[override.site]\nport = { constant = 'c' }\n[remove.site]\nwords = ['a']\n",
    ),
];

#[test]
fn files_of_a_fleet_never_panic() {
    let manifest: Manifest = serde_json::from_str(MANIFEST).expect("it is a manifest");
    let features: Features = [manifest].into_iter().collect();
    let pieces = FILES.map(|(path, text)| Piece::read(path, text));
    for (at, (path, text)) in FILES.into_iter().enumerate() {
        read_texts(&[text], |changed| {
            let mut pieces = pieces.clone();
            pieces[at] = Piece::read(path, changed);
            let (fleet, mut problems) = Fleet::of(pieces);
            problems.extend(fleet.check());
            problems.extend(fleet.overdue("2026-11-27".parse().expect("it is a day")));
            let (settings, found) = Settings::prepare(&fleet, &features);
            problems.extend(found);
            let mut together = Together::default();
            for host in fleet.hosts.values() {
                together.add(&host.about, &settings.of(&Standing::of(&fleet, host)), &features);
            }
            problems.extend(together.problems());
            // Each says where it is, or at least what it is about.
            assert!(problems.iter().all(|it| it.place.is_some() || !it.subject.is_empty()));
        });
    }
}

#[test]
fn paths_of_files_never_panic() {
    read_texts(&FILES.map(|(path, _)| path), |path| drop(Piece::read(path, "")));
}

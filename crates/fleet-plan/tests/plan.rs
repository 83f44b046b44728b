//! What a plan says of two states of a fleet.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

use domi_fleet::{Features, Fleet, Piece};
use domi_fleet_files::project;
use domi_fleet_plan::{Change, Kind, Plan, Revision, Side, Why, plan};
use domi_model::{Manifest, Value};
use serde_json::json;

type Files = Vec<(String, String)>;

fn features() -> Features {
    let about = json!({"name": "web", "kind": "services", "summary": "A feature", "maturity": "dev",
                       "version": "0.1.0", "platforms": ["x86_64-linux"]});
    let option = |name: &str, ty: serde_json::Value, default: serde_json::Value| json!({"name": name, "type": ty, "description": "An option.", "default": {"literal": default}});
    let manifest: Manifest = serde_json::from_value(json!({
        "schema": "domi.feature/3", "feature": about,
        "options": [
            option("port", json!("port"), json!(8080)),
            option("names", json!({"listOf": "str"}), json!([])),
            option("env", json!({"attrsOf": "str"}), json!({})),
        ],
        "system": {"firewall": [{"protocol": "tcp", "ports": {"list": [{"option": ["port"]}]}}]},
    }))
    .unwrap();
    [manifest].into_iter().collect()
}

fn of(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[track_caller]
fn planned(before: &Files, after: &Files) -> Plan {
    let features = features();
    let side = |files: &Files| {
        let (fleet, problems) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
        assert_eq!(problems, []);
        let projected = project(&fleet, &features);
        (fleet, projected)
    };
    let (before, after) = (side(before), side(after));
    plan(
        Revision::default(),
        Side { fleet: &before.0, projected: &before.1 },
        Side { fleet: &after.0, projected: &after.1 },
    )
}

/// The differences in short: what happens, to what, and on which hosts.
fn said(plan: &Plan) -> Vec<String> {
    let line = |it: &domi_fleet_plan::Difference| {
        let value = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        let (before, after) = (value(&it.before), value(&it.after));
        let hosts = it.hosts.join(",");
        format!("{:?} {:?} {:?} {before} {after} {hosts}", it.change, it.kind, it.name)
    };
    plan.differences.iter().map(line).collect()
}

fn id(number: u32) -> String {
    format!("id = '01932f5e-7c00-7a3b-8c1d-{number:012}'\n")
}

#[test]
fn one_change_of_five_hundred_hosts_is_said_once() {
    let fleet = |role: &str| {
        let hosts = (0..500).map(|n| (format!("hosts/h{n:03}.toml"), "roles = ['web']".to_owned()));
        let role = ("nodes/web.toml".to_owned(), role.to_owned());
        hosts.chain([role]).collect::<Files>()
    };
    let before = fleet("features = ['web']\nsettings.web.port = 80\n");
    let after = fleet("features = ['web']\nsettings.web.port = 81\nsettings.web.env.A = 'x'\n");
    let plan = planned(&before, &after);
    assert_eq!((plan.summary.changed, plan.summary.unchanged, plan.differences.len()), (500, 0, 4));
    assert!(plan.differences.iter().all(|it| it.hosts.len() == 500));
    let one = |it: &domi_fleet_plan::Difference| (it.change, it.kind, it.name.clone());
    let expected = [
        (Change::Removed, Kind::Firewall, "tcp 80".to_owned()),
        (Change::Changed, Kind::Setting, "web.port".to_owned()),
        (Change::Added, Kind::Firewall, "tcp 81".to_owned()),
        (Change::Added, Kind::Setting, "web.env.A".to_owned()),
    ];
    assert_eq!(plan.differences.iter().map(one).collect::<Vec<_>>(), expected);
    assert_eq!(planned(&after, &after).differences, []);
}

/// Which hosts are said to be removed, replaced, renamed and added.
#[track_caller]
fn fates(before: &[(&str, &str)], after: &[(&str, &str)], expected: [&[&str]; 4]) {
    let plan = planned(&of(before), &of(after));
    let removed = plan.removed.iter().map(|it| format!("{} {:?}", it.host, it.why)).collect();
    let moved = plan.moved.iter().map(|it| format!("{} {} {}", it.what, it.from, it.to)).collect();
    let added = plan.added.iter().map(|it| it.host.clone()).collect();
    let found: [Vec<String>; 4] = [removed, plan.replaced.clone(), moved, added];
    assert_eq!(found, expected.map(|it| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()));
    let sum = plan.summary;
    assert_eq!(sum.before, sum.removed + sum.replaced + sum.moved + sum.changed + sum.unchanged);
    assert_eq!(sum.after, sum.added + sum.replaced + sum.moved + sum.changed + sum.unchanged);
}

#[test]
fn an_id_tells_another_name_from_another_machine() {
    let (one, two, three) = (&*id(1), &*id(2), &*id(3));
    let a = |text| ("hosts/a.toml", text);
    let b = |text| ("hosts/b.toml", text);
    fates(&[a(one)], &[b(one)], [&[], &[], &["host a b"], &[]]);
    fates(&[a(one)], &[a(two)], [&[], &["a"], &[], &[]]);
    fates(&[a(one)], &[b(two)], [&["a Gone"], &[], &[], &["b"]]);
    fates(&[a("")], &[b("")], [&["a Gone"], &[], &[], &["b"]]);
    fates(&[a("")], &[a(one)], [&[]; 4]);
    fates(&[a(one)], &[("hosts/site/a.toml", one)], [&[]; 4]);
    // Names that are swapped; a name that another host takes.
    fates(&[a(one), b(two)], &[a(two), b(one)], [&[], &[], &["host a b", "host b a"], &[]]);
    fates(&[a(one), b(two)], &[a(two)], [&["a Gone"], &[], &["host b a"], &[]]);
    fates(&[a(one), b(two)], &[a(two), b(three)], [&["a Gone"], &[], &["host b a"], &["b"]]);
    let retired = &*format!("{one}status = 'retired'\n");
    fates(&[a(one)], &[a(retired)], [&["a Retired"], &[], &[], &[]]);
    fates(&[a(one)], &[b(retired)], [&["a Retired"], &[], &[], &[]]);
    fates(&[a(retired)], &[a(one)], [&[], &[], &[], &["a"]]);
    fates(&[a(retired)], &[], [&[]; 4]);
    // One that was retired is new under its other name, and another machine under a name that was used.
    fates(&[a(retired)], &[b(one)], [&[], &[], &[], &["b"]]);
    fates(&[a(retired), b(two)], &[b(one)], [&[], &["b"], &[], &[]]);
    assert_eq!(planned(&of(&[a("")]), &of(&[])).removed[0].why, Why::Gone);
}

/// What hosts refer to by another name is no change of theirs.
#[test]
fn what_is_renamed_moves_and_changes_nothing_else() {
    let fleet = |role: &str, unit: &str, network: &str, location: &str| -> Files {
        let host = format!(
            "roles = ['{role}']\nunit = '{unit}'\naddresses.{network} = '192.0.2.1'\nlocation = '{location}'\n"
        );
        vec![
            ("hosts/a.toml".to_owned(), host),
            (format!("nodes/{role}.toml"), id(1)),
            (format!("domain/organizations/{unit}.toml"), id(2)),
            (
                format!("domain/networks/equipment/{network}.toml"),
                id(3) + "ranges = ['192.0.2.0/24']\n",
            ),
            (format!("domain/locations/{location}.toml"), id(4)),
        ]
    };
    let plan = planned(&fleet("r", "u", "n", "l"), &fleet("role", "unit", "net", "loc"));
    let moved: Vec<String> =
        plan.moved.iter().map(|it| format!("{} {} {}", it.what, it.from, it.to)).collect();
    let expected = ["organisation u unit", "location l loc", "network n net", "role r role"];
    assert_eq!(moved, expected);
    assert_eq!((said(&plan), plan.summary.unchanged), (vec![], 1));
}

#[test]
fn what_belongs_to_something_comes_and_goes_with_it() {
    let host = "roles = ['web']\n";
    let with = [
        ("hosts/a.toml", host),
        ("nodes/web.toml", "features = ['web']\nsettings.web.names = ['x']\n"),
        ("domain/people/ada.toml", ""),
        ("users/ada.toml", "uid = 1000\ngroups = ['audio']\n"),
        ("domain/policies/authorization/p.toml", "who = ['ada']\nmay = ['administer']\n"),
    ];
    let without = [("hosts/a.toml", host), ("nodes/web.toml", "")];
    let taken = planned(&of(&with), &of(&without));
    let expected = [
        "Removed User \"ada\" \"ada\" - a",
        "Removed Firewall \"tcp 8080\" [\"everywhere\"] - a",
        "Removed Feature \"web\" true - a",
    ];
    assert_eq!(said(&taken), expected);
    let counts: Vec<(Kind, usize)> = taken.summary.taken.into_iter().collect();
    assert_eq!(counts, [(Kind::User, 1), (Kind::Firewall, 1), (Kind::Feature, 1)]);
    assert_eq!(planned(&of(&without), &of(&with)).differences.len(), 3);
    // One thing of it alone.
    let mut less = with;
    less[3].1 = "uid = 1001\ngroups = []\n";
    less[4].1 = "who = ['ada']\nmay = ['login']\n";
    let expected = [
        "Removed Group \"ada\" [\"audio\"] - a",
        "Changed Number \"ada\" 1000 1001 a",
        "Changed Right \"ada\" \"administer\" \"login\" a",
    ];
    assert_eq!(said(&planned(&of(&with), &of(&less))), expected);
}

#[test]
fn a_user_that_is_renamed_moves_and_their_host_does_not() {
    let fleet = |user: &str| -> Files {
        let mut files = of(&[
            ("hosts/a.toml", ""),
            ("domain/people/ada.toml", ""),
            ("domain/policies/authorization/p.toml", "who = ['ada']\nmay = ['login']\n"),
        ]);
        files.push((format!("users/{user}.toml"), id(1) + "of = 'ada'\nuid = 1000\n"));
        files
    };
    let plan = planned(&fleet("ada"), &fleet("ada-l"));
    assert_eq!(said(&plan), ["Moved User \"ada-l\" \"ada\" \"ada-l\" a"]);
    assert_eq!((plan.summary.moved, plan.summary.changed), (0, 1));
}

#[test]
fn names_of_addresses_are_told_apart_from_hosts() {
    let net = ("domain/networks/equipment/n.toml", "ranges = ['192.0.2.0/24']\n");
    let before = [net, ("hosts/a.toml", "addresses.n = '192.0.2.1'\n"), ("hosts/b.toml", "")];
    let mut after = before;
    after[1].1 = "addresses.n = '192.0.2.2'\n";
    let plan = planned(&of(&before), &of(&after));
    let names: Vec<_> = plan.names.iter().map(|it| (it.change, &*it.address)).collect();
    assert_eq!(names, [(Change::Removed, "192.0.2.1"), (Change::Added, "192.0.2.2")]);
    assert_eq!((plan.summary.changed, plan.summary.unchanged), (1, 1));
}

/// The steps of each wave that a change of all hosts goes through.
#[track_caller]
fn steps(waves: &[(&str, &str)], hosts: &[(&str, &str)], expected: &[(&str, &[&[&str]])]) {
    let fleet = |port: &str| -> Files {
        let waves = waves.iter();
        let waves = waves.map(|(name, text)| {
            (format!("domain/procedures/waves/{name}.toml"), (*text).to_owned())
        });
        let hosts =
            hosts.iter().map(|(name, text)| (format!("hosts/{name}.toml"), (*text).to_owned()));
        let org = format!("features = ['web']\nsettings.web.port = {port}\n");
        let role = |name: &str| (format!("nodes/{name}.toml"), String::new());
        let all = waves.chain(hosts).chain([role("web"), role("db")]);
        all.chain([("domain/organizations/o.toml".to_owned(), org)]).collect()
    };
    let plan = planned(&fleet("80"), &fleet("81"));
    let found: Vec<(&str, Vec<Vec<&str>>)> = plan
        .waves
        .iter()
        .map(|it| {
            (
                it.name.as_str(),
                it.steps.iter().map(|it| it.iter().map(|it| &**it).collect()).collect(),
            )
        })
        .collect();
    let expected: Vec<(&str, Vec<Vec<&str>>)> = expected
        .iter()
        .map(|(name, steps)| (*name, steps.iter().map(|it| it.to_vec()).collect()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_change_goes_through_waves_in_order_and_within_budgets() {
    let (web, db, both) = ("roles = ['web']\n", "roles = ['db']\n", "roles = ['web', 'db']\n");
    let hosts = [("a", web), ("b", web), ("c", web), ("d", db), ("e", both)];
    steps(&[], &hosts, &[]);
    steps(&[("all", "")], &hosts, &[("all", &[&["a", "b", "c", "d", "e"]])]);
    steps(&[("all", "at_once = 2")], &hosts, &[("all", &[&["a", "b"], &["c", "d"], &["e"]])]);
    // The first wave that fits has a host, whatever the names of waves are.
    let waves = [("z", "on = { hosts = ['b'] }"), ("a", "after = ['z']")];
    steps(&waves, &hosts, &[("z", &[&["b"]]), ("a", &[&["a", "c", "d", "e"]])]);
    // Four have the role web, of which three stay; so each is alone, and what has another role goes along.
    let keep = [("all", "keep = { web = 3 }")];
    steps(&keep, &hosts, &[("all", &[&["a", "d"], &["b"], &["c"], &["e"]])]);
    let keep = [("all", "keep = { web = 2, db = 1 }")];
    steps(&keep, &hosts, &[("all", &[&["a", "b", "d"], &["c", "e"]])]);
    // One in maintenance is in nobody's way, and none of those that are counted on.
    let down = "roles = ['web']\nstatus = 'maintenance'\n";
    let hosts = [("a", web), ("b", web), ("c", down)];
    steps(&[("all", "keep = { web = 1 }")], &hosts, &[("all", &[&["a", "c"], &["b"]])]);
}

#[test]
fn a_wave_has_what_changes_alone_unless_names_change() {
    let wave = ("domain/procedures/waves/all.toml", "");
    let net = ("domain/networks/equipment/n.toml", "ranges = ['192.0.2.0/24']\n");
    let of_waves = |plan: &Plan| plan.waves.iter().map(|it| it.steps.concat()).collect::<Vec<_>>();
    let before = [wave, net, ("hosts/a.toml", ""), ("hosts/b.toml", "")];
    assert_eq!(of_waves(&planned(&of(&before), &of(&before))), [[""; 0]]);
    let mut after = before;
    after[2].1 = "tags = ['x']\n";
    assert_eq!(of_waves(&planned(&of(&before), &of(&after))), [["a"]]);
    after[2].1 = "addresses.n = '192.0.2.1'\n";
    assert_eq!(of_waves(&planned(&of(&before), &of(&after))), [["a", "b"]]);
    let new = [before.as_slice(), &[("hosts/c.toml", "")]].concat();
    assert_eq!(of_waves(&planned(&of(&before), &of(&new))), [["c"]]);
    assert_eq!(of_waves(&planned(&of(&new), &of(&before))), [[""; 0]]);
}

/// The example's waves: what nobody needs goes first, and one web server is always left alone.
#[test]
fn a_change_of_the_example_goes_through_its_waves() {
    let root = camino::Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/cim");
    let load = || domi_fleet_files::load(&root, domi_fleet_files::Wanted::All).fleet;
    let (before, mut after) = (load(), load());
    // Whoever is in the office is not let in any more.
    after.roles.get_mut("web").unwrap().reach[0].networks.retain(|it| it.name == "shop");
    let features = Features::default();
    let (old, new) = (project(&before, &features), project(&after, &features));
    let side = |fleet, projected| Side { fleet, projected };
    let plan = plan(Revision::default(), side(&before, &old), side(&after, &new));
    let expected = [
        r#"Removed Firewall "tcp 80" ["192.0.2.128/25"] - counter,page,tryout"#,
        r#"Removed Firewall "tcp 8080" ["192.0.2.128/25"] - counter,page,tryout"#,
    ];
    assert_eq!(said(&plan), expected);
    let steps: Vec<_> =
        plan.waves.iter().map(|it| (&*it.name, it.soak, it.steps.clone())).collect();
    let of = |hosts: &[&str]| hosts.iter().map(|it| vec![(*it).to_owned()]).collect::<Vec<_>>();
    assert_eq!(steps, [("trial", 3600, of(&["tryout"])), ("rest", 900, of(&["counter", "page"]))]);
}

#[test]
fn a_secret_comes_goes_and_is_elsewhere() {
    let secret = |text: &str| {
        let text = format!("responsible = 'a'\non = {{ hosts = ['h'] }}\n{text}");
        let files = [("domain/inventory/secrets/s.toml", text.as_str()), ("hosts/h.toml", "")];
        of(&[files[0], files[1], ("domain/people/a.toml", "")])
    };
    let without = of(&[("hosts/h.toml", "")]);
    let at = "\"/run/secrets/s root:root 0400\"";
    let said = |before: &Files, after: &Files| said(&planned(before, after));
    assert_eq!(said(&without, &secret("")), [format!("Added Secret \"s\" - {at} h")]);
    assert_eq!(said(&secret(""), &without), [format!("Removed Secret \"s\" {at} - h")]);
    let elsewhere = "\"/run/x root:root 0400\"";
    let expected = [format!("Changed Secret \"s\" {at} {elsewhere} h")];
    assert_eq!(said(&secret(""), &secret("path = '/run/x'")), expected);
}

#[test]
fn what_is_set_up_for_the_first_time_is_said() {
    let host = |name: &str, text: &str| (format!("hosts/{name}.toml"), text.to_owned());
    let planned_only = "status = 'planned'\n";
    let before: Files = vec![
        host("was-planned", planned_only),
        host("was-there", "status = 'provisioning'\n"),
        host("stays-planned", planned_only),
        host("another", &id(1)),
        host("old-name", &format!("{}{planned_only}", id(2))),
        host("back", "status = 'retired'\n"),
    ];
    let after: Files = vec![
        host("was-planned", "status = 'provisioning'\n"),
        host("was-there", ""),
        host("stays-planned", planned_only),
        host("another", &id(3)),
        host("new-name", &id(2)),
        host("new", "kind = 'virtual'\nruns_on = 'was-there'\n"),
        host("inside", "kind = 'container'\nruns_on = 'was-there'\n"),
        host("back", "status = 'retired'\n"),
    ];
    let plan = planned(&before, &after);
    let installs: Vec<(&str, &str)> =
        plan.installs.iter().map(|it| (&*it.host, &*it.machine)).collect();
    let expected =
        [("another", "metal"), ("new", "virtual"), ("new-name", "metal"), ("was-planned", "metal")];
    assert_eq!(installs, expected);
    assert_eq!(planned(&after, &after).installs, []);
    // What is only planned has no machine that could change.
    let changing = ["another", "inside", "new", "new-name", "was-planned", "was-there"];
    assert_eq!(plan.changing, changing);
    let more = [&after[..], &[host("later", planned_only)]].concat();
    assert_eq!(planned(&after, &more).changing, [""; 0]);
}

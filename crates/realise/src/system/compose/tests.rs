use std::collections::BTreeMap;

use super::*;
use crate::User;

fn named<T>(name: &str, thing: T) -> BTreeMap<String, T> {
    [(name.to_owned(), thing)].into()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

fn enabled(feature: &str, system: System) -> Realised {
    let together = Together { enabled: true, ..system.together.clone() };
    let system = System { feature: feature.to_owned(), together, ..system };
    Realised { system, warnings: Vec::new() }
}

fn with(together: Together) -> System {
    System { together, ..System::default() }
}

fn told(features: Vec<Realised>) -> Vec<String> {
    let problems = compose(features).err().unwrap_or_default().into_iter();
    problems.map(|it| format!("{} {}: {}", it.code, it.subject, it.message)).collect()
}

fn claiming(what: &str, options: &[&str]) -> System {
    with(Together { claims: named(what, names(options)), ..Together::default() })
}

#[test]
fn what_two_features_claim_names_both_and_what_decides_on_it() {
    let of = |feature: &str| {
        let option = format!("domi.services.{feature}.port");
        enabled(feature, claiming("TCP port 80", &[&option]))
    };
    let message = "D0220 TCP port 80: claimed by a (domi.services.a.port) and by b \
                   (domi.services.b.port)";
    assert_eq!(told(vec![of("b"), of("a")]), [message]);
    let fixed = |feature: &str| enabled(feature, claiming("unit a.service", &[]));
    let message = "D0220 unit a.service: claimed by a and by b and by c";
    assert_eq!(told(vec![fixed("a"), fixed("b"), fixed("c")]), [message]);
    let mut off = fixed("b");
    off.system.together.enabled = false;
    assert_eq!(told(vec![fixed("a"), off]), [""; 0]);
    assert_eq!(told(vec![of("a"), fixed("a.b")]), [""; 0]);
}

#[test]
fn a_kernel_parameter_and_a_number_are_of_one_feature() {
    let size = |value: &str| System {
        sysctl: named("net.core.somaxconn", value.to_owned()),
        ..System::default()
    };
    let message = "D0218 kernel parameter net.core.somaxconn: both a and b have it";
    assert_eq!(told(vec![enabled("a", size("1")), enabled("b", size("1"))]), [message]);
    let user = |name: &str| System {
        users: named(name, User { uid: Some(450), ..User::default() }),
        ..System::default()
    };
    let message = "D0218 uid 450: both u and v have it";
    assert_eq!(told(vec![enabled("a", user("u")), enabled("b", user("v"))]), [message]);
}

#[test]
fn what_is_a_list_is_put_together() {
    let of = |port: u16, size: &str| System {
        groups: [format!("g{port}")].into(),
        sysctl: named("net.core.rmem_max", size.to_owned()),
        tmpfiles: vec![format!("{port}\n")],
        firewall: crate::Firewall { tcp: [80, port].into(), udp: [port].into() },
        installed: [format!("p{port}")].into(),
        commands: named(&format!("c{port}"), "/x".to_owned()),
        ..System::default()
    };
    let system = compose(vec![enabled("one", of(1, "9")), enabled("other", of(2, "10"))]);
    let system = system.expect("nothing clashes").system;
    assert_eq!(system.feature, "one+other");
    assert_eq!(system.groups, names(&["g1", "g2"]));
    assert_eq!(system.sysctl["net.core.rmem_max"], "10");
    assert_eq!(system.tmpfiles, ["1\n", "2\n"]);
    assert_eq!(system.firewall.tcp, [1, 2, 80].into());
    assert_eq!(system.firewall.udp, [1, 2].into());
    assert_eq!(system.installed, names(&["p1", "p2"]));
    assert_eq!(system.commands.into_keys().collect::<BTreeSet<_>>(), names(&["c1", "c2"]));
}

#[test]
fn what_is_required_is_there_and_what_is_excluded_is_not() {
    let of = |requires: &[&str], conflicts: &[&str]| {
        with(Together {
            requires: names(requires),
            conflicts: names(conflicts),
            ..Together::default()
        })
    };
    let a = || enabled("a", of(&["b"], &["c"]));
    let (b, c) = (|| enabled("b", of(&[], &[])), || enabled("c", of(&[], &["d"])));
    assert_eq!(told(vec![a(), b()]), [""; 0]);
    assert_eq!(told(vec![a()]), ["D0221 a: it requires b, which is not enabled"]);
    let mut off = b();
    off.system.together.enabled = false;
    assert_eq!(told(vec![a(), off]), ["D0221 a: it requires b, which is not enabled"]);
    assert_eq!(told(vec![a(), b(), c()]), ["D0222 a: it conflicts with c, which is enabled too"]);
}

#[test]
fn features_that_require_each_other_are_a_circle() {
    let of = |feature: &str, requires: &[&str]| {
        let together = Together { requires: names(requires), ..Together::default() };
        enabled(feature, with(together))
    };
    let message = "D0223 a, b, c: they require each other in a circle";
    let circle = vec![of("a", &["b"]), of("b", &["c"]), of("c", &["a"]), of("d", &["a"])];
    assert_eq!(told(circle), [message]);
    assert_eq!(told(vec![of("a", &["b"]), of("b", &["c"]), of("c", &[])]), [""; 0]);
}

#[test]
fn what_is_wanted_and_not_there_is_a_warning() {
    let together = Together { wants: names(&["b"]), ..Together::default() };
    let a = || enabled("a", with(together.clone()));
    let warned = |features| {
        let composed: Realised = compose(features).expect("nothing is wrong");
        composed
            .warnings
            .into_iter()
            .map(|it| format!("{} {}", it.code, it.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(warned(vec![a()]), ["D0224 a wants b, which is not enabled"]);
    assert_eq!(warned(vec![a(), enabled("b", System::default())]), [""; 0]);
}

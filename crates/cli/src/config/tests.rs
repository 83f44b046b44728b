//! What `domi.toml` may hold, and what is said of the rest.

use camino::Utf8Path;

use super::*;

fn said(problems: &[Located]) -> Vec<String> {
    let line = |located: &Located| {
        let place = located.problem.place.as_ref().unwrap();
        let columns = located.columns.clone().unwrap();
        let problem = &located.problem;
        format!("{}:{}: {} {}", place.line, columns.start + 1, problem.code, problem.message)
    };
    problems.iter().map(line).collect()
}

#[track_caller]
fn check(text: &str, expected: Result<Config, &[&str]>) {
    match (read(text), expected) {
        (Ok((config, warnings)), Ok(expected)) => {
            assert_eq!((config, said(&warnings)), (expected, vec![]));
        }
        (Ok((_, problems)) | Err(problems), Err(expected)) => {
            assert_eq!(said(&problems), expected);
        }
        (other, _) => panic!("{other:?}"),
    }
}

#[test]
fn what_the_file_says_is_read() {
    check("", Ok(Config::default()));
    let text = r#"
        guest = { memory = "1 GiB", cpus = 4, distribution = "debian-trixie", sources = "etc/x.sources" }
        [limits]
        test = "5m"
        step = "90s"
        plugin = "1m 30s"
        [packages.nginx]
        debian = ["nginx-light"]
        paths = { "bin/nginx" = "/usr/sbin/nginx" }
        units = ["nginx.service"]
        dbus = ["system.d/x.conf"]
        [test]
        jobs = 3
        containers = true
        store = "real"
        [cache]
        url = "cachix:ours"
        [ci]
        filter = "system(x86_64-linux) or first()"
        containers = "not first()"
        [fleet]
        root = "fleet"
    "#;
    let nginx = OwnRow {
        debian: Some(vec!["nginx-light".to_owned()]),
        paths: [("bin/nginx".to_owned(), "/usr/sbin/nginx".to_owned())].into(),
        units: vec!["nginx.service".to_owned()],
        dbus: vec!["system.d/x.conf".to_owned()],
    };
    let config = Config {
        memory_mib: Some(1024),
        cpus: Some(4),
        distribution: Some(("debian".to_owned(), "trixie".to_owned())),
        sources: Some("etc/x.sources".into()),
        ci: CiTests {
            filter: Some("system(x86_64-linux) or first()".to_owned()),
            containers: Some("not first()".to_owned()),
        },
        test_limit: Some(Duration::from_secs(300)),
        step_limit: Some(Duration::from_secs(90)),
        plugin_limit: Some(Duration::from_secs(90)),
        jobs: NonZeroUsize::new(3),
        containers: Platform::ALL.to_vec(),
        store: Some(Programs::Store),
        fleet: Some("fleet".into()),
        github: None,
        packages: [("nginx".to_owned(), nginx)].into(),
        cache: Some(Cache::Cachix("ours".to_owned())),
    };
    check(text, Ok(config));
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_its_place() {
    check(
        "guest = 3\n[limits]\ntest = 5\nplugin = \"soon\"\n[test]\njobs = 0\n",
        Err(&[
            "1:9: D0502 `guest` must be a table",
            "3:8: D0502 `test` must be a time such as \"90s\" or \"5m\", of a year at the most",
            "4:10: D0502 `plugin` must be a time such as \"90s\" or \"5m\", of a year at the most",
            "6:8: D0502 `jobs` must be a number from 1 to 1024",
        ]),
    );
    check(
        "cache.url = \"https://me:secret@cache.example.org\"\n",
        Err(&[
            "1:13: D0502 `url` must be the URL of a store, such as \"file:///srv/cache\", without \
               a password or key; or \"cachix:NAME\"; or \"attic:SERVER/CACHE\"",
        ]),
    );
}

#[test]
fn containers_are_allowed_everywhere_nowhere_or_on_some_systems() {
    let arm = vec![Platform::Aarch64Linux];
    for (value, containers) in
        [("true", Platform::ALL.to_vec()), ("false", vec![]), ("['aarch64-linux']", arm)]
    {
        let config = Config { containers, ..Config::default() };
        check(&format!("test.containers = {value}"), Ok(config));
    }
}

#[test]
fn values_have_limits() {
    let check = |key: &str, want: &str, values: &[&str]| {
        let (_, name) = key.rsplit_once('.').unwrap();
        for value in values {
            let text = format!("{key} = {value}");
            let place = key.len() + 4;
            check(&text, Err(&[&format!("1:{place}: D0502 `{name}` must be {want}")]));
        }
    };
    check(
        "guest.memory",
        "a size from \"128 MiB\" to \"64 GiB\"",
        &["512", "'12 MB'", "'1 MiB'", "'99999999 GiB'", "'4000000 GiB'", "'-5 GiB'", "'65 GiB'"],
    );
    check("guest.cpus", "a number from 1 to 64", &["0", "65", "-1", "'2'", "1.0"]);
    check(
        "guest.distribution",
        release::WANTED,
        &[
            "'debian'",
            "'fedora-rawhide'",
            "'debian-'",
            "'debian-12'",
            "'debian-a b'",
            "12",
            "{ id = 'fedora', codename = 'rawhide' }",
            "{ id = 'debian' }",
        ],
    );
    check(
        "test.containers",
        "true, false, or a list of systems such as [\"aarch64-linux\"], each once",
        &["'aarch64-linux'", "[]", "['riscv64-linux']", "1"],
    );
    check(
        "guest.sources",
        "the path of a file that ends in .sources, from the workspace's root or from /",
        &["'/etc/apt/sources.list'", "'.sources'", "''", "\"a\\nb.sources\"", "1", "['a.sources']"],
    );
    check("test.jobs", "a number from 1 to 1024", &["0", "1025", "9223372036854775807"]);
    check(
        "limits.test",
        "a time such as \"90s\" or \"5m\", of a year at the most",
        &["'8761h'", "'0s'", "'-1s'", "'1e9s'", "90"],
    );
    check("limits.step", "no longer than the limit of a test, which is 10m", &["'601s'", "'1h'"]);
    check(
        "packages.a.debian",
        "a list of packages of Debian, such as [\"nginx-light\"]",
        &["['a b;c']", "['A1']", "['']", "['a']", "['-a']", "['a=1']", "['a/b']", "[1]", "'ab'"],
    );
    check(
        "packages.a.units",
        "a list of full names of units, such as [\"x.service\"]",
        &["['/x.service']", "['a/b.service']", "['x']", "['']", "['a b.c']", "[1]", "'x.service'"],
    );
    check(
        "packages.a.dbus",
        "a list of files below share/dbus-1, such as [\"system.d/x.conf\"]",
        &["['/x.conf']", "['a/../b']", "['']", "['a b']", "[1]", "'x.conf'"],
    );
    for path in ["bin", "/", "/a/../b", "/a//b", "/a/", "/a\\nb", ""] {
        let text = format!("packages.a.paths.x = \"{path}\"");
        check_said(&text, &["1:22: D0502 `x` must be an absolute path on the machine"]);
    }
    check_said(
        "[limits]\ntest = '1m'\nstep = '2m'\n",
        &["3:8: D0502 `step` must be no longer than the limit of a test, which is 1m"],
    );
}

#[track_caller]
fn check_said(text: &str, expected: &[&str]) {
    check(text, Err(expected));
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(dir.path()).unwrap();
    let read = || text(root, FILE).map_err(|it| (it.message, it.place.map(|it| it.line)));
    assert_eq!(read(), Ok(None));
    std::os::unix::fs::symlink("nowhere", root.join(FILE)).unwrap();
    assert!(read().unwrap_err().0.starts_with("it cannot be read: "));
    std::fs::remove_file(root.join(FILE)).unwrap();
    std::fs::write(root.join(FILE), b"a = 1\nb = '\xff'\n").unwrap();
    assert_eq!(read(), Err(("it is not UTF-8".to_owned(), Some(2))));
    std::fs::remove_file(root.join(FILE)).unwrap();
    std::fs::create_dir(root.join(FILE)).unwrap();
    assert_eq!(read(), Err(("it is not a file".to_owned(), None)));
}

#[test]
fn a_key_that_means_nothing_is_a_warning() {
    let (config, warnings) = read("[limit]\ntest = 'x'\n[guest]\n'ä' = 1\ncpu = 2\n").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(
        said(&warnings),
        [
            "1:2: D0503 there is no key `limit`",
            "4:1: D0503 there is no key `guest.ä`",
            "5:1: D0503 there is no key `guest.cpu`",
        ]
    );
    assert_eq!(warnings[0].problem.next, "did you mean `limits`?");
    assert_eq!(
        warnings[1].problem.next,
        "remove it; the keys are memory, cpus, distribution, sources"
    );
    assert_eq!(warnings[2].problem.next, "did you mean `guest.cpus`?");
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_place() {
    let problems = read("[guest]\nmemory = \n").unwrap_err();
    assert!(said(&problems)[0].starts_with("2:"), "{problems:?}");
    assert!(said(&problems)[0].contains("D0501"), "{problems:?}");
}

#[test]
fn a_fleet_is_the_workspace_itself_where_no_folder_is_named() {
    let folder = |file: &str| read(file).expect("it can be read").0.fleet;
    assert_eq!(folder("[fleet]\n"), Some("".into()));
    assert_eq!(folder(""), None);
}

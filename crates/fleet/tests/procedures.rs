//! Commands and reactions: what their files may say, that they fit each other, and what a command makes
//! of a file.

use domi_fleet::{Argument, Fleet, Kind, Piece, Ref};
use domi_mutate::{mutated, read_all};

fn fleet(files: &[(&str, &str)]) -> (Fleet, Vec<String>) {
    let (fleet, mut problems) = Fleet::of(files.iter().map(|(path, text)| Piece::read(path, text)));
    problems.extend(fleet.check());
    let said = problems.iter().map(|it| format!("{} {}: {}", it.code.0, it.subject, it.message));
    (fleet, said.collect())
}

const COMMAND: &str = "domain/procedures/commands/c.toml";
const REACTION: &str = "domain/procedures/reactions/r.toml";
const GOOD: &str = "kind = 'host'\nadd = { tags = ['t'] }";
const ANSWER: &str = "event = 'changed'\nbecame = 'retired'\nkind = 'host'\nrun = 'c'";

#[test]
fn each_wrong_file_is_said() {
    let check = |command: &str, reaction: &str, parts: &[&str]| {
        let files = [(COMMAND, command), (REACTION, reaction), ("hosts/h.toml", "")];
        let (_, said) = fleet(&files);
        assert_eq!(said.len(), parts.len(), "{said:#?}");
        for (said, part) in said.iter().zip(parts) {
            assert!(said.contains(part), "{part}: {said}");
        }
    };
    check(GOOD, ANSWER, &[]);
    check("kind = 'host'", ANSWER, &["D2003 c: changes nothing"]);
    check("add = { tags = ['t'] }", ANSWER, &["D2004 kind"]);
    check("kind = 'hosts'\nadd = { tags = ['t'] }", ANSWER, &["D2003 kind"]);
    check("kind = 'reaction'\nset = { status = 'retired' }", ANSWER, &["D2003 kind"]);
    let both = "kind = 'host'\nadd = { tags = ['t'] }\nremove = { tags = ['t'] }";
    check(both, ANSWER, &["D2003 add.tags: `t` is added and taken away"]);
    for (set, part) in [
        ("set = { purpose = 'x' }", "D2003 set.purpose: no command changes this key"),
        ("set = { responsible = 'a' }", "D2003 set.responsible: no command changes this key"),
        ("set = { status = 'gone' }", "D2003 set.status"),
        ("set = { unit = 5 }", "D2003 set.unit: is not a name"),
        ("set = { unit = 'nowhere' }", "D2008 set.unit"),
        ("add = { tags = [] }", "D2003 add.tags"),
        ("add = { tags = [5] }", "D2003 add.tags"),
        ("add = { groups = ['x'] }", "D2003 add.groups: no command changes this key"),
        ("add = { roles = ['none'] }", "D2008 add.roles"),
        ("exec = 'true'", "D2002 exec"),
    ] {
        check(
            &format!("{GOOD}\n{set}").replace("add = { tags = ['t'] }\nadd", "add"),
            ANSWER,
            &[part],
        );
    }
    for (reaction, part) in [
        ("kind = 'host'\nrun = 'c'", "D2004 event"),
        ("event = 'added'\nrun = 'c'", "D2004 kind"),
        ("event = 'added'\nkind = 'host'", "D2004 run"),
        ("event = 'exploded'\nkind = 'host'\nrun = 'c'", "D2003 event"),
        ("event = 'added'\nkind = 'command'\nrun = 'c'", "D2003 kind"),
        ("event = 'added'\nkind = 'host'\nrun = 'd'", "D2008 run"),
        ("event = 'added'\nkind = 'user'\nrun = 'c'", "D2061 run: `c` is for a host"),
        ("event = 'removed'\nkind = 'host'\nrun = 'c'", "D2061 run: what the event is about"),
        ("event = 'added'\nkind = 'user'\nrun = 'c'\nto = 'none'", "D2061 to: there is no host"),
        ("event = 'added'\nkind = 'user'\nrun = 'c'\nto = 'h'\non = {}", "D2061 on"),
        ("event = 'renamed'\nkind = 'host'\nrun = 'c'\nbecame = 'active'", "D2061 became"),
        ("event = 'added'\nkind = 'host'\nrun = 'c'\non = { roles = ['x'] }", "D2008 on.roles"),
        ("event = 'changed'\nkind = 'host'\nrun = 'c'", "D2062 r: answers itself: r, then r"),
    ] {
        check(GOOD, reaction, &[part]);
    }
    check(GOOD, "event = 'removed'\nkind = 'user'\nrun = 'c'\nto = 'h'", &[]);
    // Parameters and their values.
    let takes =
        "kind = 'host'\nparameters = ['r', 's']\nadd = { roles = ['$r'] }\nset = { status = '$s' }";
    let with = |values: &str| format!("{ANSWER}\nwith = {{ {values} }}");
    check(takes, ANSWER, &["D2061 run: `c` wants a value of `r`"]);
    check(takes, &with("r = 'none', s = 'retired'"), &["D2008 add.roles", "D2062"]);
    check(takes, &with("r = 'none', s = 'active'"), &["D2008 add.roles"]);
    check(takes, &with("r = 'x', s = 'lost'"), &["D2008 add.roles", "D2061 with: `c` would set"]);
    check(takes, &with("r = '$s', s = 'active'"), &["D2003 with.r", "D2061 run: `c` wants"]);
    check(GOOD, &with("r = 'x'"), &["D2061 with: `c` has no parameter `r`"]);
    check(
        "kind = 'host'\nadd = { tags = ['$t'] }",
        ANSWER,
        &["D2003 parameters: `$t` is no parameter"],
    );
    check(
        &format!("{GOOD}\nparameters = ['t']"),
        ANSWER,
        &["D2003 parameters: nothing uses `t`", "D2061"],
    );
    read_all(&mutated(vec![both.into(), ANSWER.into()]), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (fleet, _) = fleet(&[(COMMAND, &text), (REACTION, &text), ("hosts/h.toml", "")]);
        drop(fleet.commands.get("c").map(|command| command.applied(&text)));
    });
}

#[test]
fn reactions_that_lead_back_to_themselves_are_refused_and_others_are_not() {
    let check = |statuses: [&str; 3], circle: Option<&str>| {
        let became = ["maintenance", "provisioning", "active"];
        let file = |folder: &str, at: usize| format!("domain/procedures/{folder}/n{at}.toml");
        let mut files = Vec::new();
        for at in 0..3 {
            let set = format!("kind = 'host'\nset = {{ status = '{}' }}", statuses[at]);
            files.push((file("commands", at), set));
            let it = became[at];
            let on = format!("event = 'changed'\nkind = 'host'\nbecame = '{it}'\nrun = 'n{at}'");
            files.push((file("reactions", at), on));
        }
        let files: Vec<(&str, &str)> =
            files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let (_, said) = fleet(&files);
        match circle {
            None => assert!(said.is_empty(), "{said:#?}"),
            Some(circle) => assert!(said.len() == 1 && said[0].contains(circle), "{said:#?}"),
        }
    };
    check(["provisioning", "active", "retired"], None);
    check(["provisioning", "active", "maintenance"], Some("n0, then n1, then n2, then n0"));
    check(["provisioning", "active", "provisioning"], Some("n1, then n2, then n1"));
}

#[test]
fn a_command_keeps_comments_and_changes_nothing_twice() {
    let text = "kind = 'host'\nset = { status = 'retired' }\nadd = { tags = ['a', 'b'] }\n\
                remove = { roles = ['x'] }";
    let (fleet, _) = fleet(&[(COMMAND, text), ("nodes/x.toml", "")]);
    let check = |before: &str, after: &str| {
        let applied = fleet.commands["c"].applied(before).unwrap();
        assert_eq!(applied, after);
        assert_eq!(fleet.commands["c"].applied(&applied).unwrap(), applied);
    };
    check("", "status = \"retired\"\ntags = [\"a\", \"b\"]\n");
    check(
        "# ours\nroles = ['x', 'y'] # two\nstatus = 'active' # now\n\n[defaults.f]\ntags = 1\n",
        "# ours\nroles = ['y'] # two\nstatus = \"retired\" # now\ntags = [\"a\", \"b\"]\n\n\
         [defaults.f]\ntags = 1\n",
    );
    check("tags = ['b']\nstatus = 'retired'", "tags = ['b', \"a\"]\nstatus = 'retired'\n");
    let (given, _) =
        self::fleet(&[(COMMAND, "kind = 'host'\nparameters = ['r']\nadd = { roles = ['$r'] }")]);
    let web = Argument::Text(Ref { name: "web".to_owned(), line: 1 });
    let values = [("r".to_owned(), web)].into();
    let applied = given.commands["c"].with(&values, &given.constants).applied("");
    assert_eq!(applied.unwrap(), "roles = [\"web\"]\n");
    let wrong = |text: &str| fleet.commands["c"].applied(text).unwrap_err();
    assert_eq!(wrong("tags = 5"), "`tags` is no list");
    assert_eq!(wrong("[status]"), "`status` is no text");
    assert!(!wrong("=").is_empty());
}

#[test]
fn a_constant_stands_for_its_text() {
    let constant = |name: &str| format!("domain/procedures/constants/{name}.toml");
    let (tag, port, state) = (constant("tag"), constant("port"), constant("state"));
    let constants =
        [(&*tag, "value = 'out'"), (&*port, "value = 80"), (&*state, "value = 'retired'")];
    let of = |command: &str, reaction: &str| {
        let files = [(COMMAND, command), (REACTION, reaction), ("hosts/h.toml", "")];
        fleet(&[&constants[..], &files].concat())
    };
    let takes = "kind = 'host'\nparameters = ['s']\nset = { status = '$s' }\n\
                 add = { tags = ['a', { constant = 'tag' }] }";
    let with =
        |value: &str| format!("{ANSWER}\nwith = {{ s = {value} }}").replace("retired", "active");
    let (given, said) = of(takes, &with("{ constant = 'state' }"));
    assert_eq!(said, [""; 0]);
    let named = given.links().into_iter().filter(|it| it.kind == Kind::Constant);
    let named: Vec<_> = named.map(|it| (it.key, it.to, it.line)).collect();
    assert_eq!(named, [("add", "tag", 4), ("with", "state", 5)]);
    let command = given.commands["c"].with(&given.reactions["r"].with, &given.constants);
    let applied = command.applied("").unwrap();
    assert_eq!(applied, "status = \"retired\"\ntags = [\"a\", \"out\"]\n");
    let used: Vec<_> = command.constants.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(used, [("state", "retired"), ("tag", "out")]);
    assert!(given.commands["c"].applied("").is_err(), "its parameter has no value");

    let check = |command: &str, reaction: &str, part: &str| {
        let (_, said) = of(command, reaction);
        assert!(said.len() == 1 && said[0].contains(part), "{part}: {said:#?}");
    };
    let one = |constant: &str| format!("kind = 'host'\nadd = {{ tags = [{{ {constant} }}] }}");
    check(&one("constant = 'tga'"), ANSWER, "D2008 add: there is no constant `tga`");
    check(&one("constant = 'port'"), ANSWER, "D2003 add: the value of `port` is no text");
    check(&one("constant = 'tag', x = 1"), ANSWER, "D2003 add.tags");
    check(takes, &with("{ constant = 'port' }"), "D2003 with: the value of `port` is no text");
    check(takes, &with("{ constant = 'tag' }"), "D2061 with: `c` would set a status that is none");
    let set =
        |key: &str, name: &str| format!("kind = 'host'\nset.{key} = {{ constant = '{name}' }}");
    check(
        &set("status", "tag"),
        ANSWER,
        "D2003 set.status: \"out\", the value of `tag`, is no status",
    );
    check(&set("unit", "tag"), ANSWER, "D2008 set.unit: there is no organisation or unit `out`");
}

use super::*;
use crate::by_hand::description::Written;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_found(&read("site.domi.toml", text).err().unwrap_or_default(), expected);
}

#[track_caller]
fn check_found(found: &[Located], expected: &[&str]) {
    let said = |located: &Located| {
        let line = located.problem.place.as_ref().map_or(0, |place| place.line);
        let message = located.problem.message.split(", expected one of").next();
        format!("{line}: {}", message.unwrap_or_default())
    };
    let mut found: Vec<_> = found.iter().map(said).collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn what_a_configuration_cannot_have_is_said_where_it_stands() {
    check(
        "[settings]\nday = 2027-01-01\nlist = [{ at = 07:32:00 }, 1.5e3]\n\
         [[test]]\nname = 'x'\nmachines.one.settings.low = -inf\nmachines.one.settings.no = nan\n",
        &[
            "2: a date or time is nothing that a configuration can have",
            "3: a date or time is nothing that a configuration can have",
            "6: a number without a value is nothing that a configuration can have",
            "7: a number without a value is nothing that a configuration can have",
        ],
    );
}

#[test]
fn whatever_is_wrong_is_said_at_once_with_its_line() {
    check("", &[]);
    check(
        "nmae = 'x'\n\
         [settings]\na.b = 1\n\
         [[test]]\nname = 3\n\
         steps = [\n\
         { action.waitForUnits = 'x' },\n\
         { action.succeed = 'true', macine = 'x' },\n\
         { action.output = { command = 'x', expect = { contain = 'y' } } },\n\
         { machine = 4, action = 'crash' },\n\
         ]\n\
         [[test]]\nsteps = []\n\
         [[test]]\nname = 'one'\nmachines.b.set.x = 1\n\
         machines.c.files = [{ path = '/x' }]\n",
        &[
            "10: invalid type: integer `4`, expected a string",
            "12: missing field `name`",
            "16: there is no key `set`",
            "17: missing field `content`",
            "1: unknown field `nmae`",
            "5: invalid type: integer `3`, expected a string",
            "7: unknown variant `waitForUnits`",
            "8: there is no key `macine`",
            "9: unknown variant `contain`",
        ],
    );
}

#[test]
fn what_is_no_toml_is_said_at_once_too() {
    check(
        "a = \nb = ]\n",
        &[
            "1: string values must be quoted, expected literal string",
            "2: missing array opening, expected `[`",
        ],
    );
}

#[test]
fn tests_and_steps_know_where_they_were_written() {
    let text =
        "[[test]]\nname = 'a'\nsteps = [\n{ action = 'crash' },\n{ action.fail = 'x' },\n]\n";
    let description = read("site.domi.toml", text).expect("it is right");
    let test = &description.tests[0];
    let line = |place: &Option<Place>| place.as_ref().map(|place| place.line);
    assert_eq!(line(&test.place), Some(1));
    assert_eq!(
        test.steps.iter().map(|step| line(&step.place)).collect::<Vec<_>>(),
        [Some(4), Some(5)]
    );
}

#[test]
fn modules_of_domi_toml_are_read_as_what_stands_beside_one_and_the_rest_is_left_alone() {
    let of_config = |text: &str| listed("domi.toml", text);
    assert_eq!(of_config("[limits]\ntest = 3\nday = 2027-01-01\n"), Ok(Vec::new()));
    let text = "[limits]\ntest = 3\n\
                [[module]]\nmodule = 'a.nix'\nsettings.a = 1\n[[module.test]]\nname = 'x'\nsteps = [\n\
                { action.succeed = 'true' },\n]\n\
                [[module]]\nmodule = '.#b'\n";
    let found = of_config(text).expect("it is right");
    let lines: Vec<_> = found.iter().map(|(_, place)| place.line).collect();
    assert_eq!(lines, [3, 11]);
    let beside = "settings.a = 1\nmodule = 'a.nix'\n[[test]]\nname = 'x'\nsteps = [\n{ action.succeed = 'true' },\n]\n";
    let mut beside = read("a.domi.toml", beside).expect("it is right");
    let (first, _) = &found[0];
    let line = |test: &Written| test.place.as_ref().map(|place| place.line);
    assert_eq!(line(&first.tests[0]), Some(6));
    beside.tests[0].place = first.tests[0].place.clone();
    beside.tests[0].steps[0].place = first.tests[0].steps[0].place.clone();
    assert_eq!(*first, beside);

    let wrong = "test = 1\n[[module]]\nsettings.a = 2027-01-01\n\
                 [[module]]\nmodule = 'b.nix'\nmodul = 'c'\n[[module.test]]\nsteps = []\n";
    check_found(
        &of_config(wrong).expect_err("it is wrong"),
        &[
            "2: it does not say which module it is about",
            "3: a date or time is nothing that a configuration can have",
            "6: unknown field `modul`",
            "7: missing field `name`",
        ],
    );
    let one = of_config("module = 'site.nix'\n").expect_err("it is no list");
    check_found(&one, &["1: invalid type: string \"site.nix\", expected a sequence"]);
}

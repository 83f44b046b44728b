use super::*;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found = match read("site.domi.toml", text) {
        Ok(_) => Vec::new(),
        Err(found) => found,
    };
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
    let line = |place: &Option<domi_model::Place>| place.as_ref().map(|place| place.line);
    assert_eq!(line(&test.place), Some(1));
    assert_eq!(
        test.steps.iter().map(|step| line(&step.place)).collect::<Vec<_>>(),
        [Some(4), Some(5)]
    );
}

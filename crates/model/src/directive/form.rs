//! Values of a fixed form.

/// A number with a unit, or without.
macro_rules! span {
    () => {
        "[0-9]{1,18}([.][0-9]+)? *(us|usec|\
         ms|msec|s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|days?|w|weeks?|M|months?|y|years?)?"
    };
}

/// A number, a size or a time span.
macro_rules! limit {
    () => {
        "(infinity|[+-]?[0-9]{1,19}([.][0-9]+)?([KMGTPE]|us|ms|s|sec|m|min|h|d|w)?)"
    };
}

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Yes or no.
    Boolean,
    /// One of some words, as a pattern of alternatives.
    OneOf(&'static str),
    /// A whole number.
    Integer,
    /// A whole number that is not negative.
    Natural,
    /// An exit status.
    Status,
    /// A number with `%`.
    Percentage,
    /// A number of bytes.
    Size,
    /// A number of bytes, a share of the machine's memory, or `infinity`.
    Memory,
    /// A number of tasks, a share of the most there can be, or `infinity`.
    Tasks,
    /// From 1 to 10000, or `idle`.
    Weight,
    /// A resource limit, or a soft and a hard one.
    Limit,
    /// An octal file mode.
    Mode,
    /// A signal's name or number.
    Signal,
    /// Numbers of processors or memory nodes.
    Processors,
    /// A time span, such as `5min 20s`.
    TimeSpan,
    /// Times of the calendar, such as `Mon 04:00`.
    Calendar,
}

impl Form {
    /// The pattern that all values of the form match, and hardly any other.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Boolean => {
                "1|[Yy]|[Yy]es|YES|[Tt]|[Tt]rue|TRUE|[Oo]n|ON|0|[Nn]|[Nn]o|NO|[Ff]|[Ff]alse|FALSE|[Oo]ff|OFF"
            }
            Self::OneOf(choices) => choices,
            Self::Integer => "[+-]?[0-9]{1,10}",
            Self::Natural => "[0-9]{1,10}",
            Self::Status => "[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5]",
            Self::Percentage => "[0-9]{1,7}([.][0-9]{1,2})?%",
            Self::Size => "[0-9]{1,19}([.][0-9]+)?[BKMGTPE]?",
            Self::Memory => {
                "infinity|[0-9]{1,19}([.][0-9]+)?[BKMGTPE]?|(100|[0-9]{1,2}([.][0-9]{1,2})?)%"
            }
            Self::Tasks => "infinity|[0-9]{1,19}|(100|[0-9]{1,2}([.][0-9]{1,2})?)%",
            Self::Weight => "[1-9][0-9]{0,3}|10000|idle",
            Self::Limit => concat!(limit!(), "(:", limit!(), ")?"),
            Self::Mode => "[0-7]{1,4}",
            Self::Signal => "(SIG)?(RT(MIN|MAX)([+-][0-9]{1,2})?|[A-Z]{2,6}[12]?)|[0-9]{1,2}",
            Self::Processors => "all|numa|[0-9]{1,4}(-[0-9]{1,4})?([ ,]+[0-9]{1,4}(-[0-9]{1,4})?)*",
            Self::TimeSpan => concat!("infinity|", span!(), "( *", span!(), ")*"),
            Self::Calendar => CALENDAR,
        }
    }

    /// What it is, for a message: `a time span such as …`.
    pub fn described(self) -> String {
        let described = match self {
            Self::Boolean => "a boolean",
            Self::OneOf(choices) => return format!("one of {}", choices.replace('|', ", ")),
            Self::Integer => "a whole number",
            Self::Natural => "a whole number from 0",
            Self::Status => "an exit status",
            Self::Percentage => "a percentage such as `50%`",
            Self::Size => "a size such as `8M`",
            Self::Memory => "an amount of memory such as `100M`, `50%` or `infinity`",
            Self::Tasks => "a number, a percentage or `infinity`",
            Self::Weight => "a weight from 1 to 10000",
            Self::Limit => "a limit such as `1024` or `1024:4096`",
            Self::Mode => "an octal mode such as `0750`",
            Self::Signal => "a signal such as `SIGTERM`",
            Self::Processors => "numbers such as `0-3,7`",
            Self::TimeSpan => "a time span such as `5min 20s`",
            Self::Calendar => "a time of the calendar such as `daily` or `Mon 04:00`",
        };
        described.to_owned()
    }
}

/// Values of one part of a date or time: any, or single ones and ranges, each with a step.
macro_rules! part {
    ($value:literal) => {
        concat!(
            "([*]|",
            $value,
            "([.][.]",
            $value,
            ")?(/[0-9]{1,9})?(,",
            $value,
            "([.][.]",
            $value,
            ")?(/[0-9]{1,9})?)*)"
        )
    };
}

/// A day of the week.
macro_rules! weekday {
    () => {
        "([Mm]on(day)?|[Tt]ue(sday)?|[Ww]ed(nesday)?|[Tt]hu(rsday)?|[Ff]ri(day)?|[Ss]at(urday)?|\
         [Ss]un(day)?)"
    };
}

macro_rules! weekdays {
    () => {
        concat!(weekday!(), "((,|-|[.][.])", weekday!(), ")*,?")
    };
}

macro_rules! date {
    () => {
        concat!(
            "(",
            part!("([0-9]{2}|19[7-9][0-9]|2[01][0-9]{2})"),
            "-)?",
            part!("(0?[1-9]|1[0-2])"),
            "[-~]",
            part!("(0?[1-9]|[12][0-9]|3[01])")
        )
    };
}

macro_rules! time {
    () => {
        concat!(
            part!("([01]?[0-9]|2[0-3])"),
            ":",
            part!("[0-5]?[0-9]"),
            "(:",
            part!("[0-5]?[0-9]([.][0-9]{1,6})?"),
            ")?"
        )
    };
}

/// Words, or weekdays, a date and a time, of which any may be left out; and a time zone.
const CALENDAR: &str = concat!(
    "(([Mm]inute|[Hh]our|[Dd]ai|[Ww]eek|[Mm]onth|[Qq]uarter|[Yy]ear|[Aa]nnual|\
     ([Ss]emi|[Bb]i)-?annual)ly|@[0-9]{1,10}|",
    weekdays!(),
    "|(",
    weekdays!(),
    " +)?((",
    date!(),
    "|",
    time!(),
    ")|",
    date!(),
    " +",
    time!(),
    "))( UTC| [A-Z][A-Za-z]+/[A-Za-z/_+-]+[0-9]*)?"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::compile;

    /// Both lists are what systemd 252 says of the values.
    #[track_caller]
    fn check(form: Form, taken: &[&str], refused: &[&str]) {
        let regex = compile(form.pattern()).unwrap();
        for value in taken {
            assert!(regex.is_match(value.as_bytes()), "{form:?} must take {value:?}");
        }
        for value in refused {
            assert!(!regex.is_match(value.as_bytes()), "{form:?} must not take {value:?}");
        }
    }

    #[test]
    fn a_calendar_is_one_that_systemd_takes() {
        check(
            Form::Calendar,
            &[
                "daily",
                "weekly UTC",
                "semi-annually",
                "Mon",
                "Mon..Fri",
                "Mon,Wed 04:00",
                "Mon..Thu,Sat,Sun 00:00",
                "*:0/15",
                "*-*-* 00/2:30",
                "*-*-01 04:00",
                "2026-11-26 06:00:00",
                "*-02~03",
                "*-05~07/1",
                "Sat *-*-1..7 18:00:00",
                "04:00",
                "04:00 Europe/Berlin",
                "*:*:0/5",
                "10-15",
                "@1395716396",
            ],
            &[
                "whenever",
                "",
                "25:00",
                "12:60",
                "13-40",
                "every day",
                "Mon Tue",
                "*/5",
                "daily\n",
                "04:00 ",
                "%h",
                "5min",
                "04",
                "-1:00",
            ],
        );
    }

    #[test]
    fn a_time_span_is_one_that_systemd_takes() {
        check(
            Form::TimeSpan,
            &["5", "5s", "1.5h", "5min 20s", "2 h", "infinity", "0", "1y 12month", "55s500ms"],
            &["", "soon", "5 parsecs", "-5s", "5m;", "s"],
        );
    }

    #[test]
    fn sizes_shares_and_numbers_have_their_units() {
        check(
            Form::Memory,
            &["100M", "1.5G", "50%", "infinity", "0", "4096"],
            &["100MB", "150%", "lots", "-1", "100 m"],
        );
        check(Form::Percentage, &["50%", "200%", "0.5%"], &["50", "%", "50%%"]);
        check(Form::Weight, &["1", "100", "10000", "idle"], &["0", "10001", "x"]);
        check(Form::Natural, &["0", "42"], &["-1", "x", ""]);
        check(Form::Mode, &["0750", "22"], &["0888", "07777", "rwx"]);
        check(Form::Limit, &["1024", "1024:4096", "infinity", "8M", "5min"], &["many", "1:2:3"]);
        check(
            Form::Signal,
            &["SIGTERM", "TERM", "SIGUSR1", "SIGRTMIN+3", "9"],
            &["sigterm ", "KILL IT", "999"],
        );
        check(Form::Processors, &["0", "0-3", "0 2 4", "0,2-5", "all"], &["a", "0-"]);
        check(Form::Boolean, &["yes", "true", "0", "off"], &["maybe", "", "2"]);
        check(Form::OneOf("a|b c"), &["a", "b c"], &["b", "ab"]);
    }
}

//! Days and spans of time, as files say them.

use crate::fields::Fields;
use crate::text::Data;

pub use jiff::civil::Date;

/// What a key wants that takes a day.
pub(crate) const A_DAY: &str = "a day such as \"2026-11-27\", in quotes";

/// A time in seconds.
pub(crate) fn span(fields: &mut Fields<'_>, key: &str) -> Option<(u64, u32)> {
    fields.read(key, |data| match data {
        Data::Text(text) => seconds(text),
        _ => None,
    })
}

/// A day.
pub(crate) fn day(fields: &mut Fields<'_>, key: &str) -> Option<(Date, u32)> {
    fields.read(key, |data| match data {
        Data::Text(text) => date(text),
        _ => None,
    })
}

/// The day of `2026-11-27`.
fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == "2026-11-27".len();
    text.parse().ok().filter(|_| is_plain && text.starts_with(|c: char| c.is_ascii_digit()))
}

/// The seconds of `90s`, `5m`, `2h`, `1d`, or of several of them with blanks between.
fn seconds(text: &str) -> Option<u64> {
    let mut all: u64 = 0;
    for word in text.split(' ') {
        let number = word.strip_suffix(['s', 'm', 'h', 'd'])?;
        let unit = match word.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            _ => DAY,
        };
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        let number = number.parse::<u64>().ok().filter(|_| is_number)?;
        all = all.checked_add(number.checked_mul(unit)?)?;
    }
    Some(all)
}

/// The seconds of a day.
pub(crate) const DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_units_and_fits() {
        let check = |text: &str, expected| assert_eq!(seconds(text), expected, "{text}");
        check("90s", Some(90));
        check("1h 30m", Some(5400));
        check("2d", Some(172_800));
        check("0s", Some(0));
        for wrong in [
            "",
            "90",
            "m",
            "1.5h",
            "-1s",
            "+1s",
            "1h  30m",
            "1w",
            "1é",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar_and_nothing_else() {
        let check = |text: &str, good: bool| assert_eq!(date(text).is_some(), good, "{text}");
        check("2026-11-27", true);
        check("2024-02-29", true);
        for wrong in ["2026-02-29", "2026-13-01", "20261127", "2026-11-27T00:00", "27.11.2026", ""]
        {
            check(wrong, false);
        }
    }
}

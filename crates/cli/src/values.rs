//! Values that the command line and `domi.toml` write in the same way: times, systems.

use std::time::Duration;

use domi_model::{Kind, Platform};

/// The longest time that anybody may wish to wait.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A time such as `90s`, `5m` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "give a time such as 90s or 5m".to_owned();
    let span: jiff::SignedDuration = text.parse().map_err(|_| wanted())?;
    let time = Duration::try_from(span).ok().filter(|time| !time.is_zero()).ok_or_else(wanted)?;
    if time > LONGEST { Err("a year is the longest time".to_owned()) } else { Ok(time) }
}

/// A system such as `x86_64-linux`.
pub(crate) fn system(text: &str) -> Result<Platform, String> {
    let known = Platform::ALL;
    let found = known.into_iter().find(|system| system.as_str() == text);
    found.ok_or_else(|| format!("the systems are {}", known.map(Platform::as_str).join(", ")))
}

/// A kind of features, such as `services`.
pub(crate) fn kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| format!("the kinds are {}", Kind::ALL.map(Kind::as_str).join(", ")))
}

/// What a feature is, in one line without a full stop, as its manifest wants it.
pub(crate) fn summary(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.contains('\n') || text.ends_with('.') {
        return Err("give one line that does not end with a full stop".to_owned());
    }
    Ok(text.to_owned())
}

/// Any text but an empty one: that comes from a variable that is not set, and does not mean that
/// the option is left out.
pub(crate) fn given(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty; perhaps a variable is not set".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_is_not_over_before_it_begins() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "90", "0s", "-1s", "soon", "8761h", "99999999999999999999h"] {
            duration(wrong).unwrap_err();
        }
    }
}

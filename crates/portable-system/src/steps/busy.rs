//! Whether this computer was too busy for a step that ran out of time.

use std::time::Duration;

use domi_host::pressure::waited_for_processor;

use super::ended::Ended;
use super::judge::Failure;

/// Below this, in per cent, processors were there when they were wanted.
const BUSY: u128 = 50;

/// How busy it was when a step began.
pub(crate) struct Busy {
    waited: Option<Duration>,
}

impl Busy {
    pub(crate) fn begin() -> Self {
        Self { waited: waited_for_processor() }
    }

    /// What to say of a failure that came of time that ran out, if it was busy in the time that the step took.
    pub(crate) fn hint(&self, ended: &Ended, took: Duration) -> Option<String> {
        let Ended::Failed(Failure { late: true, .. }) = ended else { return None };
        let waited = waited_for_processor()?.saturating_sub(self.waited?);
        hint(waited, took)
    }
}

fn hint(waited: Duration, took: Duration) -> Option<String> {
    let share = (waited.as_millis() * 100).checked_div(took.as_millis())?.min(100);
    (share >= BUSY).then(|| {
        format!(
            "this computer was busy: in {share} % of that time a process waited for a processor; fewer at once \
             (`--jobs 1`) or a longer `limits.step` in domi.toml may help"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_busy_computer_is_a_reason() {
        let seconds = Duration::from_secs;
        let said = hint(seconds(90), seconds(100)).unwrap();
        assert!(said.starts_with("this computer was busy: in 90 % of that time"), "{said}");
        assert_eq!(hint(seconds(49), seconds(100)), None);
        assert_eq!(hint(seconds(1), Duration::ZERO), None);
        // Both clocks are read one after the other.
        assert!(hint(seconds(11), seconds(10)).unwrap().contains("in 100 %"));
    }
}

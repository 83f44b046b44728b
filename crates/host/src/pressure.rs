//! How busy this computer is.

use std::time::Duration;

/// How long some process has waited for a processor, since the computer was started; none where the kernel does
/// not say. Two readings tell how busy it was between them.
pub fn waited_for_processor() -> Option<Duration> {
    read(&std::fs::read_to_string("/proc/pressure/cpu").ok()?)
}

fn read(text: &str) -> Option<Duration> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let total = some.split(' ').find_map(|word| word.strip_prefix("total="))?;
    Some(Duration::from_micros(total.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_which_some_waited_is_read() {
        let text = "some avg10=82.88 avg60=88.01 avg300=94.64 total=13892871789\n\
                    full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(read(text), Some(Duration::from_micros(13_892_871_789)));
        assert_eq!(read("full avg10=0.00 total=1\n"), None);
    }
}

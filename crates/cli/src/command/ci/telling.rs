//! What of the output of a step that failed is shown again.

/// How many lines of a failed step are printed again at the end.
const MOST_LINES: usize = 60;
/// How many lines after one that tells of a failure belong to it.
const REASON: usize = 5;

/// The lines that tell of failures, the last of them; where none does, the last lines of all.
pub(super) fn lines(printed: &str) -> Vec<&str> {
    let tells = |line: &str| {
        let words = ["FAILED", "failed", "panicked", "error", "✗"];
        let is_good = line.ends_with(" ok") || line.starts_with("test result: ok");
        words.iter().any(|word| line.contains(word)) && !is_good
    };
    let all: Vec<&str> = printed.lines().collect();
    let belongs = |at: &usize| all[at.saturating_sub(REASON)..=*at].iter().any(|it| tells(it));
    let mut told: Vec<&str> = (0..all.len()).filter(belongs).map(|at| all[at]).collect();
    if told.is_empty() {
        told = all;
    }
    told.split_off(told.len().saturating_sub(MOST_LINES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_a_failure_is_found_between_thousands_of_lines() {
        let passed = "test a_job_that_failed_is_shown ... ok\n\
                      test result: ok. 1 passed; 0 failed; 0 ignored\n";
        let passed = passed.repeat(1000);
        let failed = "test a ... FAILED\nleft: 1\n";
        assert_eq!(lines(&format!("{passed}{failed}"))[..2], ["test a ... FAILED", "left: 1"]);
        assert_eq!(lines(&format!("{failed}{passed}"))[..2], ["test a ... FAILED", "left: 1"]);
        assert_eq!(lines("a\nb\n"), ["a", "b"]);
        assert_eq!(lines(&"x\n".repeat(1000)).len(), MOST_LINES);
        assert!(lines("").is_empty());
    }
}

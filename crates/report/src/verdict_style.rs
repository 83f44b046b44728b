//! How verdicts are shown on pages.

use domi_event::Verdict;

/// How a verdict is shown: by a sign, a word and a class. Never by colour alone.
pub(crate) struct VerdictStyle {
    pub(crate) sign: &'static str,
    pub(crate) word: &'static str,
    /// The style class of pages.
    pub(crate) class: &'static str,
}

pub(crate) fn style_of(verdict: Verdict) -> VerdictStyle {
    let (sign, word, class) = match verdict {
        Verdict::Passed => ("✓", "passed", "good"),
        Verdict::Refused => ("✓", "refused, as it must be", "good"),
        Verdict::Cached => ("↺", "passed before, not run", "kept"),
        Verdict::Skipped => ("–", "skipped", "none"),
        Verdict::Failed => ("✗", "failed", "bad"),
        Verdict::Quarantined => ("≈", "failed in quarantine", "odd"),
        Verdict::Overdue => ("✗", "its quarantine has ended", "bad"),
        Verdict::Flaky => ("≈", "flaky: failed, and passed when tried again", "odd"),
        Verdict::Error | Verdict::Unknown => ("!", "undecided", "odd"),
        Verdict::Interrupted => ("…", "interrupted", "none"),
    };
    VerdictStyle { sign, word, class }
}

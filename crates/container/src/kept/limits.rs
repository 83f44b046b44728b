//! Limits of processes, which nobody but this computer's root can raise.

use rustix::process::{Resource, getrlimit};

/// The limits by their names in units.
const LIMITS: [(&str, Resource); 15] = [
    ("AS", Resource::As),
    ("CORE", Resource::Core),
    ("CPU", Resource::Cpu),
    ("DATA", Resource::Data),
    ("FSIZE", Resource::Fsize),
    ("LOCKS", Resource::Locks),
    ("MEMLOCK", Resource::Memlock),
    ("MSGQUEUE", Resource::Msgqueue),
    ("NICE", Resource::Nice),
    ("NOFILE", Resource::Nofile),
    ("NPROC", Resource::Nproc),
    ("RSS", Resource::Rss),
    ("RTPRIO", Resource::Rtprio),
    ("SIGPENDING", Resource::Sigpending),
    ("STACK", Resource::Stack),
];

/// Whether a limit is above what we may have ourselves, or that cannot be known.
pub(super) fn above_ours(name: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    let Some((_, resource)) = LIMITS.iter().find(|(known, _)| *known == name) else {
        // How often a unit may start is no limit of a process.
        return matches!(name, "RTTIME");
    };
    let Some(ours) = getrlimit(*resource).maximum else { return false };
    // Both the soft and the hard one.
    value.split(':').any(|part| number(part).is_none_or(|wanted| wanted > ours))
}

/// A number with the ending of a size; nothing when it has no end or is written otherwise.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(['K', 'M', 'G', 'T']);
    let factor = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, expected) in [
            ("64", Some(64)),
            ("2K", Some(2048)),
            ("1G", Some(1 << 30)),
            ("infinity", None),
            ("-1", None),
            ("5min", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}

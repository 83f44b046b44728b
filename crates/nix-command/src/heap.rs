//! How much memory Nix begins with. It collects garbage whenever what it has is full, and asks for
//! little by default, so that a NixOS costs nearly twice the processor time.

use std::ffi::OsStr;

/// The variable that the garbage collector of Nix reads.
pub(crate) const VARIABLE: &str = "GC_INITIAL_HEAP_SIZE";

/// What Nix asks for at the most where nothing is said, in MiB.
const BY_DEFAULT: u64 = 384;
/// More than this saves nothing, in MiB.
const MOST: u64 = 4096;
/// The part of the memory available: several Nix may run at once, beside machines.
const PART: u64 = 8;

/// The value of the variable for a Nix that is started now; none where its user has said one, or where Nix
/// asks for as much. What is never used costs nothing.
pub(crate) fn initial(said: Option<&OsStr>, available: Option<u64>) -> Option<String> {
    let mib = (available? / PART).min(MOST);
    (said.is_none() && mib > BY_DEFAULT).then(|| format!("{mib}M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_part_of_what_is_available_unless_the_user_says_another() {
        assert_eq!(initial(None, Some(16_000)).as_deref(), Some("2000M"));
        assert_eq!(initial(None, Some(1_000_000)).as_deref(), Some("4096M"));
        assert_eq!(initial(None, Some(3_000)), None);
        assert_eq!(initial(None, None), None);
        assert_eq!(initial(Some(OsStr::new("1G")), Some(16_000)), None);
    }
}

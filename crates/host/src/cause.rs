//! Whose fault an error is.

use std::error::Error;
use std::io;

use rustix::io::Errno;

use crate::Interrupted;

/// Whose fault an error is, by all of its causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nobody's: the user asked to stop.
    Interrupted,
    /// This computer's: a disk that is full or broken, a path that is not there, is something else
    /// or may not be used, a limit that is reached. No change to this project fixes that.
    Computer,
    /// Everything else is taken for our own.
    Other,
}

impl Cause {
    /// Of an error. Only here are causes looked through for what they are.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let chain = || {
            std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
        };
        if chain().any(<dyn Error>::is::<Interrupted>) {
            Self::Interrupted
        } else if chain().filter_map(|it| it.downcast_ref::<io::Error>()).any(is_of_its_files) {
            Self::Computer
        } else {
            Self::Other
        }
    }
}

fn is_of_its_files(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let by_kind = matches!(
        error.kind(),
        Kind::AlreadyExists
            | Kind::DirectoryNotEmpty
            | Kind::ExecutableFileBusy
            | Kind::FileTooLarge
            | Kind::InvalidFilename
            | Kind::IsADirectory
            | Kind::NotADirectory
            | Kind::NotFound
            | Kind::NotSeekable
            | Kind::OutOfMemory
            | Kind::PermissionDenied
            | Kind::QuotaExceeded
            | Kind::ReadOnlyFilesystem
            | Kind::StaleNetworkFileHandle
            | Kind::StorageFull
            | Kind::TooManyLinks
    );
    // Those that have no kind of their own.
    const OTHERS: [Errno; 7] = [
        Errno::IO,
        Errno::LOOP,
        Errno::MFILE,
        Errno::NFILE,
        Errno::NODEV,
        Errno::NOLCK,
        Errno::NXIO,
    ];
    by_kind || OTHERS.iter().any(|other| error.raw_os_error() == Some(other.raw_os_error()))
}

/// The error of this computer that a program has met, by what it said in the locale C: a disk that
/// is full, a place where it may not write. Programs tell of these in the system's own words.
pub fn met_by_program(said: &str) -> Option<io::Error> {
    let known = [Errno::NOSPC, Errno::DQUOT, Errno::ROFS, Errno::ACCESS];
    known.into_iter().map(io::Error::from).find(|error| {
        let words = error.to_string();
        words.split_once(" (os error").is_some_and(|(words, _)| said.contains(words))
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[track_caller]
    fn check(error: io::Error, expected: bool) {
        let shown = format!("{error:?}");
        let error: Result<(), _> = Err(error);
        let error = error.context("one").context("two").unwrap_err();
        assert_eq!(Cause::of(error.as_ref()) == Cause::Computer, expected, "{shown}");
    }

    #[test]
    fn disks_paths_and_limits_are_of_this_computer() {
        for number in [Errno::NOSPC, Errno::DQUOT, Errno::ACCESS, Errno::PERM, Errno::ROFS] {
            check(number.into(), true);
        }
        for number in [Errno::NOENT, Errno::NOTDIR, Errno::ISDIR, Errno::NAMETOOLONG, Errno::LOOP] {
            check(number.into(), true);
        }
        for number in [Errno::IO, Errno::MFILE, Errno::NOMEM] {
            check(number.into(), true);
        }
        for number in [Errno::INVAL, Errno::BADF, Errno::PIPE, Errno::CHILD] {
            check(number.into(), false);
        }
        check(io::Error::other("a bug"), false);
        check(fs_err::read("/nowhere/at/all").unwrap_err(), true);
        check(fs_err::read("/proc/self").unwrap_err(), true);
        let error = tempfile::tempdir_in("/nowhere").unwrap_err();
        check(error, true);
        assert_eq!(Cause::of(anyhow::anyhow!("a bug").as_ref()), Cause::Other);
        let error = anyhow::Error::new(Interrupted).context("while reading");
        assert_eq!(Cause::of(error.as_ref()), Cause::Interrupted);
    }

    #[test]
    fn a_program_says_what_it_met() {
        let kind = |said| met_by_program(said).map(|error| error.kind());
        let full = "E: Write error - write (28: No space left on device)";
        assert_eq!(kind(full), Some(io::ErrorKind::StorageFull));
        let denied = "E: Could not open lock file /a/lock - open (13: Permission denied)";
        assert_eq!(kind(denied), Some(io::ErrorKind::PermissionDenied));
        assert_eq!(kind("E: something else"), None);
    }
}

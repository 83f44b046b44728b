//! Whose fault an error is.

use std::error::Error;
use std::io;

use rustix::io::Errno;

/// Whether an error comes from this computer: a disk that is full or broken, a path that is not
/// there, is something else or may not be used, a limit that is reached. None of that is mended
/// here. Everything else is taken for our own.
pub fn is_of_this_computer(error: &(dyn Error + 'static)) -> bool {
    let chain =
        std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    chain.filter_map(|error| error.downcast_ref::<io::Error>()).any(is_of_its_files)
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

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[track_caller]
    fn check(error: io::Error, expected: bool) {
        let shown = format!("{error:?}");
        let error: Result<(), _> = Err(error);
        let error = error.context("one").context("two").unwrap_err();
        assert_eq!(is_of_this_computer(error.as_ref()), expected, "{shown}");
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
        assert!(!is_of_this_computer(anyhow::anyhow!("a bug").as_ref()));
    }
}

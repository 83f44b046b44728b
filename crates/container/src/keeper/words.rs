//! What a keeper and we say to each other.

use crate::step::OFFERED;

/// Told to a keeper, with the name of the boot: start the program.
pub(super) const START: u8 = b's';
/// Told to a keeper: kill the program.
pub(super) const KILL: u8 = b'k';
/// Told to a keeper: its ids are mapped.
pub(super) const MAPPED: u8 = b'm';
/// Said by a keeper: its steps are done.
pub(super) const READY: u8 = b'r';
/// Said by either process, with the number of the step and the error: a step has failed.
pub(super) const FAILED: u8 = b'f';
/// Said by a keeper, with how: the program has ended.
pub(super) const ENDED: u8 = b'e';

/// The step of a program's process after the last: to become the program.
pub(super) const BECOME: u32 = u32::MAX;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exit(i32),
    Signal(i32),
    /// Its keeper is gone, and the program with it.
    Lost,
}

/// What is heard from a keeper.
#[derive(Debug)]
pub(super) enum Said {
    Ready,
    Offered,
    Failed { by_program: bool, step: u32, errno: i32 },
    Ended(End),
    Closed,
    Nonsense,
}

impl Said {
    pub(super) fn of(text: &[u8]) -> Self {
        let number = |at: usize| {
            text.get(at..at + 4).and_then(|n| n.try_into().ok()).map(i32::from_ne_bytes)
        };
        match (text.first(), text.get(1), number(2), number(6)) {
            (None, ..) => Self::Closed,
            (Some(&READY), ..) => Self::Ready,
            (Some(&OFFERED), ..) => Self::Offered,
            (Some(&FAILED), Some(by), Some(step), Some(errno)) => {
                Self::Failed { by_program: *by == 1, step: step.cast_unsigned(), errno }
            }
            (Some(&ENDED), Some(0), Some(code), _) => Self::Ended(End::Exit(code)),
            (Some(&ENDED), Some(_), Some(signal), _) => Self::Ended(End::Signal(signal)),
            _ => Self::Nonsense,
        }
    }
}

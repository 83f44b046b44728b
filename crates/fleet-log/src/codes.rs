//! The codes of this crate's problems.

use domi_model::Code;

/// The last line is not whole.
pub(crate) const TORN: Code = Code("D2041");
/// A line is wrong.
pub(crate) const BAD_LINE: Code = Code("D2042");
/// Somebody else writes.
pub(crate) const IN_USE: Code = Code("D2043");
/// The log and the files differ.
pub(crate) const DIFFERS: Code = Code("D2044");
/// The log cannot be read.
pub(crate) const UNREADABLE: Code = Code("D2045");
/// What happened cannot be told one event after another.
pub(crate) const NO_ORDER: Code = Code("D2046");
/// The clock is far behind the last event.
pub(crate) const CLOCK: Code = Code("D2047");
/// Two branches both wrote.
pub(crate) const FORKED: Code = Code("D2048");
/// What a person's file says is not in the log.
pub(crate) const NO_DIGEST: Code = Code("D2049");
/// The log is another one than the one that was signed.
pub(crate) const SIGNED_OTHER: Code = Code("D2065");
/// The signature of the log does not hold.
pub(crate) const BAD_SIGNATURE: Code = Code("D2066");
/// The log cannot be signed.
pub const NOT_SIGNED: Code = Code("D2067");
/// Events of two branches contradict each other.
pub(crate) const NOT_AFTER: Code = Code("D2060");

/// A command cannot be carried out.
pub const NOT_CARRIED_OUT: Code = Code("D2063");
/// Too many events are to be answered at once.
pub const TOO_MANY_ANSWERS: Code = Code("D2064");

/// Each code with its title and what to know of it; a section each in `docs/problems.md`.
pub const CODES: &[(Code, &str, &str)] = &[
    (
        TORN,
        "The last line of the log is not whole",
        "Whoever wrote it was stopped in the middle. Nobody was told that it is there, so that \
         nothing is lost: `cargo xtask fleet record` cuts it and writes what it would have said. A \
         last line that lacks nothing but its end, as some editors leave it, is kept and gets it.",
    ),
    (
        BAD_LINE,
        "A line of the log is wrong",
        "It is not as it was written: it cannot be read, does not follow from the lines before, or \
         its hash of the line before is another. Nothing is added to such a log. Get the file back \
         from where it is kept, such as the history of git.",
    ),
    (
        IN_USE,
        "Somebody else writes the log",
        "One at a time writes. Try it again when the other one is done.",
    ),
    (
        DIFFERS,
        "The log and the files of the fleet differ",
        "A file says something that was never recorded, or something is recorded that no file says. \
         `cargo xtask fleet record` records what the files say.",
    ),
    (
        UNREADABLE,
        "The log cannot be read",
        "It, or the file that says who signed it, may not be read or written, or is no ordinary file. Links are \
         not followed.",
    ),
    (
        NO_ORDER,
        "Names were swapped",
        "Each event leaves a fleet with one thing of a name. Where two things take each other's name, \
         no order of renames does. Record it with a third name between.",
    ),
    (
        CLOCK,
        "The clock is far behind the last event",
        "No event is older than the one before, so that with a clock that is set back it gets the time \
         of that one. By more than a day, one of the two times is wrong. Set the clock; if it was \
         wrong when the last event was recorded, get the log from before back, such as from the \
         history of git, and record again.",
    ),
    (
        FORKED,
        "Two branches both wrote the log",
        "Each event has the hash of the line before, so that events of two branches of git cannot stand \
         in one log as they were written, and nothing is added to such a log. `cargo xtask fleet log \
         rebase` puts those of one branch behind those of the other, with their ids and the times at \
         which they were decided; with the merge driver that `docs/fleet.md` describes, git does so in a \
         merge. `fleet record` then records what the merged files say besides.",
    ),
    (
        NO_DIGEST,
        "What a person's file says is not in the log",
        "The file has no `salt`, so that the log has no digest of it, and nobody can say whether it is as it \
         was recorded. `cargo xtask fleet record` gives it one.",
    ),
    (
        SIGNED_OTHER,
        "The log is another one than the one that was signed",
        "`domain/events/head.txt` says which event had which hash when somebody signed the log. The log no longer \
         has that event at that place: what was signed was changed or taken away, or the events were put behind \
         those of another branch. Get the log back that was signed; or look at what `fleet log` says now, and \
         sign that with `fleet log sign`.",
    ),
    (
        BAD_SIGNATURE,
        "The signature of the log does not hold",
        "`ssh-keygen` says that the signature in `domain/events/head.txt` was not made by one of the person's \
         keys, or not of the lines above it; the person is not in the fleet, or retired; or `ssh-keygen` cannot be \
         asked. With `--signers`, the keys are those in that file, and a log without a signature is an error, too. \
         Find out who wrote the files, then sign the log again with `fleet log sign`. Where the person was \
         retired or erased, somebody else signs it.",
    ),
    (
        NOT_SIGNED,
        "The log cannot be signed",
        "There are no events, the last line of the log is not whole, the key cannot be used, or no person or agent of the fleet who is not retired has \
         it under `keys`. Nothing was written.",
    ),
    (
        NOT_AFTER,
        "Two branches decided what cannot be together",
        "Two logs become one where everything can have happened one after another. Here an event of one \
         branch cannot follow those of the other: both added something of one name, gave one number to \
         two users, or one retired what the other still uses. Nothing was written. Decide which of the \
         two holds: take the log of one branch, such as by `git checkout BRANCH -- FILE`, put the files \
         right, and `cargo xtask fleet record` records what they say, with new ids and times. What only \
         the log of the other branch knew is in the history of git then, and no more in the log. Do not \
         give the number of a user who came and went there again.",
    ),
    (
        NOT_CARRIED_OUT,
        "A command cannot be carried out",
        "It is not there, or not for what it is to change; or it would leave the fleet wrong: a file would \
         contradict another, or a status would not follow the one before. The problems beside this one say \
         what. Nothing was changed, by other reactions neither: correct the command, the reaction or the \
         files, or set the `status` of the reaction to `retired`.",
    ),
    (
        TOO_MANY_ANSWERS,
        "Too many events are to be answered at once",
        "Reactions that answer each other for ever are refused when the fleet is checked. This many answers \
         in one run are more likely a mistake than meant, and nothing was changed. Let a reaction answer \
         fewer events, such as by `became` or `on`.",
    ),
];

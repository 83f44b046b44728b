use std::process::ExitCode;

/// How a command ended, as scripts see it. The numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Pass,
    /// A test failed.
    TestFailed,
    /// The command line or `domi.toml` is wrong.
    Usage,
    /// This computer lacks something.
    Missing,
    /// Generated files are out of date.
    Drift,
    /// A feature could not be loaded, or its settings are refused.
    Feature,
    /// A step of `ci` failed.
    Step,
    /// The fleet's files contradict each other, or say what nobody can.
    Fleet,
    /// A check of `doctor` is red.
    Unhealthy,
    /// What was run in a machine of `vm` failed.
    InMachine,
    /// A feature's version is too low for what changed, or that could not be found out.
    Release,
    /// A feature lacks what a maturity asks for.
    Promotion,
    /// The tool itself failed.
    Failed,
    /// The user stopped it.
    Interrupted,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Pass,
        Self::TestFailed,
        Self::Usage,
        Self::Missing,
        Self::Drift,
        Self::Feature,
        Self::Step,
        Self::Fleet,
        Self::Unhealthy,
        Self::InMachine,
        Self::Release,
        Self::Promotion,
        Self::Failed,
        Self::Interrupted,
    ];

    /// The number that the process ends with.
    pub fn number(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::TestFailed => 1,
            Self::Usage => 2,
            Self::Missing => 3,
            Self::Drift => 4,
            Self::Feature => 5,
            Self::Step => 6,
            Self::Fleet => 7,
            Self::Unhealthy => 8,
            Self::InMachine => 9,
            Self::Release => 10,
            Self::Promotion => 11,
            Self::Failed => 70,
            Self::Interrupted => 130,
        }
    }

    /// What it means and what to do, for documentation.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Pass => "Everything that was asked for went well.",
            Self::TestFailed => {
                "At least one test failed. A run of one feature ends with the first that fails, \
                 unless `--keep-going` is given."
            }
            Self::Usage => {
                "The command line names something that is not there or cannot be written, or \
                 `domi.toml` is wrong. Nothing was done."
            }
            Self::Missing => {
                "This computer lacks something, such as QEMU, the network, space on its disk, or a \
                 folder that may be written. `cargo xtask setup` says what can be installed."
            }
            Self::Drift => {
                "`generate --check` found generated files that are out of date. \
                 `cargo xtask generate` fixes them."
            }
            Self::Feature => {
                "A feature could not be built or read, or its settings are refused. Each problem \
                 was printed with its number, its place and what to do."
            }
            Self::Step => "A step of `ci` failed; its command and output were printed.",
            Self::Fleet => {
                "The files of the fleet contradict each other, or say what has no meaning. Each \
                 problem was printed with its number, its place and what to do."
            }
            Self::Unhealthy => {
                "A check of `doctor` is red; with `--gate`, one that was green when it was recorded \
                 last."
            }
            Self::InMachine => {
                "The script that `vm` ran in a machine ended with another status than 0, which was \
                 printed."
            }
            Self::Release => {
                "`release` refused a feature: its version is too low for what changed since its last \
                 tag, or what changed could not be found out, which never counts as unchanged. The \
                 effects and the version that follows were printed."
            }
            Self::Promotion => {
                "`promote` refused a feature: it lacks what the maturity asks for. Each thing that is \
                 missing was printed, with what to do."
            }
            Self::Failed => {
                "The tool itself failed, or a test could not be decided: a machine died, or there \
                 is a bug. The chain of causes was printed."
            }
            Self::Interrupted => {
                "The user stopped it with Ctrl-C or a signal. A second signal, half a second \
                 later or more, ends the tool at once, with 128 and the signal's number."
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.number().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_meaning() {
        let numbers: Vec<(Exit, u8)> =
            Exit::ALL.into_iter().map(|exit| (exit, exit.number())).collect();
        let documented = [
            (Exit::Pass, 0),
            (Exit::TestFailed, 1),
            (Exit::Usage, 2),
            (Exit::Missing, 3),
            (Exit::Drift, 4),
            (Exit::Feature, 5),
            (Exit::Step, 6),
            (Exit::Fleet, 7),
            (Exit::Unhealthy, 8),
            (Exit::InMachine, 9),
            (Exit::Release, 10),
            (Exit::Promotion, 11),
            (Exit::Failed, 70),
            (Exit::Interrupted, 130),
        ];
        assert_eq!(numbers, documented);
    }
}

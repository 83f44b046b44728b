use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Features, tested in real machines
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// When to use colours
    #[arg(
        long,
        global = true,
        display_order = 90,
        value_enum,
        value_name = "WHEN",
        default_value_t
    )]
    pub(crate) color: Color,
    /// Say more of what is done, and of what fails
    #[arg(short, long, global = true, display_order = 91, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR or CLICOLOR say otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for domi_report::Colour {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Test features in machines of their own
    Test(Box<Test>),
    /// Test every feature on every system
    Matrix(Box<Matrix>),
    /// Say everything that is known of a job
    Explain(Explain),
    /// Put runs together
    Report(Report),
    /// Show a run of the past
    Replay(Replay),
    /// Build, or evaluate, a NixOS system: the trunk, and any features on it
    Build(Build),
    /// Write, or check, all files that are made from the features
    Generate(Generate),
    /// List the features
    List(List),
    /// Look after the machine images that tests start from
    Guest(Guest),
    /// Look after the binary cache that domi.toml names
    Cache(Cache),
    /// Install what this computer lacks to run machines
    Setup(Setup),
    /// Pass everything that a change must pass
    Ci(Ci),
    /// Compare what NixOS and Rust make of many settings of a feature
    Conformance(Conformance),
    /// Measure this tool on this computer
    Bench(Bench),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// Which tests, on which systems.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Choice {
    /// The features; all of them when none is named
    #[arg(value_name = "FEATURE", value_parser = given)]
    pub(crate) features: Vec<String>,
    /// Only tests whose name contains this
    #[arg(short, long, value_name = "NAME", value_parser = given)]
    pub(crate) test: Vec<String>,
    /// Only jobs that fit this, such as `feature(feature-x) and not system(aarch64-linux)`; also
    /// test(), backend(), kind() and maturity(), with =text, ~part or /regex/
    #[arg(short = 'E', long, value_name = "EXPRESSION")]
    pub(crate) filter: Option<domi_runner::Filter>,
    /// Only jobs that a change since this commit could make end otherwise; by itself, since history
    /// left the main branch
    #[arg(
        long,
        value_name = "BASE",
        num_args = 0..=1,
        require_equals = true,
        value_parser = given
    )]
    pub(crate) affected: Option<Option<String>>,
    /// Say of every feature why it is affected, or why not
    #[arg(long, requires = "affected")]
    pub(crate) explain: bool,
    /// A system under test; by itself, `test` takes this computer's, others take all
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    pub(crate) system: Vec<domi_model::Platform>,
}

/// What runs tests, and how.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Conduct {
    /// Only say what would be run, where, and why there
    #[arg(long)]
    pub(crate) plan: bool,
    /// What runs the tests: portable, nixos-vm, nixos-container or eval; by itself the
    /// strongest that there is
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Option<domi_runner::BackendKind>,
    /// Run nothing unless everything runs on this backend, or a stronger one, or with kvm
    #[arg(long, value_name = "NAME", value_parser = required)]
    pub(crate) require: Vec<Required>,
    /// Let NixOS machines be emulated where there is no KVM
    #[arg(long)]
    pub(crate) allow_tcg: bool,
    #[command(flatten)]
    pub(crate) nix: NixArguments,
    /// Run tests again that passed before and that nothing has changed since
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Try a test that failed again, as often as this; one that passes then is flaky, not good
    #[arg(long, value_name = "TIMES", default_value_t = 0)]
    pub(crate) retries: u32,
    /// How long one test may take, such as 90s or 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// How many machines may run at once
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Boot machines instead of restoring saved ones
    #[arg(long)]
    pub(crate) cold: bool,
    /// Print what happens as JSON lines
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) install: Install,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Set an option of the feature in every test, on machines that enable it
    #[arg(long, value_name = "OPTION=VALUE", value_parser = given)]
    pub(crate) set: Vec<String>,
    /// Go on after a test has failed
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Test a NixOS module that was written by hand, without a crate. Nix evaluates it, a
    /// portable guest runs it. It passes when all units that it has started at boot come up, or
    /// end well where they are to end, TCP ports that it opens in the firewall are listened on,
    /// every --check succeeds, and none of its units has failed or been restarted by then. What
    /// it needs of nixpkgs is known for usual packages; domi.toml says it for others. --set takes
    /// paths from the top: --set services.site.enable=true
    #[arg(long, value_name = "FILE", conflicts_with_all = ["features", "test"])]
    pub(crate) module: Option<PathBuf>,
    /// A command that must succeed at last in the machine of --module
    #[arg(long, value_name = "COMMAND", requires = "module", value_parser = given)]
    pub(crate) check: Vec<String>,
    /// Who makes the systems of portable machines: rust from the manifest, or nix from the module
    #[arg(long, value_enum, value_name = "WHO", default_value_t)]
    pub(crate) realiser: Realiser,
    /// Have the NixOS test driver take the steps on portable machines: the program
    /// nixos-test-driver, or the folder nixos/lib/test-driver of a nixpkgs
    #[arg(long, value_name = "PATH")]
    pub(crate) driver: Option<PathBuf>,
    /// Open a shell in the machine after its test, also when that failed
    #[arg(long)]
    pub(crate) shell: bool,
    /// Only list the tests
    #[arg(long, conflicts_with = "plan")]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) conduct: Conduct,
}

#[derive(Debug, Args)]
pub(crate) struct Matrix {
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Begin nothing more after a test has failed
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Do only this part of the plan, such as 2/5; all parts take about as long, and `report
    /// merge` puts them together
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<domi_runner::ShardOf>,
    /// How long jobs took, for order and shards; by itself, what was seen here
    #[arg(long, value_name = "FILE")]
    pub(crate) durations: Option<PathBuf>,
    /// Go on with the last run of the matrix that was stopped: its arguments, without what passed
    #[arg(
        long,
        conflicts_with_all = [
            "features", "test", "filter", "affected", "system", "fail_fast", "shard", "durations",
            "plan", "github", "backend", "require", "no_cache", "cold",
        ]
    )]
    pub(crate) resume: bool,
    /// Plan for GitHub: the jobs of its matrix, as outputs of the step, or as JSON
    #[arg(long, conflicts_with_all = ["plan", "shard", "backend", "json"])]
    pub(crate) github: bool,
    #[command(flatten)]
    pub(crate) conduct: Conduct,
}

/// Files that a run is written to, beside what is shown.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Reports {
    /// Also write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Also write a page for people, with the history that is known here
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Its name, or a part of it, its folder, or its file of events; the last run where none is
    /// named
    #[arg(value_name = "RUN", value_parser = given)]
    pub(crate) run: Option<String>,
    /// Print the events as JSON lines
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Its name, or words of it that no other job has together: `feature-x settings aarch64`
    #[arg(value_name = "JOB", required = true, value_parser = given)]
    pub(crate) job: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(subcommand)]
    pub(crate) command: ReportCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Make one run of the parts of a plan that several computers did
    Merge(Merge),
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The runs: folders with events.jsonl in them, at any depth, or such files
    #[arg(value_name = "RUN", required = true)]
    pub(crate) runs: Vec<PathBuf>,
    /// How many jobs there must be in all
    #[arg(long, value_name = "N")]
    pub(crate) expect: Option<usize>,
    /// Print the events as JSON lines
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// What is added to the trunk; a file of systems/profiles
    #[arg(value_name = "PROFILE", default_value = "minimal", value_parser = given)]
    pub(crate) profile: String,
    /// Features to enable beside those of the profile
    #[arg(long, value_name = "FEATURES", value_delimiter = ',', conflicts_with = "only", value_parser = given)]
    pub(crate) with: Vec<String>,
    /// The one feature to enable
    #[arg(long, value_name = "FEATURE", value_parser = given)]
    pub(crate) only: Option<String>,
    /// Enable no feature
    #[arg(long, conflicts_with_all = ["with", "only"])]
    pub(crate) none: bool,
    /// Build nothing; say what would be built
    #[arg(long)]
    pub(crate) eval: bool,
    /// The system to build for; by itself this computer's
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    pub(crate) system: Option<domi_model::Platform>,
    #[command(flatten)]
    pub(crate) nix: NixArguments,
}

/// Who makes the systems of portable machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Realiser {
    #[default]
    Rust,
    Nix,
}

/// What Nix is told.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NixArguments {
    /// The nixpkgs to use instead of the flake's: a folder or a flake reference, as DOMI_NIXPKGS
    #[arg(long, value_name = "REF", value_parser = given)]
    pub(crate) nixpkgs: Option<String>,
    /// The machines that build for Nix, as its setting of that name
    #[arg(long, value_name = "MACHINES")]
    pub(crate) builders: Option<String>,
}

/// What a run must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    Backend(domi_runner::BackendKind),
    Kvm,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Write nothing; show what differs, and fail if anything does
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) check: bool,
    /// Write nothing; show which files would be written and removed
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// As one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Guest {
    #[command(subcommand)]
    pub(crate) command: GuestCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuestCommand {
    /// List the stored images and layers
    List {
        /// As one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make the image, and the layers of features, before a test needs them
    Build {
        /// The features whose packages to install
        #[arg(value_name = "FEATURE", value_parser = given)]
        features: Vec<String>,
        /// The systems of the machines; by itself, this computer's
        #[arg(long, value_name = "SYSTEM", value_parser = system)]
        system: Vec<domi_model::Platform>,
        #[command(flatten)]
        install: Install,
    },
    /// Remove images and layers that no machine uses
    Prune {
        /// Only what has not been used for so long, such as 7d or 12h
        #[arg(long, value_name = "TIME", value_parser = duration)]
        unused_for: Option<Duration>,
    },
    /// Open a shell in a machine
    Shell {
        /// The features whose packages it has
        #[arg(value_name = "FEATURE", value_parser = given)]
        features: Vec<String>,
        /// The machine's system; by itself, this computer's
        #[arg(long, value_name = "SYSTEM", value_parser = system)]
        system: Option<domi_model::Platform>,
        /// Boot it instead of restoring it
        #[arg(long)]
        cold: bool,
        #[command(flatten)]
        install: Install,
    },
    /// Say what was found out of this computer: what runs machines, and what containers may have
    Probe {
        /// Find it out anew, as after another program has kept the computer busy or a setting has
        /// changed
        #[arg(long)]
        again: bool,
    },
    /// Check every byte of the stored images and layers, and remove damaged ones
    Verify,
    /// Have systemd in a machine judge the units that features come to in their tests
    Units {
        /// The features; all of them when none is named
        #[arg(value_name = "FEATURE", value_parser = given)]
        features: Vec<String>,
        #[command(flatten)]
        install: Install,
    },
    /// Stand for a machine that another process runs; the NixOS test driver starts this
    #[command(hide = true)]
    Relay {
        socket: PathBuf,
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Cache {
    #[command(subcommand)]
    pub(crate) command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Say whether it answers, and how much it has of what the checks of the flake come to
    Status {
        #[command(flatten)]
        what: CacheWhat,
        /// Also read what it has, and compare it with the hashes that it names
        #[arg(long)]
        verify: bool,
    },
    /// Copy what has been built here to it
    Push {
        #[command(flatten)]
        what: CacheWhat,
        /// What the checks of the flake come to
        #[arg(long, conflicts_with = "installables", required_unless_present = "installables")]
        all: bool,
    },
}

/// What is looked for in the cache, or copied to it.
#[derive(Debug, Args)]
pub(crate) struct CacheWhat {
    /// Flake outputs or store paths, instead of the checks: .#hello, /nix/store/…
    #[arg(value_name = "INSTALLABLE", value_parser = installable)]
    pub(crate) installables: Vec<String>,
    /// The systems whose checks are meant; by itself this computer's
    #[arg(
        long,
        value_name = "SYSTEM",
        value_parser = system,
        conflicts_with = "installables"
    )]
    pub(crate) system: Vec<domi_model::Platform>,
    /// Also everything that they are built from
    #[arg(long)]
    pub(crate) closure: bool,
    /// How long the cache may take to answer
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub(crate) timeout: Duration,
    /// As one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// The nixpkgs to use instead of the flake's: a folder or a flake reference, as DOMI_NIXPKGS
    #[arg(long, value_name = "REF", value_parser = given)]
    pub(crate) nixpkgs: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Install nothing; print the command that would
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The systems of the machines; by itself, this computer's
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    pub(crate) system: Vec<domi_model::Platform>,
    #[command(flatten)]
    pub(crate) install: Install,
}

#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Install {
    /// Install what this computer lacks without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// Only print the commands
    #[arg(long)]
    pub(crate) plan: bool,
    /// Leave out the machine tests, and say so
    #[arg(long)]
    pub(crate) no_machine: bool,
    /// Where to write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE", default_value = "target/domi/ci.xml")]
    pub(crate) junit: PathBuf,
    #[command(flatten)]
    pub(crate) install: Install,
}

#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// The features to compare; all of them when none is named
    #[arg(value_name = "FEATURE", value_parser = given)]
    pub(crate) features: Vec<String>,
    /// Whose lib and NixOS modules to ask: a folder or a flake reference, as DOMI_NIXPKGS; the
    /// flake's where none is named
    #[arg(long, value_name = "REF", value_parser = given)]
    pub(crate) nixpkgs: Option<String>,
    /// How many settings of each feature
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) cases: usize,
    /// Which settings: the same seed gives the same ones
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only these settings, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = given)]
    pub(crate) settings: Option<String>,
    /// Also compare the feature of a manifest that no crate here prints
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Vec<PathBuf>,
    /// Write what NixOS says to tests/conformance, for comparisons without Nix
    #[arg(long, conflicts_with = "settings")]
    pub(crate) record: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure; everything, one after the other, where nothing is named
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// `generate --check` over many features whose plugins have been built and asked
    Generate {
        /// How many features; they are copies of this workspace's own
        #[arg(long, default_value_t = 1000)]
        features: usize,
        /// How often it is measured; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Machines: restored, booted, told to do things
    Machines,
    /// A feature's tests, from the command's start to its end
    Test {
        /// How often they are measured; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Many runs in a row and two at a time, and what they leave behind
    Soak {
        /// How many in a row
        #[arg(long, default_value_t = 100)]
        runs: usize,
        /// How many pairs at a time
        #[arg(long, default_value_t = 25)]
        pairs: usize,
    },
    /// The matrix of features with packages of their own: restored side by side, and booted one
    /// after the other
    Matrix {
        /// How many features, 20 at most
        #[arg(long, default_value_t = 20)]
        features: usize,
    },
    /// Plans of many jobs: made, cut into shards, and cut down to what a change touches
    Plan {
        /// How many features; they are copies of this workspace's own
        #[arg(long, default_value_t = 1000)]
        features: usize,
        /// How often it is measured; the median counts
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// The page of a run of many jobs, opened in a browser
    Page,
    /// Many restores of machines of both systems, and what they leave behind
    Restores {
        /// How many
        #[arg(long, default_value_t = 1000)]
        count: usize,
    },
    /// Nix evaluates all checks: together, and feature by feature. Wants nix, and network or
    /// DOMI_NIXPKGS
    Eval {
        /// How often it is measured; the median counts
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

fn required(text: &str) -> Result<Required, String> {
    if text == "kvm" {
        return Ok(Required::Kvm);
    }
    text.parse().map(Required::Backend).map_err(|error| format!("{error}, and there is kvm"))
}

pub(crate) fn system(text: &str) -> Result<domi_model::Platform, String> {
    let known = domi_model::Platform::ALL;
    let found = known.into_iter().find(|system| system.as_str() == text);
    found.ok_or_else(|| {
        format!("the systems are {}", known.map(domi_model::Platform::as_str).join(", "))
    })
}

/// What Nix cannot take for a flag.
fn installable(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('-') {
        return Err("a flake output or a store path is wanted, such as .#hello".to_owned());
    }
    Ok(text.to_owned())
}

/// What stands for an unset variable is a mistake, and not what the option's absence means.
fn given(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty; a variable that is not set, perhaps".to_owned());
    }
    Ok(text.to_owned())
}

/// The longest time that anybody may wish to wait.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A time such as `90s`, `5m` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || "a time such as 90s or 5m is wanted".to_owned();
    let span: jiff::SignedDuration = text.parse().map_err(|_| wanted())?;
    let time = Duration::try_from(span).ok().filter(|time| !time.is_zero()).ok_or_else(wanted)?;
    if time > LONGEST { Err("a year is the longest time".to_owned()) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_option_takes_an_empty_value() {
        use clap::CommandFactory;
        let mut command = Arguments::command();
        command.build();
        let mut found = 0;
        check_empty(&command, &mut vec!["xtask".to_owned()], &mut found);
        assert!(found > 50, "{found} options were tried");
    }

    fn check_empty(command: &clap::Command, words: &mut Vec<String>, found: &mut usize) {
        use clap::error::ErrorKind;
        // To Nix, no machine that builds for it is something to say; others pass words on.
        let said = |it: &&clap::Arg| it.get_id() != "builders" && !it.is_last_set();
        for argument in command.get_arguments().filter(said) {
            if !argument.get_action().takes_values() {
                continue;
            }
            let word = match argument.get_long() {
                Some("help") => continue,
                Some(long) => format!("--{long}="),
                None => String::new(),
            };
            let given = words.iter().cloned().chain([word]).collect::<Vec<_>>();
            let kind = Arguments::try_parse_from(&given).map_err(|error| error.kind());
            let refused = matches!(kind, Err(ErrorKind::InvalidValue | ErrorKind::ValueValidation));
            assert!(refused, "{given:?}: {kind:?}");
            *found += 1;
        }
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            words.push(below.get_name().to_owned());
            check_empty(below, words, found);
            words.pop();
        }
    }

    #[test]
    fn every_command_says_how_it_is_used() {
        use clap::CommandFactory;
        let mut text = String::new();
        help(Arguments::command().term_width(100), &mut text);
        insta::assert_snapshot!(text);
    }

    /// The help of a command and of those below it.
    fn help(mut command: clap::Command, text: &mut String) {
        command.build();
        *text += &format!("{}\n\n", command.render_help());
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            help(below.clone().term_width(100), text);
        }
    }

    #[test]
    fn a_time_has_a_unit_and_is_not_over_before_it_begins() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "90", "0s", "-1s", "soon", "8761h", "99999999999999999999h"] {
            duration(wrong).unwrap_err();
        }
    }
}

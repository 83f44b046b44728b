//! What can be set.

use domi::prelude::*;

/// Runs jobs that people of the machine hand in, a few at a time and within limits.
///
/// Whoever is in the group `batch` hands a job in. It is a script, which bash reads:
///
/// ```console
/// $ batch-submit <build.sh
/// 20261127-093012-4711
/// $ cat /var/spool/batch/done/20261127-093012-4711.log
/// ```
///
/// Once it has ended, what it has printed is in `done/<job>.log`, and its exit code in `done/<job>.status`. Both are
/// removed after some time (`keep`). Until then, `tries/<job>.log` has what it has printed so far.
///
/// **Who may what.** All jobs run as the user `batch`, which has no rights beside its own folders, and cannot
/// gain any. Whoever hands jobs in can do whatever that user can: see the results of others, for one. Nobody
/// else sees any.
///
/// **What is promised.** A job that was handed in is on the disk, and is run at least once. One that ends with
/// an exit code other than 0 is tried again, as often as `settings.tries` says. One that was running when its
/// worker or the machine ended is run again too, up to twice; the third time it ends with the exit code 125. A job that takes longer than `maxSeconds` is
/// ended, and has the exit code 124. What a job leaves in the background ends with it, unless it has a session
/// of its own: then it ends with the worker.
///
/// **Limits.** All jobs together are in `batch.slice`, and have `memory` and no more. Each worker has an equal
/// part of it, so that one job does not take the memory of the others.
///
/// **Changes.** A job that runs is not disturbed when the machine gets other settings: its worker goes on as
/// it is, and has other limits once it is started again. What stands in `/etc/batch/worker.toml` counts for
/// the next job. A new worker starts at once; one too many ends after its job. With another `folder`, workers go there
/// after their job, and what is in the old one stays there.
#[derive(Options)]
pub(crate) struct Batch {
    /// python3, 3.11 or newer, which runs the workers.
    #[option(default = "python3")]
    pub(crate) package: Package,

    /// Folder of the queue and of results. The parent folder must be there.
    #[option(default = "/var/spool/batch", example = "/srv/batch")]
    pub(crate) folder: AbsolutePath,

    /// How many jobs run at the same time.
    #[option(default = 2, range = 1..=64)]
    pub(crate) workers: u32,

    /// How much memory all jobs have together, in MiB.
    #[option(default = 1024, range = 64..=16_777_216)]
    pub(crate) memory: u32,

    /// How much of `memory` is left for what belongs to no worker, such as files in `scratch`, in MiB.
    #[option(default = 0, range = 0..=16_777_216)]
    pub(crate) reserved: u32,

    /// How much memory each worker has, in MiB.
    #[option(
        default = ((cfg.memory().to_i64() - cfg.reserved().to_i64()) / cfg.workers().to_i64()).max(32),
        default_text = "(memory - reserved) / workers, and at least 32",
        read_only,
        internal
    )]
    pub(crate) memory_per_worker: i64,

    /// How many seconds a job may take.
    #[option(default = 3600, range = 1..=2_592_000)]
    pub(crate) max_seconds: u32,

    /// How jobs stand behind everything else, where processors are wanted by both.
    #[option(default = Niceness::Low)]
    pub(crate) niceness: Niceness,

    /// How long results are kept, as {manpage}`tmpfiles.d(5)` writes it.
    #[option(default = "30d", example = "36h", matching = "[1-9][0-9]{0,4}(s|m|h|d|w)")]
    pub(crate) keep: String,

    /// Where jobs look for programs. Definitions of several modules are joined.
    #[option(
        default = "/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin",
        example = "/srv/tools/bin"
    )]
    pub(crate) search_path: Colons,

    /// Variables that jobs have, beside `PATH`, `HOME`, `TMPDIR` and `BATCH_JOB`. Everyone in the group can read
    /// them: no secrets.
    #[option(default = attrs! {}, example = attrs! { "MAKEFLAGS": "-j4", "OMP_NUM_THREADS": 2 })]
    pub(crate) environment: LazyMap<IntOrString>,

    /// Networks and machines that jobs reach: addresses, as `IPAddressAllow=` of {manpage}`systemd.resource-control(5)`
    /// takes them, one or several. Where none is named, jobs reach everything.
    #[option(default = [], example = ["localhost", "192.0.2.0/24"])]
    pub(crate) reachable: OneOrMany<NonEmptyStr>,

    /// Program that each job is started by, with the job's script as its argument: one in the Nix store, where
    /// nobody changes it. Where it is null, that is bash.
    pub(crate) interpreter: Option<StorePath>,

    /// Folder of a file system in memory, which jobs have as `TMPDIR`. It is there while somebody uses it. Where
    /// it is null, jobs have a folder in `/tmp` that nobody else sees.
    pub(crate) scratch: Option<Scratch>,

    /// What jobs and people may want to know of the machine, whatever that is. It is at
    /// `/etc/batch/facts.json`, for everybody.
    #[option(default = attrs! {}, example = attrs! { "site": "berlin", "licences": 4 })]
    pub(crate) facts: Anything,

    /// What `batch-submit` tells people first: lines, or a list of them.
    #[option(default = "", example = "No jobs on Sunday, please.")]
    pub(crate) notice: LinesOrList,

    /// An account for people who look after the queue.
    #[option(default = attrs! {}, example = attrs! { "enable": true })]
    pub(crate) operator: Operator,

    /// Other settings of the workers. Jobs find what is added here in `/etc/batch/worker.toml`.
    #[option(default = attrs! {}, example = attrs! { "tries": 3, "site": { "name": "berlin" } })]
    pub(crate) settings: Settings<Toml, Worker>,
}

/// How jobs stand behind everything else.
#[derive(Options)]
pub(crate) enum Niceness {
    /// They do not.
    None = 0,
    /// They get less.
    Low = 10,
    /// They get what nobody else wants.
    Idle = 19,
}

/// A file system in memory.
#[derive(Options)]
pub(crate) struct Scratch {
    /// How large it may become, in MiB. What is in it counts as memory of the jobs that wrote it.
    #[option(default = 256, range = 1..=1_048_576)]
    pub(crate) size: u32,
}

/// An account for people who look after the queue.
#[derive(Options)]
pub(crate) struct Operator {
    /// Whether there is the user `batch-operator`, who may hand jobs in, remove them and read the journal, and
    /// the command `batch-retry`, which hands a job that failed in again.
    #[option(default = false)]
    pub(crate) enable: bool,

    /// Whether that user may log in from other machines: there is an SSH server, unless another module says
    /// otherwise. Its keys are set as those of any user, with
    /// `users.users.batch-operator.openssh.authorizedKeys.keys`.
    #[option(default = false)]
    pub(crate) remote: bool,
}

/// What workers go by.
#[derive(Options)]
pub(crate) struct Worker {
    /// How often a job is run until it ends with 0.
    #[option(default = 1, range = 1..=100)]
    pub(crate) tries: u32,

    /// How many seconds a failed job waits for its next try: a number for all tries, or a list that has one for
    /// each.
    #[option(default = Either::Left(10), example = Either::Right(vec![1, 10, 60]))]
    pub(crate) wait: Either<u32, Vec<u32>>,

    /// How many times as long as before it waits after each further try, where `wait` is a number.
    #[option(default = 2, range = 1.0..=10.0)]
    pub(crate) growth: f64,

    /// How many seconds a worker sleeps that found nothing to do.
    #[option(default = Float(0.5), hidden)]
    pub(crate) poll: Float,
}

/// The user that jobs run as, its group, and what everything is called by.
pub(crate) const NAME: &str = "batch";

/// The folder of the queue, without a slash at its end.
pub(crate) fn folder(cfg: &Expr<Batch>) -> Expr<String> {
    cfg.folder().without_suffix("/")
}

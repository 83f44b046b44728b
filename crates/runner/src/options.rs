use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domi_host::Interrupt;

use crate::durations::Durations;

/// How to run a plan.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The folder of the runs' folders: `target/domi/runs`.
    pub runs: PathBuf,
    /// The variable that names another one.
    pub runs_moved_by: Option<&'static str>,
    /// The cache folder, as [`domi_host::dirs::cache`] has it.
    pub cache: PathBuf,
    /// How many jobs may run at once; by default as many as the computer has processors.
    pub jobs: Option<usize>,
    /// How long a step may take.
    pub step_limit: Duration,
    /// How long all steps of a test may take.
    pub test_limit: Duration,
    /// How long a job may be silent before that is said.
    pub patience: Duration,
    /// How long jobs took, so that the longest begin first; by default what was seen in `runs`.
    pub durations: Option<Durations>,
    /// Whether passes of the past count where nothing has changed.
    pub use_cache: bool,
    /// The run that is gone on with: its passes count in any case.
    pub resume: Option<String>,
    /// How often a test that failed is tried again. One that passes then is flaky, not good.
    pub retries: u32,
    /// Whether to begin nothing more after the first failure.
    pub fail_fast: bool,
    /// Whether a person gets into the machine after the last step, or the one that failed.
    pub shell: bool,
    /// Whether to run nothing on emulated processors.
    pub require_kvm: bool,
    /// The command that started this run, word by word.
    pub command: Vec<String>,
    /// The words with which a test is run: `["cargo", "xtask", "test"]`.
    pub repeat: Vec<String>,
    /// Whether these words want the name of a feature after them, before that of a test.
    pub repeat_names_feature: bool,
    /// What they want after them in its place, for features that are not asked for by their names.
    pub repeat_words: BTreeMap<String, Vec<String>>,
    /// Ends everything.
    pub interrupt: Interrupt,
}

/// How long a step may take where nobody says otherwise. Emulation is slow, and what hangs is
/// noticed by then.
const STEP_LIMIT: Duration = Duration::from_secs(90);
/// How long a test may take where nobody says otherwise.
pub const TEST_LIMIT: Duration = Duration::from_secs(600);
/// How long a job may be silent where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

impl RunOptions {
    /// What is usual: everything is tried once, to the end, and nothing is asked for in particular.
    pub fn new(runs: PathBuf, cache: PathBuf) -> Self {
        Self {
            runs,
            runs_moved_by: None,
            cache,
            jobs: None,
            step_limit: STEP_LIMIT,
            test_limit: TEST_LIMIT,
            patience: PATIENCE,
            durations: None,
            use_cache: true,
            resume: None,
            retries: 0,
            fail_fast: false,
            shell: false,
            require_kvm: false,
            command: Vec::new(),
            repeat: ["cargo", "xtask", "test"].map(str::to_owned).to_vec(),
            repeat_names_feature: true,
            repeat_words: BTreeMap::new(),
            interrupt: Interrupt::default(),
        }
    }
}

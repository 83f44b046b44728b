//! What a backend is: what it says of a test before a run, and what it does in one.

use std::fmt::Debug;
use std::sync::Arc;

use domi_event::Prepared;
use domi_model::{Manifest, Platform, Test};

use crate::done::{Artifacts, Done, Unable};
use crate::job::Job;
use crate::kind::BackendKind;
use crate::offer::{Coverage, Offer, Refused, Wanted};
use crate::options::RunOptions;
use crate::reporter::Reporter;
use crate::schedule::Weight;

/// A way to run jobs, as it is known before a run.
pub trait Backend: Debug + Send + Sync {
    /// Its row of the table.
    fn kind(&self) -> BackendKind;

    /// Whether it can run a test here, and why it can or cannot.
    ///
    /// # Errors
    /// When it cannot.
    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused>;

    /// Whether it goes before stronger ones that run the same system, because someone allowed it.
    /// Where it cannot run a test, that is said of what does.
    fn goes_first(&self) -> bool {
        false
    }

    /// What of a job's test it leaves out.
    fn coverage(&self, _: &Job) -> Coverage {
        Coverage::default()
    }

    /// Whether a job needs what [`Session::prepare`] finds, a key and another try. One that does
    /// not is decided at once, whatever this computer lacks.
    fn needs_machine(&self, _: &Job) -> bool {
        true
    }

    /// What it tests of a feature beside the feature's own tests, where it was asked for and no
    /// test was named.
    fn more_tests(&self, _: &Manifest) -> Vec<Test> {
        Vec::new()
    }

    /// Begins a run. `jobs` are all jobs of it, of other backends as well.
    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a>;
}

/// A backend in a run. Several jobs use it at once.
pub trait Session: Sync {
    /// Finds out what the jobs of a system will run on. Asked for once, before the first job, and
    /// only when a job needs machines.
    ///
    /// # Errors
    /// When no job of the system can run.
    fn prepare(&self, system: Platform, reporter: &Reporter) -> Result<Prepared, Unable>;

    /// How much of this computer a job needs.
    fn weight(&self, _: &Job) -> Weight {
        Weight::default()
    }

    /// What of the machines of a job could change its verdict; nothing where no verdict is worth
    /// keeping.
    ///
    /// Making that known may take long: it may build an image.
    ///
    /// # Errors
    /// When the job cannot be decided.
    fn key(&self, job: &Job, reporter: &Reporter) -> Result<Option<String>, Unable>;

    /// Whether finding the key is part of what a job is for, so that its time counts. Evaluating
    /// is; making an image that others use as well is not.
    fn key_is_work(&self) -> bool {
        false
    }

    /// Runs a job to its end.
    fn run(&self, job: &Job, folder: &Artifacts, reporter: &Reporter) -> Done;

    /// What of the command line has a job run here and in this way, word by word.
    fn repeat(&self, job: &Job) -> Vec<String> {
        vec!["--backend".to_owned(), job.backend.to_string()]
    }
}

/// What cannot run at all answers every job with the reason.
impl Session for Unable {
    fn prepare(&self, _: Platform, _: &Reporter) -> Result<Prepared, Unable> {
        Err(self.clone())
    }

    fn key(&self, _: &Job, _: &Reporter) -> Result<Option<String>, Unable> {
        Err(self.clone())
    }

    fn run(&self, _: &Job, _: &Artifacts, _: &Reporter) -> Done {
        self.clone().into()
    }
}

/// The backends that may run jobs, the strongest first.
#[derive(Debug, Clone, Default)]
pub struct Backends(Vec<Arc<dyn Backend>>);

impl Backends {
    /// These and one more, which takes the place of one of its kind.
    #[must_use]
    pub fn with(mut self, backend: impl Backend + 'static) -> Self {
        self.0.retain(|other| other.kind() != backend.kind());
        self.0.push(Arc::new(backend));
        self.0.sort_by_key(|backend| std::cmp::Reverse(backend.kind()));
        self
    }

    /// The one of a kind.
    pub fn get(&self, kind: BackendKind) -> Option<&dyn Backend> {
        self.iter().find(|backend| backend.kind() == kind)
    }

    /// All of them, the strongest first.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Backend> {
        self.0.iter().map(|backend| &**backend)
    }
}

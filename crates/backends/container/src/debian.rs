//! Debian in containers, as a backend.

use std::path::PathBuf;
use std::sync::OnceLock;

use domi_container::Probes;
use domi_model::{Problem, TestBody};
use domi_portable_system::Case;
use domi_runner::{
    Backend, BackendKind, Coverage, Job, Offer, Realiser, Refused, RunOptions, Session, Unable,
    Wanted, host_system,
};

use crate::codes::{NONE_HERE, NOT_FOR_CONTAINERS};
use crate::kept;
use crate::options::ContainerOptions;
use crate::roots::Roots;
use crate::session::ContainerSession;

/// The backend. Who has it among the backends allows containers.
#[derive(Debug)]
pub struct Container {
    cache: PathBuf,
    probes: OnceLock<Result<Probes, String>>,
    own: Option<(ContainerOptions, Roots)>,
}

impl Container {
    /// One that can plan jobs. What this computer lets containers have is kept in the cache (see
    /// `domi_host::dirs::cache`).
    pub fn planned(cache: PathBuf) -> Self {
        Self { cache, probes: OnceLock::new(), own: None }
    }

    /// One that can run jobs, too. What was booted for a run and not used serves the next, and ends
    /// with this.
    pub fn new(cache: PathBuf, options: ContainerOptions) -> Self {
        let roots = Roots::new(options.clone());
        Self { own: Some((options, roots)), ..Self::planned(cache) }
    }

    pub(crate) fn probes(&self) -> Result<&Probes, &str> {
        let found = self.probes.get_or_init(|| {
            let probes = Probes::known(&self.cache).map_err(|error| error.to_string())?;
            match probes.missing() {
                Some(missing) => Err(missing),
                None => Ok(probes),
            }
        });
        found.as_ref().map_err(String::as_str)
    }

    /// Whether this computer's containers can hold the machines of a test, whatever runs in them.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_hold(&self, wanted: &Wanted<'_>, kind: BackendKind) -> Result<(), Refused> {
        if Some(wanted.system) != host_system() {
            let message = format!(
                "a container has the architecture of this computer, and the test is for {}",
                wanted.system.as_str()
            );
            return Err(refused(wanted, &message, "it is for another architecture"));
        }
        if wanted.systems().len() > 1 {
            let message = "a container has the architecture of this computer, and the machines of this test \
                           are not of one";
            return Err(refused(wanted, message, "its machines are not of one architecture"));
        }
        if wanted.variant.driven {
            let message = "the NixOS test driver drives machines, not containers";
            return Err(refused(wanted, message, "the driver drives machines"));
        }
        if let Err(missing) = self.probes() {
            let problem = Problem::error(NONE_HERE, kind.as_str(), missing)
                .next("`cargo xtask guest probe --again` shows what is there and what is not");
            let (why, brief) = (missing.to_owned(), "this computer has none".to_owned());
            return Err(Refused { problem: Box::new(problem), why, brief, none_here: true });
        }
        Ok(())
    }

    /// Why a test cannot be one of containers, as far as that is known before it runs.
    pub(crate) fn not_kept(
        &self,
        case: &Case<'_>,
        body: &TestBody,
        realiser: Realiser,
    ) -> Option<String> {
        let (TestBody::Run(run), Ok(probes)) = (body, self.probes()) else { return None };
        let provisions = match realiser {
            // Settings that are refused are the test's failure, wherever it runs.
            Realiser::Rust => domi_portable_system::of_rust(case, run).unwrap_or_default(),
            // What Nix makes of them is known only when it has; what the test says, before.
            Realiser::Nix => Vec::new(),
        };
        kept::not_kept(run, &provisions, probes)
    }
}

impl Backend for Container {
    fn kind(&self) -> BackendKind {
        BackendKind::PORTABLE_CONTAINER
    }

    fn goes_first(&self) -> bool {
        true
    }

    fn offer(&self, wanted: &Wanted<'_>) -> Result<Offer, Refused> {
        let asked = wanted.asked.is_some();
        if matches!(wanted.test.body, TestBody::Refuse(_)) {
            return Ok(Offer::default());
        }
        self.may_hold(wanted, self.kind())?;
        if !asked && wanted.variant.realiser == Realiser::Nix {
            let message = "what Nix evaluates is known only when it has";
            return Err(refused(wanted, message, message));
        }
        let case = Case {
            manifest: wanted.manifest,
            previous: wanted.previous,
            set: wanted.set,
            beside: wanted.beside,
            driven: false,
        };
        match self.not_kept(&case, &wanted.test.body, wanted.variant.realiser) {
            // Who asks for it gets it for the tests that it can be had for.
            Some(why) if !asked => Err(refused(wanted, &why, &why)),
            _ => Ok(Offer {
                why: "containers are allowed here, by test.containers in domi.toml or --containers"
                    .to_owned(),
                brief: "containers are allowed".to_owned(),
                how: ", on this computer's own kernel".to_owned(),
                ..Offer::default()
            }),
        }
    }

    fn coverage(&self, job: &Job) -> Coverage {
        let coverage = domi_portable_system::coverage(job);
        if coverage.skip.is_some() {
            return coverage;
        }
        let not_kept = self.not_kept(&Case::of(job), &job.test.body, job.variant.realiser);
        let skip = not_kept.map(|why| kept::skipped(&why));
        Coverage { skip, ..coverage }
    }

    fn needs_machine(&self, job: &Job) -> bool {
        matches!(job.test.body, TestBody::Run(_))
    }

    fn open<'a>(&'a self, jobs: &'a [Job], options: &'a RunOptions) -> Box<dyn Session + 'a> {
        match &self.own {
            Some((own, roots)) => Box::new(ContainerSession::new(jobs, options, own, roots)),
            // It was only planned.
            None => Box::new(Unable::Failed("nobody has said what containers are like".to_owned())),
        }
    }
}

pub(crate) fn refused(wanted: &Wanted<'_>, why: &str, brief: &str) -> Refused {
    let problem = Problem::error(NOT_FOR_CONTAINERS, &wanted.test.name, why)
        .next("leave out --backend, or name another");
    Refused { brief: brief.to_owned(), ..Refused::from(problem) }
}

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use domi_runner::{BackendKind, Programs};
use domi_transplant::OwnRow;

use super::{GuestRequest, NixRequest};
use crate::arguments::{Choice, Conduct, Install, Reports, Required};
use crate::config::Config;

/// What `test` and `matrix` are asked for: which jobs, what runs them and how.
#[derive(Debug, Clone)]
pub(crate) struct RunRequest {
    pub(crate) choice: Choice,
    /// Only show what would run.
    pub(crate) plan: bool,
    pub(crate) backend: Option<BackendKind>,
    pub(crate) require: Vec<Required>,
    pub(crate) allow_tcg: bool,
    pub(crate) nix: NixRequest,
    pub(crate) guest: GuestRequest,
    /// What stands for packages of nixpkgs on portable machines.
    pub(crate) packages: BTreeMap<String, OwnRow>,
    /// Whose programs portable machines have, where Nix makes their systems.
    pub(crate) programs: Programs,
    /// The same where no command says it.
    pub(crate) usual_programs: Programs,
    pub(crate) use_cache: bool,
    pub(crate) retries: u32,
    /// How long a test may take; `None` is the usual.
    pub(crate) test_limit: Option<Duration>,
    /// How long a step may take; `None` is the usual.
    pub(crate) step_limit: Option<Duration>,
    /// How many machines may run at once; `None` is as many as this computer can bear.
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) cold: bool,
    /// Whether containers may take the place of machines here.
    pub(crate) containers: bool,
    /// Whether tests are done in containers and on machines, and compared.
    pub(crate) both_lanes: bool,
    /// Show events as JSON lines.
    pub(crate) json: bool,
    pub(crate) reports: Reports,
    pub(crate) install: Install,
}

impl RunRequest {
    /// An argument wins over `domi.toml`.
    pub(crate) fn new(choice: Choice, conduct: Conduct, config: &Config) -> Self {
        Self {
            choice,
            plan: conduct.plan,
            backend: conduct.backend,
            require: conduct.require,
            allow_tcg: conduct.allow_tcg,
            nix: NixRequest::new(&conduct.nix),
            guest: GuestRequest::new(config),
            packages: config.packages.clone(),
            programs: Programs::default(),
            usual_programs: config.store.unwrap_or_default(),
            use_cache: !conduct.no_cache,
            retries: conduct.retries,
            test_limit: conduct.timeout.or(config.test_limit),
            step_limit: config.step_limit,
            jobs: conduct.jobs.or(config.jobs),
            cold: conduct.cold,
            // A container has the architecture of this computer.
            containers: conduct.containers
                || domi_runner::host_system()
                    .is_some_and(|system| config.containers.contains(&system)),
            both_lanes: false,
            json: conduct.json,
            reports: conduct.reports,
            install: conduct.install,
        }
    }
}

impl RunRequest {
    /// Whether containers are asked for, not just allowed.
    pub(crate) fn asks_for_containers(&self) -> bool {
        self.both_lanes || self.backend == Some(BackendKind::PORTABLE_CONTAINER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        given: (Option<u64>, Option<usize>),
        file: &str,
        expected: (Option<u64>, Option<usize>),
    ) {
        let conduct = Conduct {
            timeout: given.0.map(Duration::from_secs),
            jobs: given.1.and_then(NonZeroUsize::new),
            ..Conduct::default()
        };
        let (config, _) = crate::config::read(file).expect("it can be read");
        let request = RunRequest::new(Choice::default(), conduct, &config);
        let found = (request.test_limit.map(|it| it.as_secs()), request.jobs.map(usize::from));
        assert_eq!(found, expected);
    }

    #[test]
    fn an_argument_wins_over_the_file_and_the_file_over_what_is_usual() {
        let file = "limits.test = '90s'\ntest.jobs = 3\n";
        check((None, None), "", (None, None));
        check((None, None), file, (Some(90), Some(3)));
        check((Some(5), None), file, (Some(5), Some(3)));
        check((None, Some(1)), file, (Some(90), Some(1)));
    }
}

//! A check, built: its machines run within the build.

use std::time::Duration;

use domi_console::emulation_failed;
use domi_event::{Body, Diagnostics, JobProgress, Verdict, millis};
use domi_host::command::End;
use domi_nix_command::{Build, Derivation, NixFailed, Said};
use domi_runner::{Artifacts, BackendKind, Done, Job, Reporter, Unable};
use std::time::Instant;

use crate::check::check_of;
use crate::kept;
use crate::session::NixosSession;
use crate::unable::unable;

/// Why a test is run again.
const SPOILED: &str = "QEMU's emulation made the kernel of a machine panic";

/// How often the line that a build has just printed is told.
const TOLD_EVERY: Duration = Duration::from_millis(200);

impl NixosSession<'_> {
    /// First what the test needs, in as much time as that takes, then the test within its limit.
    pub(super) fn build(
        &self,
        job: &Job,
        derivation: &Derivation,
        folder: &Artifacts,
        reporter: &Reporter,
    ) -> Done {
        if let Some(driver) = &derivation.driver {
            let stage = reporter.stage(
                format!("building what {} needs", check_of(job)),
                Some(job.system),
                None,
            );
            let build = self.call(job, driver, self.with.build_limit, reporter);
            drop(stage);
            if let Err(failed) = &build.built {
                keep_logs(failed, &build, folder);
                return not_built(failed, &build);
            }
        }
        let begun = Instant::now();
        let run = || {
            let build = self.call(job, &derivation.drv_path, self.limit, reporter);
            if let Err(failed) = &build.built {
                // Also of a test that somebody has stopped.
                keep_logs(failed, &build, folder);
            }
            build
        };
        let mut build = run();
        let mut is_spoiled = self.is_spoiled(job, &build, derivation);
        if is_spoiled {
            reporter.note(Some(&job.id), format!("{SPOILED}, and the test is run again"));
            build = run();
            is_spoiled = self.is_spoiled(job, &build, derivation);
        }
        if is_spoiled {
            return Unable::Broken(SPOILED.to_owned()).into();
        }
        let mut done = match &build.built {
            Ok(_)
                if build.log.of(&derivation.drv_path).is_empty()
                    && !build.log.built(&derivation.drv_path) =>
            {
                let reason = "nix has its result already".to_owned();
                return Done { reason, ..Done::of(Verdict::Cached) };
            }
            Ok(_) => Done::of(Verdict::Passed),
            Err(failed) => self.failed(failed, &build, derivation),
        };
        done.machine_millis = millis(begun.elapsed());
        done
    }

    fn call(&self, job: &Job, drv: &str, limit: Duration, reporter: &Reporter) -> Build {
        let nix = &self.with.nix;
        let mut words = vec![nix.outputs_of(drv), "--keep-failed".to_owned()];
        if let Some(builders) = &self.with.builders {
            words.extend(["--builders".to_owned(), builders.clone()]);
        }
        if self.kind == BackendKind::NIXOS_VM && self.here.allow_tcg {
            // QEMU emulates where there is no KVM; only Nix would not let it try.
            let mut features: Vec<&str> =
                self.with.capabilities.features.iter().map(String::as_str).collect();
            features.extend(["kvm", "nixos-test"]);
            words.extend(["--option", "system-features", &features.join(" ")].map(str::to_owned));
        }
        let mut told = None::<Instant>;
        nix.build(words, limit, self.interrupt, |said| {
            let what = match said {
                Said::Line { line, .. } => line,
                Said::Doing(what) => what,
                Said::Phase { .. } | Said::Building { .. } => return,
                Said::Warning(warning) => return reporter.note(Some(&job.id), warning),
            };
            if told.is_none_or(|told| told.elapsed() > TOLD_EVERY) {
                told = Some(Instant::now());
                reporter.report(Body::JobProgress(JobProgress { job: job.id.clone(), what }));
            }
        })
    }

    /// Whether a test failed on a machine that was emulated, and wrongly so. On a processor that is
    /// not emulated, the same words are the kernel's own fault.
    fn is_spoiled(&self, job: &Job, build: &Build, derivation: &Derivation) -> bool {
        let emulated =
            self.kind == BackendKind::NIXOS_VM && self.here.vm_accelerator(job.system).0 == "tcg";
        emulated
            && build.built.is_err()
            && emulation_failed(&build.log.of(&derivation.drv_path).join("\n"))
    }

    fn failed(&self, failed: &NixFailed, build: &Build, derivation: &Derivation) -> Done {
        let NixFailed::Ended { end, .. } = failed else { return unable(failed).into() };
        let itself = build.log.failed().contains(&derivation.drv_path);
        let message = match end {
            End::TimedOut => {
                format!("the test took longer than {} seconds", self.limit.as_secs())
            }
            End::Exit(_) if itself => "the test fails on NixOS".to_owned(),
            _ => return not_built(failed, build),
        };
        let printed = build.log.of(&derivation.drv_path);
        let diagnostics = Diagnostics { message, said: ended(&printed), ..Diagnostics::default() };
        Done { diagnostics: Some(Box::new(diagnostics)), ..Done::of(Verdict::Failed) }
    }
}

/// The test has not begun, or its build came to no end of its own.
fn not_built(failed: &NixFailed, build: &Build) -> Done {
    let mut done: Done = unable(failed).into();
    let printed: Vec<String> =
        build.log.failed().iter().flat_map(|drv| build.log.of(drv)).collect();
    if !printed.is_empty() {
        let message = "what the test needs cannot be built".to_owned();
        let said = ended(&printed);
        done.diagnostics = Some(Box::new(Diagnostics { message, said, ..Diagnostics::default() }));
    }
    done
}

/// Everything that was printed, for a failed build leaves no file of it.
fn keep_logs(failed: &NixFailed, build: &Build, folder: &Artifacts) {
    let said = build.log.said();
    let command = match failed {
        NixFailed::Ended { command, .. } => command,
        _ => "nix",
    };
    folder.keep("nix.log", &format!("$ {command}\n{said}\n"));
    for (drv, lines) in build.log.all() {
        let name = drv.rsplit('/').next().unwrap_or(drv).trim_end_matches(".drv");
        folder.keep(&format!("{name}.log"), &(lines.join("\n") + "\n"));
    }
    kept::take(&said, folder);
}

/// The end of a text, as much as is of use in a report.
fn ended(lines: &[String]) -> String {
    lines[lines.len().saturating_sub(100)..].join("\n")
}

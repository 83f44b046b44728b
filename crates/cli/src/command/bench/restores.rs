//! Restores many machines, and counts failures and what is left behind.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use domi_guest::{Drive, Machine, Options, Snapshot};
use domi_model::Platform;

use super::measure::{self, Traces};
use crate::arguments::Install;
use crate::context::Context;
use crate::failure::Result;
use crate::request::GuestRequest;
use crate::{Exit, guests, setup};

/// How long a machine may take to answer.
const LIMIT: Duration = Duration::from_secs(60);

/// Restores machines of both systems one system after the other; each has to answer once.
pub(super) fn run(context: &Context, guest: &GuestRequest, count: usize) -> Result<Exit> {
    setup::ensure(context, &setup::Wanted::machines(Platform::ALL.into()), Install::default())?;
    let image = |system: Platform| -> Result<Snapshot> {
        Ok(guests::open_for(context, guest, system)?.image(&|_| ())?)
    };
    let images = Platform::ALL.map(|system| image(system).map(|image| (system, image)));
    let images = images.into_iter().collect::<Result<Vec<_>>>()?;
    let logs = tempfile::tempdir().context("no folder for temporary files")?;
    let options = Options {
        name: "bench".to_owned(),
        serial_log: logs.path().join("serial.log"),
        network: None,
        store: None,
        interrupt: context.interrupt.clone(),
    };
    let once = |image: &Snapshot| -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let mut machine = Machine::restore(image, options.clone())?;
        let answer = machine.execute("uname -m", LIMIT)?;
        anyhow::ensure!(answer.status == 0, "uname ended with {}", answer.status);
        Ok(begun.elapsed())
    };
    let before = Traces::now()?;
    let mut failed = 0;
    for (system, image) in &images {
        let (mut times, mut failures) = (Vec::new(), 0);
        for _ in 0..count / images.len() {
            context.interrupt.check()?;
            match once(image) {
                Ok(took) => times.push(took),
                Err(error) => {
                    failures += 1;
                    data!("{}: {error:#}", system.as_str())?;
                }
            }
        }
        data!("{}: {} restores, {failures} failures", system.as_str(), times.len() + failures)?;
        failed += failures;
        if !times.is_empty() {
            measure::print("restored and answered", times)?;
        }
    }
    data!("before: {before}\nafter:  {}", Traces::now()?)?;
    Ok(if failed == 0 { Exit::Pass } else { Exit::Failed })
}

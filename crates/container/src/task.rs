//! A script that runs over an image without a boot, for what it leaves in a folder.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use fs_err as fs;

use crate::containers::Containers;
use crate::job::Root;
use crate::stored::Image;
use crate::{Error, Result};

/// A script of `/bin/sh`. It has no network, and nothing that it changes stays.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The script. The files that it gets are in `/run/files`.
    pub script: &'a str,
    /// A folder of the root that it fills, below `/`: `out`.
    pub result: &'a str,
    /// How long it may take.
    pub limit: Duration,
}

impl Containers {
    /// Runs a script over an image. `fill` puts the files into a folder that it gets, and `take` takes
    /// the result from one; that is gone afterwards. `take` also gets what the script printed.
    ///
    /// # Errors
    /// When the script cannot be run, or ends with another code than 0.
    pub fn task<T>(
        &self,
        image: &Image,
        task: &Task<'_>,
        fill: impl FnOnce(&Path) -> anyhow::Result<()>,
        take: impl FnOnce(&Path, &str) -> anyhow::Result<T>,
    ) -> Result<T> {
        let disk = self.folder()?;
        let folder = disk.folder().context("a disk in a folder has one")?;
        let (above, work) = (folder.join("upper"), folder.join("work"));
        let (files, log) = (folder.join("files"), folder.join("log"));
        fs::create_dir(&files)?;
        fill(&files)?;
        let roots = image.roots();
        let below: Vec<&Path> = roots.iter().map(|root| &**root).collect();
        let root = Root { below: &below, above: &above, work: &work, base: self.base() };
        self.job_of(&log, task.limit).script(&root, task.script, &files)?;
        let printed = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        take(&above.join(task.result), &printed).map_err(Error::Other)
    }
}

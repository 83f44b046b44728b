use std::path::PathBuf;

use crate::disk::{Below, Second};
use crate::hardware::Hardware;
use crate::identity::Names;

/// What a machine is made of, except its memory and the disk it writes to.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) hardware: Hardware,
    /// What is below the disk it writes to.
    pub(crate) below: Below,
    /// The second disk, `/dev/vdb`, which is read-only.
    pub(crate) second: Second,
    /// What it boots.
    pub(crate) kernel: Kernel,
    /// Who gives it its names.
    pub(crate) names: Names,
}

/// A kernel and its command line.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    pub(crate) image: PathBuf,
    pub(crate) initrd: PathBuf,
    pub(crate) arguments: String,
}

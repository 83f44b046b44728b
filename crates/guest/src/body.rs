use std::path::PathBuf;

use crate::disk::Below;
use crate::hardware::Hardware;

/// What a machine is made of, except its memory and the disk it writes to.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) hardware: Hardware,
    /// What is below the disk it writes to.
    pub(crate) below: Below,
    /// What it boots.
    pub(crate) kernel: Kernel,
}

/// A kernel and its command line.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    pub(crate) image: PathBuf,
    pub(crate) initrd: PathBuf,
    pub(crate) arguments: String,
}

use clap::Args;

/// Whether to ask before something is installed.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Install {
    /// Install what this computer lacks without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

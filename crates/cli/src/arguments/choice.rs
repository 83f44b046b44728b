use clap::Args;
use domi_model::Platform;
use domi_runner::Filter;

use crate::values::{given, system};

/// Which tests, on which systems.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Choice {
    /// The features [default: all]
    #[arg(value_name = "FEATURE", value_parser = given)]
    pub(crate) features: Vec<String>,
    /// Only tests whose name contains this
    #[arg(short, long, value_name = "NAME", value_parser = given)]
    pub(crate) test: Vec<String>,
    /// Only jobs that match, such as `not system(aarch64-linux)`
    #[arg(short = 'E', long, value_name = "EXPRESSION")]
    pub(crate) filter: Option<Filter>,
    /// Only jobs that a change since this commit affects
    #[arg(
        long,
        value_name = "BASE",
        num_args = 0..=1,
        require_equals = true,
        value_parser = given
    )]
    pub(crate) affected: Option<Option<String>>,
    /// Say for each feature why it is affected, or why not
    #[arg(long, requires = "affected")]
    pub(crate) explain: bool,
    /// The system under test; may be given several times
    #[arg(long, value_name = "SYSTEM", value_parser = system)]
    pub(crate) system: Vec<Platform>,
}

impl Choice {
    /// Whether it leaves nothing out.
    pub(crate) fn is_everything(&self) -> bool {
        let Self { features, test, filter, affected, explain: _, system } = self;
        features.is_empty()
            && test.is_empty()
            && filter.is_none()
            && affected.is_none()
            && system.is_empty()
    }
}

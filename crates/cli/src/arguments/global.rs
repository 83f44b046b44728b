use clap::{ArgAction, Args, ValueEnum};

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// When to use colours: auto (the default), always or never
    #[arg(
        long,
        global = true,
        display_order = 90,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: Color,
    /// Say more about what is done and what fails; -vv says still more
    #[arg(short, long, global = true, display_order = 91, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// `auto` means: on a terminal, unless `NO_COLOR` or `CLICOLOR` say otherwise.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<Color> for domi_report::Colour {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

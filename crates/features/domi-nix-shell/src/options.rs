//! What can be set.

use domi::prelude::*;

/// The bare shell of a machine: what its features do, at the login prompt of each console, by the
/// command `domi-status`, and on a small page.
///
/// The trunk enables it and shows every feature of the machine. Elsewhere, say what is shown:
///
/// ```nix
/// {
///   domi.ui.domi-nix-shell = {
///     enable = true;
///     features.shop = {
///       summary = "Sells books";
///       units = [ "shop.service" "shop-backup.timer" ];
///     };
///     page.enable = true;
///   };
/// }
/// ```
///
/// **The command.** `domi-status` says what each unit does, those first that do not do what they should.
/// It ends with 0 when all is well, with 1 when a unit has failed, is missing, was stopped or starts
/// again and again, and with 3 when systemd does not answer. With `--json` it prints one JSON document.
/// Everybody on the machine may call it: systemd tells everybody.
///
/// **The prompt.** Before it stand the machine's name, its system and each feature with its state. This
/// is shown to whoever stands before the console. It is drawn again when a state changes, unless somebody
/// types. It is there from when the machine has started; who was quicker sees it a moment later.
///
/// **The page** is off by default. Where it is on, it listens to this machine alone, whose users can all
/// read it; `ssh -L 8090:localhost:8090 machine` shows it to you elsewhere. It answers names of this
/// machine only, so that a page of somebody else cannot read it in your browser. `/status.json` is what
/// `domi-status --json` prints. When nobody looks after it any more, it says so instead of an old state.
///
/// **What is not.** A service is asked for its state as systemd knows it, not for whether it does its
/// work: that is for `metrics`. Templates, such as `restore@.service`, have no state.
#[derive(Options)]
pub(crate) struct DomiNixShell {
    /// What is shown: features, or anything else that has units, by name. Other features and modules may
    /// add to it.
    #[option(
        default = attrs! {},
        example = attrs! { "shop": { "summary": "Sells books", "units": ["shop.service"] } }
    )]
    pub(crate) features: BTreeMap<String, Attached>,

    /// How often the prompt and the page look at it, in seconds.
    #[option(default = 10, range = 1..=3600)]
    pub(crate) refresh_seconds: u32,

    /// The page.
    #[option(default = attrs! {})]
    pub(crate) page: Page,
}

/// A feature that is shown.
#[derive(Options)]
pub(crate) struct Attached {
    /// What it is, in a few words.
    #[option(default = "", example = "Sells books")]
    pub(crate) summary: SingleLineStr,

    /// Its units, by their full names.
    #[option(
        default = [],
        example = ["shop.service"],
        matching = "[A-Za-z0-9:_.-]+(@[A-Za-z0-9:_.-]+)?\\.(service|socket|timer|path|mount|\
                    automount|swap|slice|target|scope|device)"
    )]
    pub(crate) units: Vec<String>,
}

/// The page.
#[derive(Options)]
pub(crate) struct Page {
    /// Whether there is one.
    #[option(default = false)]
    pub(crate) enable: bool,

    /// TCP port to listen on, at 127.0.0.1 alone.
    #[option(default = 8090)]
    pub(crate) port: Port,
}

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Signals that come within this time of the first one are the same wish. Whoever passes a signal
/// on to a process and to its group sends it twice, as `timeout` does.
const ECHO: Duration = Duration::from_millis(500);

/// Says whether the user asked to stop (Ctrl-C, SIGTERM or SIGHUP).
///
/// Everything that waits checks it, unwinds, and lets its own `Drop` clean up. Who asks again, later
/// than at once, ends the process; all that it started then ends with it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

/// The user asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

impl Interrupt {
    /// Registers the handlers for this process; call it once, in `main`.
    pub fn install() -> std::io::Result<Self> {
        const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
        let flag = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            signal_hook::flag::register(signal, flag.clone())?;
        }
        let mut signals = Signals::new(SIGNALS)?;
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let mut first = None;
            for signal in signals.forever() {
                if first.get_or_insert_with(Instant::now).elapsed() > ECHO {
                    crate::keys::put_back();
                    signal_hook::low_level::exit(128 + signal);
                }
            }
        })?;
        Ok(Self(flag))
    }

    /// Whether a signal has come.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Asks to stop, as a signal would.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Fails once a signal has come, so that `?` unwinds.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.is_set() { Err(Interrupted) } else { Ok(()) }
    }
}

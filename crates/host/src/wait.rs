use std::time::{Duration, Instant};

use crate::{Interrupt, Interrupted};

/// Looks again and again, with a pause between, until there is something; nothing once the limit is
/// over. It looks again after the last pause, so that a process that was stopped for a while does
/// not miss what came meanwhile.
///
/// # Errors
/// Those of looking, and when the user asks to stop.
pub fn wait_until<T, E: From<Interrupted>>(
    limit: Duration,
    pause: Duration,
    interrupt: &Interrupt,
    mut look: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    // A limit beyond all time is none.
    let deadline = Instant::now().checked_add(limit);
    loop {
        let over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        interrupt.check()?;
        if over {
            return Ok(None);
        }
        std::thread::sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_until_there_is_something_or_the_time_is_over_or_the_user_stops_it() {
        let interrupt = Interrupt::default();
        let after = |looks: u32, limit| {
            let mut seen = 0;
            wait_until(limit, Duration::from_millis(1), &interrupt, || {
                seen += 1;
                Ok::<_, Interrupted>((seen == looks).then_some(seen))
            })
        };
        assert_eq!(after(3, Duration::MAX), Ok(Some(3)));
        assert_eq!(after(1, Duration::ZERO), Ok(Some(1)), "it looks once at least");
        assert_eq!(after(0, Duration::from_millis(20)), Ok(None));
        interrupt.set();
        assert_eq!(after(0, Duration::MAX), Err(Interrupted));
    }
}

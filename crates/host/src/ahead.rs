//! What takes a while to make, made before anyone asks for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{Interrupt, Interrupted};

/// How long it takes at the most until an interrupt is seen.
const LOOK: Duration = Duration::from_millis(50);

/// Things that are made ahead, one after the other, in a thread of their own. What waits is dropped
/// with this.
pub struct Ahead<T, E> {
    shared: Arc<Shared<T, E>>,
    interrupt: Interrupt,
    maker: Option<JoinHandle<()>>,
}

struct Shared<T, E> {
    state: Mutex<State<T, E>>,
    changed: Condvar,
}

struct State<T, E> {
    ready: VecDeque<Result<T, E>>,
    /// How many are still to be begun.
    ordered: usize,
    /// Whether one is being made.
    making: bool,
    ended: bool,
}

impl<T: Send + 'static, E: Send + 'static> Ahead<T, E> {
    /// Makes nothing yet. Of what is ordered later, at most so many wait at once. The interrupt that
    /// `make` gets says that nobody wants any more. Where making one fails, that is told once to who
    /// takes it, and what was ordered by then is not made.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn new(
        name: &str,
        most: usize,
        mut make: impl FnMut(&Interrupt) -> Result<T, E> + Send + 'static,
    ) -> std::io::Result<Self> {
        let state = State { ready: VecDeque::new(), ordered: 0, making: false, ended: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let interrupt = Interrupt::default();
        let maker = std::thread::Builder::new().name(name.to_owned()).spawn({
            let (shared, interrupt) = (Arc::clone(&shared), interrupt.clone());
            move || {
                while shared.begin(most) {
                    let making = Making(&shared);
                    let made = make(&interrupt);
                    let mut state = shared.lock();
                    if made.is_err() {
                        state.ordered = 0;
                    }
                    state.ready.push_back(made);
                    drop(state);
                    drop(making);
                }
            }
        })?;
        Ok(Self { shared, interrupt, maker: Some(maker) })
    }

    /// Has so many more made; `usize::MAX` is one for each that is taken, for ever.
    pub fn order(&self, more: usize) {
        let mut state = self.shared.lock();
        state.ordered = state.ordered.saturating_add(more);
        drop(state);
        self.shared.changed.notify_all();
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.shared.lock().ready.len()
    }

    /// How many wait or will, with no further order.
    pub fn to_come(&self) -> usize {
        let state = self.shared.lock();
        (state.ready.len() + usize::from(state.making)).saturating_add(state.ordered)
    }

    /// One that waits, or the next that will; nothing where none was ordered.
    ///
    /// # Errors
    /// When the user asks to stop.
    pub fn take(&self, interrupt: &Interrupt) -> Result<Option<Result<T, E>>, Interrupted> {
        let mut state = self.shared.lock();
        loop {
            interrupt.check()?;
            if let Some(made) = state.ready.pop_front() {
                drop(state);
                self.shared.changed.notify_all();
                return Ok(Some(made));
            }
            if state.ordered == 0 && !state.making {
                return Ok(None);
            }
            let waited = self.shared.changed.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T, E> Shared<T, E> {
    /// Waits until one is to be made; says whether there will be any.
    fn begin(&self, most: usize) -> bool {
        let mut state = self.lock();
        while !state.ended && (state.ordered == 0 || state.ready.len() >= most) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.ended {
            return false;
        }
        if state.ordered != usize::MAX {
            state.ordered -= 1;
        }
        state.making = true;
        true
    }

    fn lock(&self) -> MutexGuard<'_, State<T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One is being made; also where that panics, nobody waits for it for ever.
struct Making<'a, T, E>(&'a Shared<T, E>);

impl<T, E> Drop for Making<'_, T, E> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.making = false;
        if std::thread::panicking() {
            state.ordered = 0;
        }
        drop(state);
        self.0.changed.notify_all();
    }
}

impl<T, E> Drop for Ahead<T, E> {
    fn drop(&mut self) {
        self.interrupt.set();
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        if let Some(maker) = self.maker.take() {
            let _ = maker.join();
        }
    }
}

impl<T, E> fmt::Debug for Ahead<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        let (waiting, ordered) = (state.ready.len(), state.ordered);
        f.debug_struct("Ahead").field("waiting", &waiting).field("ordered", &ordered).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 1 on; `fails` cannot be made.
    fn numbers(most: usize, fails: u32) -> Ahead<u32, String> {
        let mut last = 0;
        let make = move |_: &Interrupt| {
            last += 1;
            if last == fails { Err(format!("no {last}")) } else { Ok(last) }
        };
        Ahead::new("numbers", most, make).unwrap()
    }

    fn taken(ahead: &Ahead<u32, String>) -> Option<Result<u32, String>> {
        ahead.take(&Interrupt::default()).unwrap()
    }

    #[test]
    fn as_many_are_made_as_are_ordered_and_nobody_waits_for_more() {
        let ahead = numbers(1, 0);
        assert_eq!((taken(&ahead), ahead.to_come()), (None, 0));
        ahead.order(2);
        assert_eq!(ahead.to_come(), 2);
        assert_eq!((taken(&ahead), taken(&ahead)), (Some(Ok(1)), Some(Ok(2))));
        assert_eq!((taken(&ahead), ahead.to_come()), (None, 0));
        ahead.order(usize::MAX);
        assert_eq!((taken(&ahead), taken(&ahead)), (Some(Ok(3)), Some(Ok(4))));
    }

    #[test]
    fn one_that_cannot_be_made_is_told_once_and_ends_what_was_ordered() {
        let ahead = numbers(3, 2);
        ahead.order(3);
        assert_eq!(taken(&ahead), Some(Ok(1)));
        assert_eq!(taken(&ahead), Some(Err("no 2".to_owned())));
        assert_eq!(taken(&ahead), None);
        ahead.order(1);
        assert_eq!(taken(&ahead), Some(Ok(3)));
    }

    #[test]
    fn who_waits_for_one_is_told_that_the_user_stops_or_that_making_it_panicked() {
        let making = |interrupt: &Interrupt| {
            while !interrupt.is_set() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err::<(), ()>(())
        };
        let ahead = Ahead::new("never", 1, making).unwrap();
        ahead.order(1);
        let interrupt = Interrupt::default();
        interrupt.set();
        assert_eq!(ahead.take(&interrupt), Err(Interrupted));
        drop(ahead);
        let broken = Ahead::<(), ()>::new("broken", 1, |_| panic!("as the test wants")).unwrap();
        broken.order(2);
        assert_eq!(broken.take(&Interrupt::default()), Ok(None));
    }
}

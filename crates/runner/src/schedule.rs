//! Which job is next: in order, as many at once as the computer bears.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What jobs need of a computer, and what a computer has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Memory, in MiB.
    pub memory: u64,
    /// Processors.
    pub cores: u64,
}

/// Jobs by number, each with a weight, taken by several threads.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// How much may be in hand at once. A job heavier than all of it is taken alone.
    strength: Weight,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<(usize, Weight)>,
    in_hand: Weight,
    running: usize,
    stopped: bool,
}

/// A job in hand; put down when dropped.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    queue: &'a Queue,
    pub(crate) job: usize,
    weight: Weight,
}

impl Queue {
    /// A queue of jobs by number with their weights, in this order.
    pub(crate) fn new(jobs: impl IntoIterator<Item = (usize, Weight)>, strength: Weight) -> Self {
        let waiting = jobs.into_iter().collect();
        let state = State { waiting, in_hand: Weight::default(), running: 0, stopped: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), strength }
    }

    /// Takes the first job that is not too much on top of what is in hand; waits for one.
    /// Nothing once there are none, or no more are to be taken.
    pub(crate) fn take(&self) -> Option<Taken<'_>> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.waiting.is_empty() {
                return None;
            }
            let memory = self.strength.memory.saturating_sub(state.in_hand.memory);
            let cores = self.strength.cores.saturating_sub(state.in_hand.cores);
            let alone = state.running == 0;
            let fits = |(_, weight): &(usize, Weight)| {
                alone || (weight.memory <= memory && weight.cores <= cores)
            };
            if let Some((job, weight)) =
                state.waiting.iter().position(fits).and_then(|at| state.waiting.remove(at))
            {
                state.in_hand.memory += weight.memory;
                state.in_hand.cores += weight.cores;
                state.running += 1;
                return Some(Taken { queue: self, job, weight });
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets no more jobs be taken.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.in_hand.memory -= self.weight.memory;
        state.in_hand.cores -= self.weight.cores;
        state.running -= 1;
        drop(state);
        self.queue.changed.notify_all();
    }
}

/// How many processors this computer has.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    use super::*;

    /// Jobs that need memory, on a computer that has so much of it.
    fn queue(weights: &[u64], strength: u64) -> Queue {
        let of = |memory: u64| Weight { memory, cores: 1 };
        let jobs = weights.iter().copied().map(of).enumerate();
        Queue::new(jobs, Weight { memory: strength, cores: 100 })
    }

    #[test]
    fn a_job_waits_for_processors_as_it_does_for_memory() {
        let of = |cores| Weight { memory: 1, cores };
        let queue = Queue::new(
            [of(1), of(3), of(1)].into_iter().enumerate(),
            Weight { memory: 9, cores: 2 },
        );
        let (first, second) = (queue.take().unwrap(), queue.take().unwrap());
        assert_eq!((first.job, second.job), (0, 2));
        drop((first, second));
        assert_eq!(queue.take().unwrap().job, 1);
    }

    #[test]
    fn a_lighter_job_goes_before_one_that_is_too_much() {
        let queue = queue(&[2, 3, 1], 4);
        let first = queue.take().unwrap();
        let second = queue.take().unwrap();
        assert_eq!((first.job, second.job), (0, 2));
        drop(first);
        assert_eq!(queue.take().unwrap().job, 1);
        drop(second);
        assert!(queue.take().is_none());
    }

    #[test]
    fn a_job_that_is_too_much_for_the_computer_runs_alone() {
        let queue = queue(&[100, 1], 4);
        let heavy = queue.take().unwrap();
        assert_eq!(heavy.job, 0);
        std::thread::scope(|scope| {
            let light = scope.spawn(|| queue.take().unwrap().job);
            drop(heavy);
            assert_eq!(light.join().unwrap(), 1);
        });
    }

    #[test]
    fn a_stopped_queue_gives_nothing_more_to_anyone() {
        let queue = queue(&[2, 2, 2], 2);
        let held = queue.take().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.take().is_none());
            queue.stop();
            assert!(waiting.join().unwrap());
        });
        drop(held);
        assert!(queue.take().is_none());
    }

    #[test]
    fn every_job_is_taken_once_and_never_more_than_the_strength() {
        let weights: Vec<u64> = (0..200).map(|n| 1 + n % 5).collect();
        let queue = queue(&weights, 7);
        let (in_hand, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let taken: Vec<AtomicUsize> = weights.iter().map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    while let Some(job) = queue.take() {
                        let weight = weights[job.job];
                        let now = in_hand.fetch_add(weight, Ordering::SeqCst) + weight;
                        most.fetch_max(now, Ordering::SeqCst);
                        taken[job.job].fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        in_hand.fetch_sub(weight, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(taken.iter().all(|n| n.load(Ordering::SeqCst) == 1));
        assert!(most.load(Ordering::SeqCst) <= 7);
    }
}

//! What a cable does to what its machine sends. It means what `netem` means in the machine itself,
//! where the NixOS test driver has it done.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many frames may be under way on a slow cable, as with `netem`. More are dropped.
const LIMIT: usize = 1000;

/// How a cable is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cable {
    /// Whether nothing goes through it in either direction.
    pub(crate) cut: bool,
    /// How long what is sent is under way.
    pub(crate) delay: Duration,
    /// How many of a hundred frames that are sent are lost.
    pub(crate) loss: u32,
}

/// What a machine has sent and is still under way.
#[derive(Debug)]
pub(crate) struct Sent {
    number: u8,
    cable: Cable,
    /// What decides which frames are lost.
    chance: fastrand::Rng,
    /// The frames and when they arrive, the first to arrive first.
    frames: VecDeque<(Instant, Vec<u8>)>,
}

impl Sent {
    /// What the machine with this number sends, through a cable that is whole.
    pub(crate) fn new(number: u8) -> Self {
        let (cable, chance) = (Cable::default(), fastrand::Rng::with_seed(number.into()));
        Self { number, cable, chance, frames: VecDeque::new() }
    }

    pub(crate) fn cable(&self) -> Cable {
        self.cable
    }

    /// From now on the cable is like this. If it was another, what is under way is lost, and chance
    /// begins again, so that a test that is run again loses the same frames.
    pub(crate) fn go_by(&mut self, cable: Cable) {
        if cable != self.cable {
            *self = Self { cable, ..Self::new(self.number) };
        }
    }

    /// Takes a frame that was sent now.
    pub(crate) fn take(&mut self, frame: Vec<u8>, now: Instant) {
        let Cable { cut, delay, loss } = self.cable;
        let lost = loss > 0 && self.chance.u32(0..100) < loss;
        // What goes at once is taken out before the next is read.
        let full = !delay.is_zero() && self.frames.len() >= LIMIT;
        if !(cut || lost || full) {
            self.frames.push_back((now + delay, frame));
        }
    }

    /// When the next frame arrives.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.frames.front().map(|(arrives, _)| *arrives)
    }

    /// The next frame, if it has arrived.
    pub(crate) fn arrived(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.next()? > now {
            return None;
        }
        self.frames.pop_front().map(|(_, frame)| frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(cable: Cable) -> Sent {
        let mut sent = Sent::new(1);
        sent.go_by(cable);
        sent
    }

    /// Which of so many frames, all sent now, have arrived so much later.
    fn arrived(sent: &mut Sent, frames: u32, later: Duration) -> Vec<u32> {
        let now = Instant::now();
        (0..frames).for_each(|n| sent.take(n.to_be_bytes().to_vec(), now));
        let next = || sent.arrived(now + later);
        std::iter::from_fn(next).map(|f| u32::from_be_bytes([f[0], f[1], f[2], f[3]])).collect()
    }

    #[test]
    fn a_frame_arrives_after_the_delay_and_in_its_order() {
        let delay = Duration::from_secs(3);
        let slow = Cable { delay, ..Cable::default() };
        assert_eq!(arrived(&mut through(slow), 5, delay - Duration::from_nanos(1)), []);
        assert_eq!(arrived(&mut through(slow), 5, delay), [0, 1, 2, 3, 4]);
        assert_eq!(arrived(&mut through(Cable::default()), 2, Duration::ZERO), [0, 1]);
    }

    #[test]
    fn as_many_are_lost_as_was_said_and_each_time_the_same() {
        let lossy =
            |loss| arrived(&mut through(Cable { loss, ..Cable::default() }), 900, Duration::ZERO);
        assert_eq!(lossy(100).len(), 0);
        assert_eq!(lossy(0).len(), 900);
        assert!((360..540).contains(&lossy(50).len()), "{}", lossy(50).len());
        assert_eq!(lossy(50), lossy(50));
    }

    #[test]
    fn more_than_the_limit_is_dropped_and_what_is_under_way_is_lost_with_the_cable() {
        let delay = Duration::from_secs(1);
        let slow = Cable { delay, ..Cable::default() };
        let mut sent = through(slow);
        assert_eq!(arrived(&mut sent, 1005, delay).len(), LIMIT);
        assert_eq!(arrived(&mut sent, 3, Duration::ZERO), []);
        sent.go_by(slow);
        assert!(sent.next().is_some());
        sent.go_by(Cable::default());
        assert_eq!(sent.next(), None);
        assert_eq!(arrived(&mut through(Cable { cut: true, ..slow }), 3, delay), []);
    }
}

//! What a test has done so far to the cable between a machine and the others, on NixOS.
//!
//! The NixOS test driver can cut a cable and no more, so the machine itself delays and loses what it
//! sends. The kernel of NixOS has what that takes, and every NixOS has `tc`.

use crate::python::call;

/// The card that leads to the other machines.
const CARD: &str = "eth1";
/// How many packets may be under way.
const LIMIT: u32 = 1000;

/// How a cable is. A machine that starts again has one that is whole: QEMU is another one then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cable {
    cut: bool,
    millis: u32,
    percent: u32,
}

impl Cable {
    pub(crate) fn cut(&mut self, machine: &str) -> Vec<String> {
        self.cut = true;
        vec![format!("{machine}.block()")]
    }

    pub(crate) fn delay(&mut self, machine: &str, millis: u32) -> Vec<String> {
        self.turn(Self { millis, ..*self }, machine)
    }

    pub(crate) fn lose(&mut self, machine: &str, percent: u32) -> Vec<String> {
        self.turn(Self { percent, ..*self }, machine)
    }

    pub(crate) fn heal(&mut self, machine: &str) -> Vec<String> {
        let before = *self;
        let mut lines = self.turn(Self { cut: before.cut, ..Self::default() }, machine);
        if before.cut || lines.is_empty() {
            lines.push(format!("{machine}.unblock()"));
        }
        self.cut = false;
        lines
    }

    /// Whether the machine's own kernel does something to what it sends.
    fn is_shaped(self) -> bool {
        self.millis > 0 || self.percent > 0
    }

    /// What is under way is lost with each change, and not only with some: `netem` that was there
    /// would keep it.
    fn turn(&mut self, other: Self, machine: &str) -> Vec<String> {
        let before = std::mem::replace(self, other);
        if before == other {
            return Vec::new();
        }
        let tc = |words: &str| call(&format!("{machine}.succeed"), &format!("tc qdisc {words}"));
        let mut lines = Vec::new();
        if before.is_shaped() {
            lines.push(tc(&format!("del dev {CARD} root")));
        }
        if other.is_shaped() {
            let mut words = format!("replace dev {CARD} root netem limit {LIMIT}");
            if other.millis > 0 {
                words.push_str(&format!(" delay {}ms", other.millis));
            }
            if other.percent > 0 {
                words.push_str(&format!(" loss {}%", other.percent));
            }
            lines.push(tc(&words));
        }
        lines
    }
}

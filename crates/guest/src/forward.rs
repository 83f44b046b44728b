/// A port of this computer, on its loopback address alone, that leads to one of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Forward {
    /// The port on 127.0.0.1 of this computer.
    pub host: u16,
    /// The TCP port of the machine.
    pub guest: u16,
}

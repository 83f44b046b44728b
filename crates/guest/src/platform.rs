//! The differences between architectures, as data: one row each.

use domi_debian::Architecture;

/// How QEMU emulates one architecture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Platform {
    /// The emulator's program.
    pub(crate) qemu: &'static str,
    /// `-machine`, without the memory backend.
    pub(crate) machine: &'static str,
    /// `-cpu` under emulation. Named models only: what `max` means changes with QEMU, and QEMU
    /// accepts a snapshot of another CPU without an error.
    pub(crate) cpu: &'static str,
    /// The serial console's name in the guest.
    pub(crate) console: &'static str,
    /// Kernel arguments for an early console, which the trial of KVM listens to.
    pub(crate) early_console: &'static str,
    /// Kernel arguments of this architecture.
    pub(crate) kernel_arguments: &'static [&'static str],
    /// The host's architecture (as `std::env::consts::ARCH`) on which KVM can run it.
    pub(crate) kvm_on: &'static str,
    /// The number of the system call `clock_settime`.
    pub(crate) clock_settime: u32,
}

const X86_64: Platform = Platform {
    qemu: "qemu-system-x86_64",
    machine: "q35",
    cpu: "qemu64,+rdrand",
    console: "ttyS0",
    early_console: "earlyprintk=ttyS0",
    kernel_arguments: &["no_timer_check", "tsc=reliable", "8250.nr_uarts=1"],
    kvm_on: "x86_64",
    clock_settime: 227,
};

const AARCH64: Platform = Platform {
    qemu: "qemu-system-aarch64",
    machine: "virt,gic-version=3",
    cpu: "cortex-a57",
    console: "ttyAMA0",
    early_console: "earlycon",
    kernel_arguments: &[],
    kvm_on: "aarch64",
    clock_settime: 112,
};

impl Platform {
    pub(crate) fn of(architecture: Architecture) -> &'static Self {
        match architecture {
            Architecture::X86_64 => &X86_64,
            Architecture::Aarch64 => &AARCH64,
        }
    }
}

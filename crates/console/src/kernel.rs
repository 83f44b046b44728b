//! What a machine's kernel says on its serial console.

/// The reason a kernel gave when it panicked, if it did.
pub fn panic_reason(serial: &str) -> Option<String> {
    let line = serial.lines().find(|line| line.contains("Kernel panic"))?;
    let (_, reason) = line.split_once("Kernel panic - not syncing: ").unwrap_or(("", line));
    Some(reason.to_owned())
}

/// Whether a serial console tells that QEMU's emulation made the kernel panic: the kernel's first fault
/// was a breakpoint that was not there.
///
/// A kernel that changes its code while it runs puts a breakpoint there for the time; a processor that
/// meets it waits for the change. An emulated one may run the breakpoint, translated before, after
/// the change: nobody expects it then. Seen once, with QEMU 7.2 and two processors.
pub fn emulation_failed(serial: &str) -> bool {
    serial.lines().any(|line| line.contains("int3: 0000 [#1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_emulation(log: &str, expected: bool) {
        assert_eq!(emulation_failed(log), expected, "{log}");
    }

    #[test]
    fn a_breakpoint_that_was_removed_is_told_from_a_kernels_own_fault() {
        check_emulation(
            "[ 1.9] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n[ 3.2] Kernel panic",
            true,
        );
        check_emulation("[ 1.9] int3: 0000 [#1] PREEMPT SMP NOPTI", true);
        check_emulation("[ 1.9] Oops: 0000 [#1] SMP\n[ 2.0] Oops: int3: 0000 [#2] SMP", false);
        check_emulation("[ 1.9] Oops: invalid opcode: 0000 [#1] SMP", false);
        check_emulation("[ 1.9] int3: all is well", false);
    }

    #[test]
    fn the_reason_of_a_panic_is_found() {
        let log = "[    1.5] usb: fine\n\
                   [    2.0] Kernel panic - not syncing: Attempted to kill init!\n\
                   [    2.1] CPU: 0 PID: 1\n";
        assert_eq!(panic_reason(log).as_deref(), Some("Attempted to kill init!"));
        assert_eq!(panic_reason("all is well\n"), None);
    }
}

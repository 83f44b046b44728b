//! What a guest's kernel says on its serial console.

/// The reason a kernel gave when it panicked, if it did.
pub(crate) fn panic(serial: &str) -> Option<String> {
    let line = serial.lines().find(|line| line.contains("Kernel panic"))?;
    let (_, reason) = line.split_once("Kernel panic - not syncing: ").unwrap_or(("", line));
    Some(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_panic_is_found() {
        let log = "[    1.5] usb: fine\n\
                   [    2.0] Kernel panic - not syncing: Attempted to kill init!\n\
                   [    2.1] CPU: 0 PID: 1\n";
        assert_eq!(panic(log).as_deref(), Some("Attempted to kill init!"));
        assert_eq!(panic("all is well\n"), None);
    }
}

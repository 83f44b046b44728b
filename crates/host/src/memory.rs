//! How much memory this computer has left.

/// How much memory new processes can have before others are swapped out, in MiB; none where the kernel
/// does not say.
pub fn available() -> Option<u64> {
    read(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn read(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_read_and_not_what_is_free() {
        let text = "MemTotal:       24731708 kB\nMemFree:         1802828 kB\nMemAvailable:   21558332 kB\n";
        assert_eq!(read(text), Some(21_053));
        assert_eq!(read("MemTotal: 1 kB\n"), None);
    }
}

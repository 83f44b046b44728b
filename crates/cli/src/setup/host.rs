use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A computer, as far as installing programs goes.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    /// Folders that programs are looked for in.
    pub(crate) path: Vec<PathBuf>,
    /// The text of `os-release`; empty where there is none.
    pub(crate) os_release: String,
    /// Whether we may install without asking for more rights.
    pub(crate) is_root: bool,
    /// Whether standard input is a terminal.
    pub(crate) has_terminal: bool,
}

impl Host {
    /// The computer that this runs on.
    pub(crate) fn this() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // An ordinary user's PATH lacks these on Debian, and mke2fs is in one of them.
        let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
        Self {
            path: std::env::split_paths(&path).chain(system).collect(),
            os_release: std::fs::read_to_string("/etc/os-release").unwrap_or_default(),
            is_root: rustix::process::geteuid().is_root(),
            has_terminal: std::io::stdin().is_terminal(),
        }
    }

    /// Whether a program is there.
    pub(crate) fn has(&self, program: &str) -> bool {
        self.path.iter().any(|folder| {
            let facts = std::fs::metadata(folder.join(program));
            facts.is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
        })
    }

    /// Whether it is a Debian, or a distribution that says it is like one.
    pub(crate) fn debian_like(&self) -> bool {
        let fields = ["ID", "ID_LIKE"];
        self.os_release
            .lines()
            .filter_map(|line| line.split_once('='))
            .filter(|(name, _)| fields.contains(name))
            .flat_map(|(_, value)| value.trim_matches(['"', '\'']).split_whitespace())
            .any(|id| id == "debian" || id == "ubuntu")
    }
}

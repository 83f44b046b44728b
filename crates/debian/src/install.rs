//! What installs packages in a machine that is made from the recipe.

use domi_host::command::shell_word;

use crate::Deb;

/// What configures the packages of an unpacked root, from within it.
const CONFIGURE: &str = include_str!("../overlay/configure.sh");
/// The lists of a kernel's modules are made between these.
const MODULES: [&str; 2] = ["mark modules\n", "mark check\n"];

/// The script that configures the packages of an unpacked root without a kernel, from within it.
/// A machine's does the same, and lists its modules.
pub fn configure_without_kernel() -> String {
    let cut = |mark: &str| CONFIGURE.find(mark).unwrap_or(CONFIGURE.len());
    let [from, to] = MODULES.map(cut);
    format!("{}{}", &CONFIGURE[..from], &CONFIGURE[to..])
}

/// The calls of dpkg that install packages in a machine, whose files are in the folder it is in, a
/// line each: one, unless some must be configured before others are unpacked.
pub fn install_calls(debs: &[Deb]) -> String {
    let call = |words: &str| format!("/usr/local/lib/domi/dpkg {words}\n");
    let mut calls = String::new();
    let mut files: Vec<String> = Vec::new();
    for deb in debs {
        if !deb.after.is_empty() {
            if !files.is_empty() {
                calls += &call(&format!("--unpack {}", files.join(" ")));
                files.clear();
            }
            let after: Vec<String> = deb.after.iter().map(|name| shell_word(name)).collect();
            calls += &call(&format!("--configure {}", after.join(" ")));
        }
        files.push(shell_word(&deb.file_name()));
    }
    let files = files.join(" ");
    if calls.is_empty() {
        return call(&format!("--install {files}"));
    }
    calls + &call(&format!("--unpack {files}")) + &call("--configure --pending")
}

impl Deb {
    /// The name of its file in a machine.
    pub fn file_name(&self) -> String {
        format!("{}_{}.deb", self.name, self.architecture)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_root_without_a_kernel_is_configured_as_others_are() {
        let script = configure_without_kernel();
        assert!(!script.contains("depmod") && script.contains("mark packages\n"), "{script}");
        assert!(script.contains("dpkg --audit") && script.ends_with("mark end\n"), "{script}");
    }

    #[track_caller]
    fn check(debs: &[(&str, &[&str])], expected: &[&str]) {
        let deb = |(name, after): &(&str, &[&str])| Deb {
            name: (*name).to_owned(),
            version: "1".to_owned(),
            architecture: "all".to_owned(),
            path: Path::new("/x").to_owned(),
            digest: String::new(),
            after: after.iter().map(|name| (*name).to_owned()).collect(),
        };
        let expected: String =
            expected.iter().map(|words| format!("/usr/local/lib/domi/dpkg {words}\n")).collect();
        assert_eq!(install_calls(&debs.iter().map(deb).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn what_must_be_configured_before_is() {
        check(&[("a", &[]), ("b", &[])], &["--install a_all.deb b_all.deb"]);
        check(
            &[("a", &[]), ("b", &[]), ("c", &["a"]), ("d", &[])],
            &[
                "--unpack a_all.deb b_all.deb",
                "--configure a",
                "--unpack c_all.deb d_all.deb",
                "--configure --pending",
            ],
        );
        // It was there, and not configured.
        check(&[("a", &["x"])], &["--configure x", "--unpack a_all.deb", "--configure --pending"]);
    }
}

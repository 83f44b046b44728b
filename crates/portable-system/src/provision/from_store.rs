//! Programs of Nix's store that everybody on a machine has.

use domi_host::command::shell_word;
use domi_realise::COMMANDS;

/// A script that links them to where every shell looks; nothing where there are none. It ends where two packages
/// have a program of the same name.
pub(super) fn programs(packages: &[String]) -> String {
    if packages.is_empty() {
        return String::new();
    }
    let folders: Vec<_> = packages.iter().map(|path| shell_word(&format!("{path}/bin"))).collect();
    format!(
        "for folder in {}; do
  for program in \"$folder\"/*; do
    [[ -e $program ]] || continue
    at={COMMANDS}/${{program##*/}}
    if [[ -e $at ]]; then echo \"two packages have the program ${{program##*/}}\" >&2; exit 1; fi
    ln -s -- \"$program\" \"$at\"
  done
done
",
        folders.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_packages_nothing_is_run() {
        assert_eq!(programs(&[]), "");
        let script = programs(&["/nix/store/1-a".to_owned(), "/nix/store/2-b'c".to_owned()]);
        assert!(script.starts_with("for folder in /nix/store/1-a/bin "), "{script}");
        assert!(script.contains(&shell_word("/nix/store/2-b'c/bin")), "{script}");
    }
}

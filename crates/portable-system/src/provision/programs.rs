//! Folders of links to programs, which units have on their PATHs.

use std::collections::BTreeSet;

use domi_host::command::shell_word;
use domi_realise::Programs;

/// Looks once through what dpkg knows: a program for each package would take too long.
pub(super) const AWK: &str = include_str!("programs.awk");

/// Makes the links that awk tells of, with one program for each folder. Links of the system's own
/// are there already, and win.
const LINK: &str = r#"link_all() { (( ${#links[@]} == 0 )) || ln -s -t "$folder" -- "${links[@]}"; }
declare -A linked=()
links=()
while IFS=$'\t' read -r what path file; do
  case $what in
  folder) link_all; folder=$path linked=() links=(); continue ;;
  choice) [[ $path -ef $file ]] || continue ;;
  esac
  name=${path##*/}
  [[ -n ${linked[$name]:-} || -L $folder/$name ]] || { linked[$name]=1; links+=("$path"); }
done <<<"$programs"
link_all
"#;

/// A script that fills the folders; nothing where there are none.
pub(super) fn script(programs: &BTreeSet<Programs>) -> String {
    if programs.is_empty() {
        return String::new();
    }
    let folders: Vec<_> = programs.iter().map(|it| shell_word(&it.folder())).collect();
    let told = programs.iter().flat_map(|programs| {
        let debian: Vec<_> = programs.debian.iter().map(String::as_str).collect();
        [shell_word(&programs.folder()), shell_word(&debian.join(" "))]
    });
    let told: Vec<_> = told.collect();
    format!(
        "mkdir -p {}\nprograms=$(awk {} /var/lib/dpkg/alternatives/* -- {})\n{LINK}",
        folders.join(" "),
        shell_word(AWK),
        told.join(" ")
    )
}

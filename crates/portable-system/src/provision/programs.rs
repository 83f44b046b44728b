//! Folders of links to programs, which units have on their PATHs.

use std::collections::BTreeSet;

use domi_host::command::shell_word;
use domi_realise::Programs;

/// Looks once through what dpkg knows: a program for each package would take too long.
const AWK: &str = include_str!("programs.awk");

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
    let wanted = programs.iter().map(|programs| {
        let debian: Vec<_> = programs.debian.iter().map(String::as_str).collect();
        (programs.folder(), debian)
    });
    let wanted: Vec<_> = wanted.collect();
    format!("mkdir -p {}\n{}{LINK}", folders.join(" "), look_up(&wanted))
}

/// A line that sets `programs` to what awk tells of the programs of packages, each list by a name.
pub(super) fn look_up(wanted: &[(String, Vec<&str>)]) -> String {
    let words = wanted
        .iter()
        .map(|(name, debian)| format!(" {} {}", shell_word(name), shell_word(&debian.join(" "))));
    let words: String = words.collect();
    format!("programs=$(awk {} /var/lib/dpkg/alternatives/* --{words})\n", shell_word(AWK))
}

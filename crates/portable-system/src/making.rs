//! What commands make, as `pkgs.runCommand` has it: a machine of its own makes it, before the test's machines
//! start, so that all of them have the same.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use anyhow::{Context, anyhow};
use domi_event::Diagnostics;
use domi_host::command::shell_word;
use domi_realise::{COMMANDS, Content, File};
use domi_runner::{Done, Job};
use domi_transplant::Making;

use crate::archive::{archive, seconds_now};
use crate::driven::{Driven, Fault};
use crate::outcome::failed;
use crate::provision::wanted::MachineKind;
use crate::provision::{Provision, ToMake, there};
use crate::setup::{Broken, Setup, Starts, Wanted};

/// The machines of a test with all that commands make for them; or, if a command fails, what the test then
/// comes to.
///
/// # Errors
/// When there is no machine to make it.
pub fn with_made<'p, S: Starts>(
    setup: &Setup<'p, S>,
) -> Result<Result<Cow<'p, [Provision]>, Box<Done>>, Broken> {
    Ok(match ToMake::of(setup.provisions).make(setup)? {
        Ok(made) if made.is_empty() => Ok(Cow::Borrowed(setup.provisions)),
        Ok(made) => {
            let mut provisions = setup.provisions.to_vec();
            for provision in &mut provisions {
                let Provision { name, files, to_make, .. } = &mut *provision;
                match on_path(&to_make.making, &made, files) {
                    Ok(links) => files.extend(made.iter().cloned().chain(links)),
                    Err(program) => {
                        let why = format!("two packages of {name} have the program {program}");
                        return Ok(Err(not_made(why)));
                    }
                }
            }
            Ok(Cow::Owned(provisions))
        }
        Err(why) => Err(not_made(why)),
    })
}

fn not_made(why: String) -> Box<Done> {
    Box::new(failed(Diagnostics { message: why, ..Diagnostics::default() }))
}

/// Links to those of the made programs that everybody on a machine has; or which there would be twice.
fn on_path(making: &[Making], made: &[File], there: &[File]) -> Result<Vec<File>, String> {
    let mut links: Vec<File> = Vec::new();
    for making in making.iter().filter(|making| making.on_path) {
        let folder = format!("{}/bin/", making.path);
        for file in made {
            let Some(name) = file.path.strip_prefix(&folder) else { continue };
            let path = format!("{COMMANDS}/{name}");
            if there.iter().chain(&links).any(|other| other.path == path) {
                return Err(name.to_owned());
            }
            links.push(File { path, mode: 0o777, content: Content::Symlink(file.path.clone()) });
        }
    }
    Ok(links)
}

/// What machines of a test start from; where commands make something, that of the machine that makes it, too.
pub fn machine_kinds(job: &Job, provisions: &[Provision]) -> BTreeSet<MachineKind> {
    let to_make = ToMake::of(provisions);
    let maker = (!to_make.making.is_empty()).then(|| (job.system, to_make.packages()));
    let kinds = provisions.iter().map(|it| (job.system_of(&it.name), it.packages.clone()));
    kinds.chain(maker).collect()
}

/// What the machine is called that makes things.
const MAKER: &str = "maker";

impl ToMake {
    /// What commands make for machines.
    fn of(provisions: &[Provision]) -> Self {
        let mut all = Self::default();
        for Provision { to_make, .. } in provisions {
            all.add(to_make.making.clone(), &to_make.files);
        }
        all
    }

    /// The Debian packages that the commands take.
    fn packages(&self) -> Vec<String> {
        let all: BTreeSet<_> = self.making.iter().flat_map(|it| it.debian.clone()).collect();
        all.into_iter().collect()
    }

    /// Makes all of it; the files that came of it, or why a command fails.
    fn make<S: Starts>(&self, setup: &Setup<'_, S>) -> Result<Result<Vec<File>, String>, Broken> {
        if self.making.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let failed = |fault| Broken::of(MAKER, fault);
        let wanted = Wanted {
            name: MAKER,
            packages: &self.packages(),
            log: setup.artifacts.path.join(format!("{MAKER}.serial.log")),
            network: None,
        };
        fs_err::create_dir_all(&setup.artifacts.path)
            .map_err(|error| failed(Fault::ours(&error.into())))?;
        let mut machine = setup.starts.start(&wanted).map_err(failed)?;
        let packed = archive(&self.files, seconds_now());
        machine.push(packed.map_err(|error| failed(Fault::ours(&error)))?).map_err(failed)?;
        for making in &self.making {
            let output = machine.execute(&script(making), setup.limit).map_err(failed)?;
            if !output.success() {
                let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                let said = if said.is_empty() { "it does not say why".to_owned() } else { said };
                return Ok(Err(format!(
                    "the command that makes {} fails on a Debian: {said}",
                    making.name
                )));
            }
        }
        self.files_of(&mut machine, setup).map_err(failed)
    }

    fn files_of<S: Starts>(
        &self,
        machine: &mut S::Machine,
        setup: &Setup<'_, S>,
    ) -> Result<Result<Vec<File>, String>, Fault> {
        let paths: Vec<_> =
            self.making.iter().map(|making| shell_word(&making.path[1..])).collect();
        let command = format!("tar -C / -cf - {}", paths.join(" "));
        let output = machine.execute(&command, setup.limit)?;
        if output.truncated {
            return Ok(Err("what the commands have made is too long to be had".to_owned()));
        }
        if !output.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Ok(Err(format!("what the commands have made cannot be had: {said}")));
        }
        Ok(unpacked(&output.stdout).map_err(|error| format!("{error:#}")))
    }
}

/// A command as a script of bash, in about the surroundings of a build of nixpkgs.
fn script(making: &Making) -> String {
    let path = shell_word(&making.path);
    let mut script = there(&making.needed);
    script += &format!(
        "set -e -o pipefail\nexport TMPDIR=$(mktemp -d) PATH=$PATH:/usr/sbin out={path}\n\
         cd \"$TMPDIR\"\nmkdir -p \"${{out%/*}}\"\n"
    );
    let environment = &making.environment;
    let in_files = environment.get("passAsFile").map(String::as_str).unwrap_or_default();
    let in_files: BTreeSet<_> = in_files.split_whitespace().collect();
    for (name, value) in environment.iter().filter(|(name, _)| is_variable(name)) {
        let value = shell_word(value);
        script += &match in_files.contains(&**name) {
            true => format!(
                "printf %s {value} >\"$TMPDIR/.{name}\"\nexport {name}Path=\"$TMPDIR/.{name}\"\n"
            ),
            false => format!("export {name}={value}\n"),
        };
    }
    script + BEFORE + &making.command + AFTER
}

/// Programs of its inputs come before those of the machine, and one that is not there is remembered: `set -e`
/// does not see all failures.
const BEFORE: &str = "for input in ${nativeBuildInputs-} ${buildInputs-}; do PATH=$input/bin:$PATH; done\n\
    export MISSING=$TMPDIR/.missing\n\
    command_not_found_handle() { echo \"$1\" >>\"$MISSING\"; return 127; }\n\
    export -f command_not_found_handle\n";
const AFTER: &str = "\n[[ ! -e $MISSING ]] || { echo \"there is no $(<\"$MISSING\")\" >&2; exit 1; }\n\
    [[ -e $out ]] || { echo 'it makes no $out' >&2; exit 1; }\n";

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The files of an archive, as they are in a store: nobody may write them, and everybody may read them.
fn unpacked(archive: &[u8]) -> anyhow::Result<Vec<File>> {
    let mut files: Vec<File> = Vec::new();
    let mut folders = Vec::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = format!("/{}", entry.path()?.display());
        let kind = entry.header().entry_type();
        let content = if kind.is_dir() {
            folders.push(format!("{}/", path.trim_end_matches('/')));
            continue;
        } else if let (true, Some(to)) = (kind.is_symlink(), entry.link_name()?) {
            Content::Symlink(to.display().to_string())
        } else if kind.is_file() {
            let mut text = String::new();
            entry.read_to_string(&mut text).with_context(|| format!("{path} is no text"))?;
            Content::Text(text)
        } else {
            return Err(anyhow!("{path} is neither a file nor a link"));
        };
        let mode = if entry.header().mode()? & 0o111 == 0 { 0o444 } else { 0o555 };
        files.push(File { path, mode, content });
    }
    let is_empty = |folder: &&String| !files.iter().any(|file| file.path.starts_with(&**folder));
    match folders.iter().find(is_empty) {
        Some(folder) => Err(anyhow!("{folder} has no files, and only files are carried over")),
        None => Ok(files),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn making(environment: &[(&str, &str)]) -> Making {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Making {
            name: "x".to_owned(),
            path: "/etc/domi/files/0-x".to_owned(),
            command: "echo $a >$out".to_owned(),
            environment: environment.iter().map(pair).collect(),
            debian: BTreeSet::new(),
            needed: std::collections::BTreeMap::new(),
            on_path: false,
        }
    }

    #[test]
    fn a_command_has_its_variables_as_data() {
        let environment = [("a", "$(rm) '"), ("b", "c"), ("passAsFile", "b"), ("d.e", "f")];
        let script = script(&making(&environment));
        assert!(script.contains("export a='$(rm) '\\'''\n"), "{script}");
        assert!(script.contains("printf %s c >\"$TMPDIR/.b\"\nexport bPath="), "{script}");
        assert!(!script.contains("d.e"), "{script}");
        assert!(script.contains("\necho $a >$out\n"), "{script}");
    }

    /// What bash makes of a command, with the file that it writes.
    fn made(command: &str, environment: &[(&str, &str)]) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out").display().to_string();
        let making =
            Making { command: command.to_owned(), path: out.clone(), ..making(environment) };
        let mut bash = std::process::Command::new("bash");
        let done = bash.args(["-c", &script(&making)]).env("TMPDIR", folder.path()).output();
        let done = done.expect("there is a bash");
        if done.status.success() {
            return Ok(std::fs::read_to_string(out).expect("it was made"));
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }

    #[test]
    fn a_program_that_is_not_there_is_no_empty_text() {
        assert_eq!(made("echo a=$(printf 1) >$out", &[]).as_deref(), Ok("a=1\n"));
        let missing = made("echo a=$(nowhere-to-be-found) >$out", &[]).unwrap_err();
        assert!(missing.contains("there is no nowhere-to-be-found"), "{missing}");
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("bin/nowhere-to-be-found");
        std::fs::create_dir(folder.path().join("bin")).expect("a folder");
        std::fs::write(&program, "#!/bin/sh\necho 2\n").expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).expect("a mode");
        let input = folder.path().display().to_string();
        let found = made("echo a=$(nowhere-to-be-found) >$out", &[("nativeBuildInputs", &input)]);
        assert_eq!(found.as_deref(), Ok("a=2\n"));
    }

    #[test]
    fn what_is_made_arrives_as_in_a_store() {
        let text = |path: &str, mode, text: &str| File {
            path: path.to_owned(),
            mode,
            content: Content::Text(text.to_owned()),
        };
        let files = [text("/etc/a", 0o600, "x"), text("/etc/b", 0o700, "y")];
        let packed = archive(&files, 0).expect("it is packed");
        let read = unpacked(&packed).expect("it is read");
        assert_eq!(read, [text("/etc/a", 0o444, "x"), text("/etc/b", 0o555, "y")]);
    }

    #[test]
    fn made_programs_are_commands_where_they_are_packages() {
        let file = |path: &str| {
            let content = Content::Text(String::new());
            File { path: path.to_owned(), mode: 0o555, content }
        };
        let made = [file("/etc/domi/files/0-x/bin/ctl"), file("/etc/domi/files/0-x/share/y")];
        let mut making = [making(&[])];
        assert_eq!(on_path(&making, &made, &[]), Ok(Vec::new()));
        making[0].on_path = true;
        let to = Content::Symlink(made[0].path.clone());
        let link = File { path: "/usr/local/bin/ctl".to_owned(), mode: 0o777, content: to };
        assert_eq!(on_path(&making, &made, &[]), Ok(vec![link.clone()]));
        assert_eq!(on_path(&making, &made, &[link]), Err("ctl".to_owned()));
    }

    #[test]
    fn an_empty_folder_is_named() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_entry_type(tar::EntryType::Directory);
        builder.append_data(&mut header, "etc/a/cache/", &[][..]).expect("it is packed");
        let packed = builder.into_inner().expect("it is packed");
        let said = unpacked(&packed).unwrap_err().to_string();
        assert!(said.contains("/etc/a/cache/ has no files"), "{said}");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        builder.append_data(&mut header, "etc/a", &[0xff, 0xfe][..]).expect("it is packed");
        let packed = builder.into_inner().expect("it is packed");
        assert!(unpacked(&packed).unwrap_err().to_string().contains("/etc/a is no text"));
    }
}

//! What this computer needs to run machines, and how to get what it lacks.

mod host;
mod needs;

use std::collections::BTreeSet;
use std::time::Duration;

use domi_host::command::Program;
use domi_model::{Platform, Problem};

use crate::Exit;
use crate::arguments::Install;
use crate::codes::{INSTALL_FAILED, LACKING, NO_APT};
use crate::context::Context;
use crate::failure::Result;

pub(crate) use host::Host;
use needs::{Manager, Need};
pub(crate) use needs::{NIX, Wanted};

/// What is to be done before machines can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing.
    Ready,
    /// Run these commands, in order; without asking where `automatic`.
    Install { lacking: Vec<&'static Need>, commands: Vec<Vec<String>>, automatic: bool },
    /// No package that can be installed makes this a computer that runs machines.
    Impossible { lacking: Vec<&'static Need>, hint: String },
}

/// Finds what is to be done on a computer before this can run.
pub(crate) fn plan(host: &Host, wanted: &Wanted, install: Install) -> Plan {
    let needs = wanted.needs(host).into_iter();
    let lacking: Vec<&Need> = needs.filter(|need| !host.has(need.program)).collect();
    let manager = Manager::of(host);
    if !host.debian_like() || !host.has("apt-get") {
        let hint = match manager {
            Some(manager) if !lacking.is_empty() => {
                let commands = manager.commands(&lacking, host);
                format!("; `{}` installs the other missing programs", shell(&commands))
            }
            _ => String::new(),
        };
        return Plan::Impossible { lacking, hint };
    }
    if lacking.is_empty() {
        return Plan::Ready;
    }
    let commands = Manager::Apt.commands(&lacking, host);
    Plan::Install { lacking, commands, automatic: automatic(host, install) }
}

/// Whether what is missing is installed without asking.
fn automatic(host: &Host, install: Install) -> bool {
    install.yes || (host.is_root && !host.has_terminal)
}

/// The systems whose machines are to run here: those that are asked for, or that of this computer.
pub(crate) fn systems(asked: &[Platform]) -> BTreeSet<Platform> {
    match asked {
        [] => domi_runner::host_system().into_iter().collect(),
        asked => asked.iter().copied().collect(),
    }
}

/// Makes sure that this can run here, installing what is missing where that was asked for.
pub(crate) fn ensure(context: &Context, wanted: &Wanted, install: Install) -> Result<()> {
    match plan(&Host::this(), wanted, install) {
        Plan::Ready => Ok(()),
        Plan::Install { lacking, commands, automatic: true } => {
            talk!("this computer lacks {}; installing it", list(&lacking));
            self::install(context, &commands, &lacking)
        }
        plan => Err(context.problems(Exit::Missing, vec![problem(&plan)])),
    }
}

/// The same for what can be done without: where nothing may be installed, says what would be.
pub(crate) fn suggest(context: &Context, wanted: &Wanted, install: Install) -> Result<()> {
    match plan(&Host::this(), wanted, install) {
        Plan::Install { lacking, commands, automatic: false } => {
            talk!("containers need {}: `{}`", list(&lacking), shell(&commands));
            Ok(())
        }
        // Whether there are containers is found out by trying.
        Plan::Ready | Plan::Impossible { .. } => Ok(()),
        Plan::Install { .. } => ensure(context, wanted, install),
    }
}

/// Installs an optional program where [`ensure`] would; says whether it is there afterwards.
pub(crate) fn offer(context: &Context, need: &Need, arguments: Install) -> Result<bool> {
    let host = Host::this();
    let by_apt = host.debian_like() && host.has("apt-get");
    if !host.has(need.program) && by_apt && automatic(&host, arguments) {
        install(context, &Manager::Apt.commands(&[need], &host), &[])?;
    }
    Ok(Host::this().has(need.program))
}

/// Runs commands that install, after which these must be there.
pub(crate) fn install(context: &Context, commands: &[Vec<String>], wanted: &[&Need]) -> Result<()> {
    for command in commands {
        let program = Program::new(&command[0])
            .args(&command[1..])
            .show_stderr()
            .time_limit(Duration::from_secs(30 * 60));
        talk!("{} {program}", context.paint().faint("running"));
        let outcome = program.run(&context.interrupt)?;
        if !outcome.success() {
            crate::talk::talk(format_args!("{}", String::from_utf8_lossy(&outcome.stdout)));
            let message = format!("`{program}` failed ({})", outcome.end);
            return Err(failed(context, message));
        }
    }
    let host = Host::this();
    let missing: Vec<&Need> =
        wanted.iter().copied().filter(|need| !host.has(need.program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(failed(context, format!("{} is still missing", list(&missing))))
}

fn failed(context: &Context, message: String) -> crate::failure::Failure {
    let problem = Problem::error(INSTALL_FAILED, "", message)
        .next("run the command yourself to see why, then repeat this one");
    context.problems(Exit::Missing, vec![problem])
}

/// What a plan means for the user; nothing where all is ready.
pub(crate) fn problem(plan: &Plan) -> Problem {
    match plan {
        Plan::Ready => unreachable!("nobody is told that nothing is wrong"),
        Plan::Install { lacking, commands, .. } => {
            let message = format!("this computer lacks {}", list(lacking));
            Problem::error(LACKING, "", message).next(format!("run `{}`", shell(commands)))
        }
        Plan::Impossible { hint, .. } => no_apt(hint),
    }
}

/// That machines cannot be made here, with a hint for what is lacking beside apt.
pub(crate) fn no_apt(hint: &str) -> Problem {
    let message = "test machines are made from Debian or Ubuntu packages, and this computer is not a \
                   Debian or Ubuntu with apt";
    let next = format!(
        "run this in a Debian or Ubuntu container or machine; it needs no privileges and no KVM{hint}"
    );
    Problem::error(NO_APT, "", message).next(next)
}

/// What is lacking, in words.
pub(crate) fn list(lacking: &[&Need]) -> String {
    let names: Vec<String> =
        lacking.iter().map(|need| format!("{} ({})", need.program, need.what)).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// Commands as one line for a shell.
pub(crate) fn shell(commands: &[Vec<String>]) -> String {
    let line = |words: &Vec<String>| {
        let words: Vec<String> =
            words.iter().map(|word| domi_host::command::shell_word(word)).collect();
        words.join(" ")
    };
    commands.iter().map(line).collect::<Vec<_>>().join(" && ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const DEBIAN: &str = "ID=debian\n";
    const MINT: &str = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
    const FEDORA: &str = "ID=fedora\n";

    fn x86_64() -> Wanted {
        Wanted::machines([Platform::X86_64Linux].into())
    }

    /// A computer with these programs, seen by an ordinary user at a terminal.
    struct Computer {
        _dir: tempfile::TempDir,
        host: Host,
    }

    fn computer(os_release: &str, programs: &str) -> Computer {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for program in programs.split_whitespace() {
            let file = dir.path().join(program);
            std::fs::write(&file, "").expect("written");
            let mode = PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&file, mode).expect("permitted");
        }
        let host = Host {
            path: vec![dir.path().to_owned()],
            os_release: os_release.to_owned(),
            is_root: false,
            has_terminal: true,
        };
        Computer { _dir: dir, host }
    }

    #[track_caller]
    fn check(os_release: &str, programs: &str, says: &str) {
        let computer = computer(os_release, programs);
        let plan = plan(&computer.host, &x86_64(), Install::default());
        let said =
            if plan == Plan::Ready { "ready".to_owned() } else { problem(&plan).to_string() };
        assert_eq!(said, says);
    }

    #[test]
    fn a_computer_with_all_programs_is_ready() {
        check(DEBIAN, "apt-get mke2fs qemu-system-x86_64", "ready");
        check(MINT, "apt-get mke2fs qemu-system-x86_64 dnf", "ready");
    }

    #[test]
    fn all_that_is_missing_is_said_at_once_with_one_command() {
        check(
            DEBIAN,
            "apt-get sudo",
            "error[D0510]: this computer lacks qemu-system-x86_64 (runs machines) and mke2fs \
             (makes their disks)\n  next: run `sudo apt-get update && sudo apt-get install --yes \
             --no-install-recommends qemu-system-x86 e2fsprogs`",
        );
        check(
            DEBIAN,
            "apt-get mke2fs",
            "error[D0510]: this computer lacks qemu-system-x86_64 (runs machines)\n  next: run \
             `apt-get update && apt-get install --yes --no-install-recommends qemu-system-x86`",
        );
    }

    #[test]
    fn machines_of_another_system_need_another_qemu() {
        let computer = computer(DEBIAN, "apt-get mke2fs qemu-system-x86_64");
        let both = Wanted::machines([Platform::X86_64Linux, Platform::Aarch64Linux].into());
        let said = problem(&plan(&computer.host, &both, Install::default())).to_string();
        let expected = "error[D0510]: this computer lacks qemu-system-aarch64 (runs machines)\n  \
                        next: run `apt-get update && apt-get install --yes \
                        --no-install-recommends qemu-system-arm`";
        assert_eq!(said, expected);
    }

    #[test]
    fn containers_of_a_user_need_ids_and_those_of_root_nothing() {
        let without = computer(DEBIAN, "apt-get sudo mke2fs qemu-system-x86_64");
        let said = |host: &Host, wanted: &Wanted| match plan(host, wanted, Install::default()) {
            Plan::Ready => "ready".to_owned(),
            plan => problem(&plan).to_string(),
        };
        let lacks = "error[D0510]: this computer lacks newuidmap (gives containers ids of their \
                     own)\n  next: run `sudo apt-get update && sudo apt-get install --yes \
                     --no-install-recommends uidmap`";
        let both = Wanted { containers: true, ..x86_64() };
        assert_eq!(said(&without.host, &both), lacks);
        assert_eq!(said(&without.host, &Wanted::containers()), lacks);
        assert_eq!(said(&without.host, &x86_64()), "ready");
        let root = Host { is_root: true, ..without.host.clone() };
        assert_eq!(said(&root, &both), "ready");
        let with = computer(DEBIAN, "apt-get newuidmap");
        assert_eq!(said(&with.host, &Wanted::containers()), "ready");
    }

    #[test]
    fn another_distribution_is_told_what_there_is_for_it() {
        let none = "error[D0511]: test machines are made from Debian or Ubuntu packages, and this \
                    computer is not a Debian or Ubuntu with apt\n  next: run this in a Debian or \
                    Ubuntu container or machine; it needs no privileges and no KVM";
        let rest = "installs the other missing programs";
        check("ID=unheard-of\n", "", none);
        check(FEDORA, "dnf qemu-system-x86_64 mke2fs", none);
        for (program, command) in [
            ("dnf sudo", "sudo dnf install --assumeyes qemu-system-x86 e2fsprogs"),
            ("dnf apt-get", "dnf install --assumeyes qemu-system-x86 e2fsprogs"),
            ("pacman", "pacman -Syu --needed --noconfirm qemu-system-x86 e2fsprogs"),
            ("zypper", "zypper --non-interactive install qemu-x86 e2fsprogs"),
            ("apk", "apk add qemu-system-x86_64 e2fsprogs"),
            ("brew sudo", "brew install qemu e2fsprogs"),
        ] {
            check(FEDORA, program, &format!("{none}; `{command}` {rest}"));
        }
    }

    #[test]
    fn only_root_without_a_terminal_or_someone_who_says_yes_gets_something_installed() {
        let computer = computer(DEBIAN, "apt-get");
        for (is_root, has_terminal, yes, expected) in [
            (true, false, false, true),
            (true, true, false, false),
            (false, false, false, false),
            (false, true, true, true),
        ] {
            let host = Host { is_root, has_terminal, ..computer.host.clone() };
            let Plan::Install { automatic, .. } = plan(&host, &x86_64(), Install { yes }) else {
                panic!("something is lacking");
            };
            assert_eq!(automatic, expected, "{is_root} {has_terminal} {yes}");
        }
    }

    #[test]
    fn a_file_that_may_not_be_executed_is_no_program() {
        let computer = computer(DEBIAN, "apt-get mke2fs qemu-system-x86_64");
        let file = computer.host.path[0].join("mke2fs");
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o644)).expect("permitted");
        assert!(matches!(
            plan(&computer.host, &x86_64(), Install::default()),
            Plan::Install { .. }
        ));
    }
}

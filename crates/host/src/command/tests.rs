use super::*;

fn shell(script: &str) -> Program {
    Program::new("sh").args(["-c", script]).time_limit(Duration::from_secs(20))
}

#[track_caller]
fn check(program: &Program, end: End, stdout: &str) {
    let outcome = program.run(&Interrupt::default()).unwrap();
    assert_eq!((outcome.end, &*String::from_utf8_lossy(&outcome.stdout)), (end, stdout));
}

#[test]
fn a_program_ends_as_it_says() {
    check(&shell("echo a b; exit 3"), End::Exit(3), "a b\n");
    check(&shell("kill -9 $$"), End::Signal(9), "");
}

#[test]
fn a_program_reads_the_file_that_it_is_given_or_nothing() {
    use std::io::{Seek, Write};

    check(&shell("cat; echo end"), End::Exit(0), "end\n");
    let mut file = tempfile::tempfile().unwrap();
    writeln!(file, "not this, but this").unwrap();
    file.seek(io::SeekFrom::Start(10)).unwrap();
    check(&shell("cat; echo end").input(file), End::Exit(0), "but this\nend\n");
    let text = shell("cat; echo end").input_text("this\n").unwrap();
    check(&text, End::Exit(0), "this\nend\n");
}

#[test]
fn a_program_that_hangs_is_killed_with_its_children() {
    let hanging = shell("echo started; sleep 100 & wait");
    check(&hanging.time_limit(Duration::from_secs(2)), End::TimedOut, "started\n");
}

#[test]
fn a_program_that_prints_without_end_is_cut() {
    check(&shell("yes").output_limit(4), End::TooMuchOutput, "y\ny\n");
}

#[test]
fn a_grandchild_that_keeps_the_pipe_does_not_keep_us() {
    check(&shell("sleep 100 & echo done"), End::Exit(0), "done\n");
}

/// Starts `sleep 1000` in a session of its own; its id is in the file.
const LEAVES: &str = "setsid sh -c 'echo $$ > \"$FILE.new\"; mv \"$FILE.new\" \"$FILE\"; exec env -i sleep 1000' \
                      REDIRECT & while ! test -e \"$FILE\"; do sleep 0.01; done; echo done;";

/// Of a program that leaves a process behind which is not in its group, and then ends or does
/// not, neither we nor the process stay.
#[track_caller]
fn check_left(redirect: &str, then: &str, end: End) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("id");
    let script = format!("{}{then}", LEAVES.replace("REDIRECT", redirect));
    let limit = if end == End::TimedOut { Duration::from_secs(2) } else { Duration::MAX };
    let program = shell(&script).env("FILE", &file).time_limit(limit).output_limit(100);
    check(&program, end, "done\n");
    assert!(!is_there(&file), "{redirect} {then}");
}

/// Whether the process runs whose id is in a file.
fn is_there(file: &std::path::Path) -> bool {
    let id = std::fs::read_to_string(file).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
    // Whoever looks after orphans here may not have taken notice of its end yet.
    state.is_ok_and(|state| !state.contains(") Z "))
}

#[test]
fn a_grandchild_in_a_session_of_its_own_outlives_nothing() {
    const APART: &str = ">/dev/null 2>&1 </dev/null";
    check_left("", "exit 3", End::Exit(3));
    check_left("2>/dev/null", "kill -9 $$", End::Signal(9));
    check_left(">/dev/null", "", End::Exit(0));
    check_left(APART, "exit 3", End::Exit(3));
    check_left("", "sleep 1000", End::TimedOut);
    check_left(APART, "sleep 1000", End::TimedOut);
    check_left(">/dev/null 2>&1", "yes >&2", End::TooMuchOutput);
}

#[test]
fn a_grandchild_that_prints_without_end_does_not_keep_us() {
    let program = shell("setsid yes & sleep 0.1").output_limit(usize::MAX);
    assert_eq!(program.run(&Interrupt::default()).unwrap().end, End::Exit(0));
    let program = shell("setsid yes >&2 & sleep 0.1");
    let outcome = program.run_watched(&Interrupt::default(), |_| ()).unwrap();
    assert_eq!(outcome.end, End::Exit(0));
}

#[test]
fn all_that_a_program_printed_before_it_ended_is_read() {
    let program = shell("setsid sleep 1000 & head -c 60000 /dev/zero");
    assert_eq!(program.run(&Interrupt::default()).unwrap().stdout.len(), 60_000);
}

#[test]
fn an_interrupt_ends_what_is_in_another_session() {
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let script = "setsid sleep 1000 & echo started >&2; sleep 1000";
    let ended = shell(script).run_watched(&interrupt, |_| stop.set());
    assert!(matches!(ended, Err(Error::Interrupted(_))));
}

#[test]
fn a_server_may_be_left() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("id");
    let script = LEAVES.replace("REDIRECT", ">/dev/null 2>&1 </dev/null");
    let program = shell(&script).env("FILE", &file).leaves_servers();
    check(&program, End::Exit(0), "done\n");
    assert!(is_there(&file));
    let id = std::fs::read_to_string(&file).unwrap();
    assert!(shell(&format!("kill {id}")).run(&Interrupt::default()).unwrap().success());
}

#[test]
fn a_program_is_the_head_of_its_group_and_hears_all_signals() {
    let script = "read -r id _ _ _ group _ < /proc/self/stat; test $id = $group && \
                  grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status";
    check(&shell(script), End::Exit(0), "");
}

#[test]
fn a_program_that_is_not_there_is_told_from_one_that_may_not_be_started() {
    let missing = |program: &str| match Program::new(program).run(&Interrupt::default()) {
        Err(error) => (error.is_missing(), error.to_string()),
        Ok(_) => panic!("{program} was started"),
    };
    assert_eq!(missing("/no/such"), (true, "cannot start `/no/such`".to_owned()));
    assert_eq!(missing("/etc/passwd"), (false, "cannot start `/etc/passwd`".to_owned()));
}

#[test]
fn what_a_program_met_of_this_computer_is_in_its_error() {
    let full = shell("echo 'x: No space left on device' >&2; exit 1");
    let error = full.read(&Interrupt::default()).unwrap_err();
    assert_eq!(crate::Cause::of(&error), crate::Cause::Computer);
    let other = shell("echo 'x: no' >&2; exit 1").read(&Interrupt::default()).unwrap_err();
    assert_eq!(crate::Cause::of(&other), crate::Cause::Other);
}

#[test]
fn all_of_a_group_may_tidy_up() {
    // The shell itself ends at once.
    let script = "trap '' TERM; (trap 'sleep 0.3; echo tidied' TERM; echo started; sleep 1000 & wait) & \
                  trap - TERM; wait";
    let tidy = shell(script).time_limit(Duration::from_secs(2)).grace(Duration::from_secs(20));
    check(&tidy, End::TimedOut, "started\ntidied\n");
}

#[test]
fn a_program_may_tidy_up_before_it_is_killed() {
    let tidy = shell("trap 'echo tidied; exit 5' TERM; echo started; sleep 100 & wait");
    let tidy = tidy.time_limit(Duration::from_secs(2));
    check(&tidy.clone().grace(Duration::from_secs(20)), End::TimedOut, "started\ntidied\n");
    check(&tidy, End::TimedOut, "started\n");
}

#[test]
fn what_a_program_says_is_seen_line_by_line_without_limit() {
    let mut seen = Vec::new();
    let chatty = shell("yes | head -n 1000 >&2; printf end >&2; echo out").output_limit(64);
    let outcome =
        chatty.run_watched(&Interrupt::default(), |line| seen.push(line.to_owned())).unwrap();
    assert_eq!((seen.len(), &*seen[999], &*seen[1000]), (1001, &b"y"[..], &b"end"[..]));
    assert_eq!(
        (outcome.success(), &*outcome.stdout, &*outcome.stderr),
        (true, &b"out\n"[..], &b""[..])
    );
}

#[test]
fn after_an_interrupt_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (interrupt, file) = (Interrupt::default(), folder.path().join("started"));
    interrupt.set();
    let ended = Program::new("touch").arg(&file).run(&interrupt);
    assert!(matches!(ended, Err(Error::Interrupted(_))), "{ended:?}");
    assert!(!file.exists());
}

#[test]
fn an_interrupt_ends_the_wait() {
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        stop.set();
    });
    assert!(matches!(shell("sleep 100").run(&interrupt), Err(Error::Interrupted(_))));
    stopper.join().unwrap();
}

#[test]
fn a_program_is_shown_as_a_line_for_a_shell() {
    let program = Program::new("printf").args(["%s", "it's", ""]).env("A", "b c");
    assert_eq!(program.to_string(), r"A='b c' printf %s 'it'\''s' ''");
}

#[test]
fn what_only_makes_it_faster_is_set_and_not_shown() {
    let program = shell("echo $A").tuned("A", "1");
    assert_eq!(program.to_string(), "sh -c 'echo $A'");
    check(&program, End::Exit(0), "1\n");
    check(&program.env("A", "2"), End::Exit(0), "2\n");
}

/// A program that was just written, and the file as it is still open for writing.
fn just_written(folder: &std::path::Path) -> (Program, File) {
    use std::os::unix::fs::PermissionsExt;

    let path = folder.join("program");
    std::fs::write(&path, "#!/bin/sh\necho here\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    (Program::new(&path), File::options().append(true).open(&path).unwrap())
}

#[test]
fn a_program_that_was_just_written_is_started_once_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (program, open) = just_written(folder.path());
    let closer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(open);
    });
    check(&program, End::Exit(0), "here\n");
    closer.join().unwrap();
}

#[test]
fn an_interrupt_ends_the_wait_for_a_program_that_is_still_written() {
    let folder = tempfile::tempdir().unwrap();
    let (program, _open) = just_written(folder.path());
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        stop.set();
    });
    let ended = program.run(&interrupt);
    assert!(matches!(ended, Err(Error::Interrupted(_))), "{ended:?}");
    stopper.join().unwrap();
}

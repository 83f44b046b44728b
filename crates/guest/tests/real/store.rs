//! Making and keeping snapshots: with other processes, with damage, without a network.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domi_guest::{Drive, Error, Guests, Kind, Progress, Prune, Stage};
use domi_host::{Interrupt, dirs, sparse};
use domi_machine_tests::LIMIT;
use tempfile::TempDir;

use crate::common::{guests, image, machines_wanted, options};

/// A small package that needs nothing the image does not have.
const PACKAGE: &str = "hello";

/// Another cache with the image of the real one, so that damage and pruning do no harm.
fn cache_with_image() -> TempDir {
    let name = image().key();
    let real = dirs::cache().unwrap();
    let cache = tempfile::tempdir_in(&real).unwrap();
    let folder = cache.path().join("guest/images").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir(real.join("guest/images").join(name)).unwrap() {
        let file = file.unwrap();
        sparse::copy(&file.path(), &folder.join(file.file_name()), &Interrupt::default()).unwrap();
    }
    for verdict in std::fs::read_dir(real.join("guest")).unwrap() {
        let verdict = verdict.unwrap();
        if verdict.file_type().unwrap().is_file() {
            std::fs::copy(verdict.path(), cache.path().join("guest").join(verdict.file_name()))
                .unwrap();
        }
    }
    std::os::unix::fs::symlink(real.join("debian"), cache.path().join("debian")).unwrap();
    cache
}

/// Unfinished files in a store's folder.
fn unfinished(cache: &Path) -> usize {
    std::fs::read_dir(cache.join("guest/building")).unwrap().count()
}

/// The stages of `with_packages`.
fn stages_of(guests: &Guests) -> Vec<Stage> {
    let stages = std::sync::Mutex::new(Vec::new());
    let snapshot = guests.with_packages(&[PACKAGE], &|progress| {
        if let Progress::Started { stage, .. } = progress {
            stages.lock().unwrap().push(stage);
        }
    });
    snapshot.unwrap();
    stages.into_inner().unwrap()
}

#[test]
fn a_layer_is_made_once_and_again_when_it_is_damaged() {
    if !machines_wanted() {
        return;
    }
    let cache = cache_with_image();
    let guests = guests(cache.path());
    let quiet = |_: Progress| ();
    let all = [Stage::LayerPackages, Stage::Installing, Stage::Saving];
    assert_eq!(stages_of(&guests), all);
    assert_eq!(stages_of(&guests), []);

    let folder = layer_folder(&guests, cache.path());
    truncate(&folder.join("memory"));
    assert_eq!(stages_of(&guests), all);
    truncate(&folder.join("devices"));
    assert_eq!(stages_of(&guests), all);

    // Damage that only shows when the machine starts: the right length, the wrong content.
    let mut devices = std::fs::read(folder.join("disk.qcow2")).unwrap();
    devices[..64].fill(0xee);
    std::fs::write(folder.join("disk.qcow2"), devices).unwrap();
    assert_eq!(stages_of(&guests), []);
    let logs = tempfile::tempdir().unwrap();
    let mut machine = guests.restore(&[PACKAGE], &options("fixed", &logs, None), &quiet).unwrap();
    let output = machine.execute("hello --greeting=fixed", LIMIT).unwrap();
    assert_eq!(output.stdout, b"fixed\n");
    assert_eq!(unfinished(cache.path()), 0);

    // A snapshot in use is not pruned; the others are.
    assert_eq!(guests.prune(Prune::All).unwrap(), []);
    drop(machine);
    assert_eq!(guests.prune(Prune::UnusedFor(Duration::from_secs(3600))).unwrap(), []);
    let mut kinds: Vec<_> = guests.prune(Prune::All).unwrap().iter().map(|e| e.kind).collect();
    kinds.sort_by_key(|kind| *kind == Some(Kind::Layer));
    assert_eq!(kinds, [Some(Kind::Image), Some(Kind::Layer)]);
    assert_eq!(guests.list().unwrap(), []);
}

#[test]
fn a_package_is_installed_that_wants_others_configured_before_it() {
    if !machines_wanted() {
        return;
    }
    let cache = cache_with_image();
    let guests = guests(cache.path());
    let logs = tempfile::tempdir().unwrap();
    let options = options("configured", &logs, None);
    let mut machine = guests.restore(&["gawk"], &options, &|_: Progress| ()).unwrap();
    let output = machine.execute("gawk 'BEGIN { print 6 * 7 }'", LIMIT).unwrap();
    assert_eq!(output.stdout, b"42\n");
}

fn layer_folder(guests: &Guests, cache: &Path) -> std::path::PathBuf {
    let entries = guests.list().unwrap();
    let layer = entries.iter().find(|entry| entry.kind == Some(Kind::Layer)).unwrap();
    assert_eq!(layer.packages, [PACKAGE]);
    cache.join("guest/images").join(&layer.key)
}

fn truncate(file: &Path) {
    let length = std::fs::metadata(file).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(file).unwrap().set_len(length / 2).unwrap();
}

#[test]
fn an_unknown_package_is_named() {
    if !machines_wanted() {
        return;
    }
    let cache = cache_with_image();
    let error = guests(cache.path()).with_packages(&["no-such-package"], &|_| ()).unwrap_err();
    assert!(matches!(error, Error::Packages(_)), "{error:?}");
    assert!(error.to_string().contains("no-such-package"), "{error}");
    assert_eq!(unfinished(cache.path()), 0);
}

/// Not a test: the work of a second process, chosen by its arguments. See [`other_process`].
#[test]
#[ignore = "the other process of a test"]
fn other() {
    let Some(task) = std::env::var_os("DOMI_TEST_TASK") else { return };
    let guests = guests(&dirs::cache().unwrap());
    let logs = tempfile::tempdir().unwrap();
    let options = options("other", &logs, None);
    match task.to_str().unwrap() {
        "layer" => {
            let making = |progress: Progress| {
                if matches!(progress, Progress::Started { stage: Stage::Installing, .. }) {
                    println!("\nmaking");
                }
            };
            guests.with_packages(&[PACKAGE], &making).unwrap();
            println!("\nmade");
        }
        "run" => {
            let mut machine = guests.restore(&[""; 0], &options, &|_| ()).unwrap();
            println!("\npid {}", machine.pid().unwrap());
            machine.execute("sleep 1000", Duration::from_secs(1000)).unwrap();
        }
        other => panic!("{other}"),
    }
    std::io::stdout().flush().unwrap();
}

/// Another process of this program, and the folder for files that it leaves when it is killed.
struct Other {
    process: Child,
    _temporary: TempDir,
}

fn other_process(task: &str, cache: &Path, path: Option<&Path>) -> Other {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command
        .args(["--exact", "store::other", "--ignored", "--nocapture"])
        .envs([("DOMI_TEST_TASK", task.as_ref()), ("DOMI_CACHE", cache.as_os_str())])
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped());
    Other { process: command.spawn().unwrap(), _temporary: temporary }
}

/// Waits for a line that begins with this and returns the rest of it.
fn line_of(child: &mut Child, start: &str) -> String {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix(start).map(str::to_owned));
    line.expect("the other process says it before it ends")
}

#[test]
fn two_processes_that_want_the_same_make_it_once() {
    if !machines_wanted() {
        return;
    }
    let cache = cache_with_image();
    let mut processes = [(); 2].map(|()| other_process("layer", cache.path(), None));
    let mut makers = 0;
    for Other { process, .. } in &mut processes {
        let said = std::io::read_to_string(process.stdout.take().unwrap()).unwrap();
        assert!(process.wait().unwrap().success() && said.contains("\nmade"), "{said}");
        makers += usize::from(said.contains("\nmaking"));
    }
    assert_eq!(makers, 1);
    assert_eq!(unfinished(cache.path()), 0);
}

#[test]
fn what_a_killed_builder_leaves_is_swept_and_made_by_the_next() {
    if !machines_wanted() {
        return;
    }
    let cache = cache_with_image();
    let mut builder = other_process("layer", cache.path(), None);
    line_of(&mut builder.process, "making");
    builder.process.kill().unwrap();
    builder.process.wait().unwrap();
    assert_eq!(unfinished(cache.path()), 1);
    assert_eq!(stages_of(&guests(cache.path())).len(), 3);
    assert_eq!(unfinished(cache.path()), 0);
}

#[test]
fn a_killed_process_leaves_no_machine() {
    if !machines_wanted() {
        return;
    }
    image();
    let cache = dirs::cache().unwrap();
    let Other { mut process, _temporary } = other_process("run", &cache, None);
    let pid = line_of(&mut process, "pid ");
    let qemu = Path::new("/proc").join(pid);
    assert!(qemu.exists());
    process.kill().unwrap();
    process.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while qemu.exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!qemu.exists());
}

#[test]
fn with_a_warm_cache_neither_apt_nor_a_network_is_needed() {
    if !machines_wanted() {
        return;
    }
    image();
    let only_qemu = tempfile::tempdir().unwrap();
    let program = format!("qemu-system-{}", std::env::consts::ARCH);
    let found = domi_host::tool::find(&program).unwrap();
    std::os::unix::fs::symlink(found, only_qemu.path().join(&program)).unwrap();
    let cache = dirs::cache().unwrap();
    let Other { mut process, _temporary } = other_process("run", &cache, Some(only_qemu.path()));
    line_of(&mut process, "pid ");
    process.kill().unwrap();
    process.wait().unwrap();
}

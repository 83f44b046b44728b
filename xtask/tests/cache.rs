//! The binary cache, with the real `nix`, a folder for a cache, and checks that need nothing but a
//! shell. Where there is no nix that may build, every test says so and is skipped.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domi_host::Interrupt;
use domi_host::command::Program;
use domi_nix_command::Nix;

/// As root without a daemon there are no build users, and no shell for the sandbox.
const SETTINGS: &str = "build-users-group =\nsandbox = false\nsubstituters =\n\
                        extra-experimental-features = nix-command flakes\n";

/// `b` refers to `a`; every run of a test builds other paths.
const FLAKE: &str = r#"
{
  outputs = _: let
    built = name: uses: derivation {
      inherit name uses;
      system = "SYSTEM";
      builder = "/bin/sh";
      args = [ "-c" "echo ${name} $uses > $out" ];
      mark = "MARK";
    };
  in {
    checks."SYSTEM" = rec {
      a = built "a" [ ];
      b = built "b" [ a ];
      c = built "c" [ ];
    };
    other = built "other" [ ];
  };
}
"#;

struct Workspace {
    _folder: tempfile::TempDir,
    root: PathBuf,
    nix: Nix,
    system: String,
}

/// How a command ended, and what it printed.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn workspace() -> Option<Workspace> {
    let nix = match Nix::find(&Interrupt::default()).unwrap() {
        Ok(nix) => nix,
        Err(problem) => {
            eprintln!("SKIPPED: {problem}");
            return None;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let system = nix.capabilities(None, &Interrupt::default()).unwrap().systems[0].clone();
    let workspace = Workspace { _folder: folder, root, nix, system };
    workspace.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let flake = FLAKE.replace("SYSTEM", &workspace.system);
    let mark = workspace.root.display().to_string();
    workspace.write("flake.nix", &flake.replace("MARK", &mark));
    std::fs::create_dir(workspace.root.join("cache")).unwrap();
    workspace.use_cache(&format!("file://{mark}/cache"));
    let probe = workspace.nix_says(&["build", "--no-link", "path:.#other"]);
    if let Err(why) = probe {
        eprintln!("SKIPPED: this nix may not build here: {why}");
        return None;
    }
    Some(workspace)
}

impl Workspace {
    fn write(&self, file: &str, text: &str) {
        domi_host::file::write(&self.root.join(file), text).unwrap();
    }

    fn use_cache(&self, url: &str) {
        self.write("domi.toml", &format!("[cache]\nurl = \"{url}\"\n"));
    }

    fn nix_says(&self, words: &[&str]) -> Result<String, String> {
        let program = self.nix.program(words).env("NIX_CONFIG", SETTINGS).folder(&self.root);
        program.read(&Interrupt::default()).map_err(|error| format!("{error:#}"))
    }

    fn build(&self, checks: &[&str]) {
        for check in checks {
            let output = format!("path:.#checks.{}.{check}", self.system);
            self.nix_says(&["build", "--no-link", &output]).unwrap();
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .arg("cache")
            .args(words)
            .current_dir(&self.root)
            .env("NIX_CONFIG", SETTINGS)
            .env_remove("DOMI_NIXPKGS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, words: &[&str]) -> Ran {
        Self::ran(&mut self.command(words))
    }

    fn ran(command: &mut Command) -> Ran {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that must end so, and print what holds this; the folder is `ROOT`.
    #[track_caller]
    fn check(&self, words: &[&str], code: i32, says: &[&str]) -> Ran {
        let ran = self.run(words);
        let all = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, Some(code), "{all}");
        let shown = all.replace(self.root.to_str().unwrap(), "ROOT");
        let shown = shown.replace(&self.system, "SYSTEM");
        for says in says {
            assert!(shown.contains(says), "nothing says {says:?}:\n{shown}");
        }
        ran
    }

    fn cached(&self, ending: &str) -> Vec<PathBuf> {
        files(&self.root.join("cache"), ending)
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_built_is_pushed_and_then_found() {
    let Some(workspace) = workspace() else { return };
    let lacks = "cache has 0 %: 0 of 3 paths of the checks for SYSTEM\nit lacks\n  a\n  b\n  c\n";
    workspace.check(&["status"], 0, &[lacks]);
    workspace.check(
        &["push", "--all"],
        0,
        &["nothing copied to file://ROOT/cache: nothing of it is here\nnot built here\n  a\n  b\n  c\n"],
    );
    workspace.build(&["b"]);
    let copied = "copied 2 paths to file://ROOT/cache (1 KiB): nothing was there already\n  a\n  b\n\
                  not built here\n  c\n";
    workspace.check(&["push", "--all"], 0, &[copied]);
    let grown = "cache has 66 %: 2 of 3 paths of the checks for SYSTEM\nbefore: 0 % just now\n\
                 it lacks\n  c\n";
    workspace.check(&["status"], 0, &[grown]);
    workspace.build(&["c"]);
    let again = "copied 1 path to file://ROOT/cache (1 KiB): 2 were there already\n  c\n";
    workspace.check(&["push", "--all"], 0, &[again]);
    let all_there = "nothing copied to file://ROOT/cache: 3 were there already\n";
    workspace.check(&["push", "--all"], 0, &[all_there]);
    let full = "cache has 100 %: 3 of 3 paths of the checks for SYSTEM\n\
                before: 66 % just now, 0 % just now\n";
    workspace.check(&["status"], 0, &[full]);
    let kept = std::fs::read_to_string(workspace.root.join("target/domi/cache.jsonl")).unwrap();
    assert_eq!(kept.lines().count(), 3, "{kept}");

    // Nix itself takes them from there.
    let mut store = workspace.root.join("elsewhere").into_os_string().into_string().unwrap();
    store.insert_str(0, "local?root=");
    let url = format!("file://{}/cache", workspace.root.display());
    let path = workspace.nix_says(&[
        "eval",
        "--raw",
        &format!("path:.#checks.{}.b.outPath", workspace.system),
    ]);
    workspace
        .nix_says(&["copy", "--no-check-sigs", "--from", &url, "--to", &store, &path.unwrap()])
        .unwrap();
}

#[test]
fn what_is_named_is_looked_for_instead_of_the_checks() {
    let Some(workspace) = workspace() else { return };
    let ran = workspace.check(&["status", "path:.#other", "--json"], 0, &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["wanted"], &report["has"]), (&1.into(), &0.into()), "{report}");
    let path = report["lacking"][0].as_str().unwrap().to_owned();
    let ran = workspace.check(&["push", &path, "--json"], 0, &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["copied"], serde_json::json!([path]));
    workspace.check(
        &["status", "path:.#other"],
        0,
        &["100 %: 1 of 1 path of path:.#other\nbefore: 0 %"],
    );
    workspace.check(&["status", "path:.#nothing"], 2, &["error[D0521]: path:.#nothing: "]);
    workspace.check(&["push"], 2, &["--all"]);
    workspace.check(&["push", "--all", "path:.#other"], 2, &["cannot be used with"]);
    let foreign =
        if workspace.system == "aarch64-linux" { "x86_64-linux" } else { "aarch64-linux" };
    workspace.check(&["status", "--system", foreign], 2, &["error[D0815]: checks.", "--system"]);
    workspace.write("domi.toml", "");
    workspace.check(&["status"], 2, &["error[D0810]: domi.toml names no binary cache"]);
}

#[test]
fn a_check_that_does_not_evaluate_stops_no_other() {
    let Some(workspace) = workspace() else { return };
    let flake = std::fs::read_to_string(workspace.root.join("flake.nix")).unwrap();
    for broken in ["throw \"no\"", "built (1 + \"\") [ ]"] {
        workspace
            .write("flake.nix", &flake.replace("c = built \"c\" [ ];", &format!("c = {broken};")));
        let says = ["of 2 paths of", "warning[D0521]: checks.SYSTEM.c: "];
        workspace.check(&["status"], 0, &says);
    }
    // Where nothing is known of any, there is no rate.
    let system = format!("checks.\"{}\"", workspace.system);
    workspace.write("flake.nix", &format!("{{ outputs = _: {{ {system}.a = throw \"no\"; }}; }}"));
    workspace.check(&["status"], 5, &["error[D0521]: checks.SYSTEM.a: "]);
}

#[test]
fn a_cache_whose_folder_is_gone_is_no_empty_one() {
    let Some(workspace) = workspace() else { return };
    workspace.build(&["a"]);
    workspace.check(&["push", "--all"], 0, &["copied 1 path"]);
    std::fs::remove_dir_all(workspace.root.join("cache")).unwrap();
    let gone = "error[D0811]: file://ROOT/cache: there is no such folder\n  next: mount or restore \
                it; a new cache begins with `mkdir -p ROOT/cache`\n";
    workspace.check(&["status"], 3, &[gone]);
    workspace.check(&["push", "--all"], 3, &[gone]);
    assert!(!workspace.root.join("cache").exists());
}

#[test]
fn what_somebody_has_changed_in_the_cache_is_noticed() {
    let Some(workspace) = workspace() else { return };
    workspace.build(&["b", "c"]);
    workspace.check(&["push", "--all"], 0, &["copied 3 paths"]);
    let changed = |file: &Path, from: &str, to: &str, words: &[&str], says: &[&str]| {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(file, text.replace(from, to)).unwrap();
        workspace.check(words, 3, says);
        std::fs::write(file, text).unwrap();
    };
    let file = &workspace.cached(".narinfo")[0];
    let noticed = ["has 66 %: 2 of 3 paths", "error[D0812]: /nix/store/", "is corrupt"];
    changed(file, "NarHash: sha256:", "NarHash: sha256:x", &["status"], &noticed);
    changed(file, "StorePath: ", "StorePth: ", &["status"], &noticed);
    changed(file, "StorePath: ", "StorePth: ", &["push", "--all"], &noticed[1..]);
    workspace.check(&["status", "--verify"], 0, &["has 100 %"]);
    changed(file, "URL: nar/", "URL: nar/gone", &["status", "--verify"], &noticed[..2]);
    // Another file in place of what is named.
    let [first, second] = [0, 1].map(|n| std::fs::read(&workspace.cached(".nar.xz")[n]).unwrap());
    assert_ne!(first, second);
    std::fs::write(&workspace.cached(".nar.xz")[0], second).unwrap();
    workspace.check(&["status"], 0, &["has 100 %"]);
    workspace.check(&["status", "--verify"], 3, &[noticed[0], noticed[1], "was modified!"]);
}

#[test]
fn a_server_that_is_gone_or_silent_is_noticed_in_time() {
    let Some(workspace) = workspace() else { return };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    // It takes connections, and never says a word.
    workspace.use_cache(&format!("http://127.0.0.1:{port}"));
    for words in [&["status", "--timeout", "3s"][..], &["push", "--all", "--timeout", "3s"]] {
        let begun = Instant::now();
        let says = format!("error[D0811]: http://127.0.0.1:{port}: nix ");
        workspace.check(words, 3, &[&says, "is running"]);
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    }
    drop(listener);
    workspace.check(&["status"], 3, &["error[D0811]: ", "connect to server"]);
    workspace.use_cache("http://nowhere.invalid");
    workspace.check(&["status"], 3, &["error[D0811]: http://nowhere.invalid: "]);
}

#[test]
fn a_client_that_is_not_there_is_named_before_anything_is_done() {
    let Some(workspace) = workspace() else { return };
    if ["cachix", "attic"].iter().any(|client| domi_host::tool::find(client).is_some()) {
        eprintln!("SKIPPED: cachix or attic is here");
        return;
    }
    workspace.use_cache("attic:local/ours");
    let says = "error[D0813]: attic:local/ours: there is no `attic` here\n  next: install it";
    workspace.check(&["status"], 3, &[says]);
    workspace.check(&["push", "--all"], 3, &[says]);
}

#[test]
fn a_key_signs_and_is_never_seen() {
    let Some(workspace) = workspace() else { return };
    workspace.build(&["a"]);
    let keys = workspace.nix_says(&["key", "generate-secret", "--key-name", "ours-1"]).unwrap();
    workspace.write("a key", &keys);
    let secret = keys.trim().split_once(':').unwrap().1;
    let mut command = workspace.command(&["push", "--all"]);
    let ran = Workspace::ran(command.env("DOMI_CACHE_KEY_FILE", "a key"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let narinfo = std::fs::read_to_string(&workspace.cached(".narinfo")[0]).unwrap();
    assert!(narinfo.contains("\nSig: ours-1:"), "{narinfo}");
    // Who gives the key itself is told so, without it.
    let mut command = workspace.command(&["push", "--all"]);
    let wrong = Workspace::ran(command.env("DOMI_CACHE_KEY_FILE", secret));
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
    assert!(wrong.err.contains("error[D0814]: DOMI_CACHE_KEY_FILE: "), "{}", wrong.err);
    for said in [ran.out, ran.err, wrong.out, wrong.err] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn an_interrupted_push_leaves_nothing_half_done() {
    let Some(workspace) = workspace() else { return };
    // What cannot be compressed takes its time.
    let mut noise = Vec::new();
    let random = std::fs::File::open("/dev/urandom").unwrap();
    random.take(48 << 20).read_to_end(&mut noise).unwrap();
    std::fs::write(workspace.root.join("noise"), noise).unwrap();
    let path = workspace.nix_says(&["store", "add-file", "noise"]).unwrap().trim().to_owned();

    let mut child = workspace.command(&["push", &path]).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("copying path") {
        assert!(lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    std::thread::sleep(Duration::from_millis(300));
    let id = child.id().to_string();
    Program::new("kill").args(["-INT", &id]).read(&Interrupt::default()).unwrap();
    lines.read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted: what was copied until now is whole and stays"), "{said}");
    assert_eq!(workspace.cached(".narinfo").len() + workspace.cached(".xz").len(), 0);
    workspace.check(&["status", &path], 0, &["has 0 %"]);

    // The same again, only faster.
    workspace.use_cache(&format!("file://{}/cache?compression=none", workspace.root.display()));
    workspace.check(&["push", &path], 0, &["copied 1 path", "(48 MiB)"]);
    workspace.check(&["status", "--verify", &path], 0, &["has 100 %"]);
}

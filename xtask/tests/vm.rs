//! An interactive machine, as a person or a script has it. `DOMI_TEST_MACHINE=0` leaves out what needs
//! a machine, and says so.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::workspace::{GREETING, Workspace, machines};

/// How long a machine may take to anything, on a busy computer.
const PATIENCE: Duration = Duration::from_secs(300);

/// A feature that lets others in at port 7000.
fn greeting() -> Workspace {
    let workspace = Workspace::empty();
    let firewall = r#""firewall": [{ "protocol": "tcp", "ports": { "literal": [7000] } }], "etc""#;
    workspace.printing("greeting", &GREETING.replace("\"etc\"", firewall));
    workspace
}

#[test]
fn all_that_is_wrong_is_said_before_anything_is_started() {
    let workspace = greeting();
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = holder.local_addr().unwrap().port();
    let said = workspace.run(&format!(
        "vm greeting --forward {port}:7000 --forward 80 --copy none:/srv --copy features:srv \
         --set greeting.text= --set greeting.texts=a --set other.text=a --keep Web"
    ));
    insta::assert_snapshot!(said.replace(&port.to_string(), "PORT"));
    assert!(!workspace.root.join("target/cache/guest").exists(), "nothing was made");
    insta::assert_snapshot!("nothing_is_kept", workspace.run("vm --forget web"));
}

/// What a machine prints in a workspace, and how it ends.
struct Machine {
    child: Child,
}

impl Machine {
    /// Begins, with a script and a folder of its own for temporary files.
    fn begin(workspace: &Workspace, words: &str, script: &str) -> Self {
        let temporary = workspace.root.join("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        let mut command = workspace.command(words);
        // The images that are there; but what is kept is kept with the workspace.
        let images = domi_host::dirs::cache().unwrap();
        let cache = workspace.root.join("cache");
        if !cache.exists() {
            std::fs::create_dir(&cache).unwrap();
            for of in ["guest", "debian"] {
                std::fs::create_dir_all(images.join(of)).unwrap();
                std::os::unix::fs::symlink(images.join(of), cache.join(of)).unwrap();
            }
        }
        command.env("DOMI_CACHE", cache).env("TMPDIR", temporary).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        Self { child }
    }

    /// Waits for its end; its exit status and what it printed.
    fn end(self) -> (Option<i32>, String) {
        let output = self.child.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), text.concat())
    }
}

/// What a port of this computer says.
fn fetched(port: u16) -> String {
    let begun = Instant::now();
    loop {
        let mut said = String::new();
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let _ = stream.read_to_string(&mut said);
        }
        if !said.is_empty() {
            return said;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing came from port {port}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The processes that a process has started, as folders of /proc.
fn children(pid: &str) -> Vec<PathBuf> {
    let parent = format!("\nPPid:\t{pid}\n");
    let all = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let status = |of: &PathBuf| std::fs::read_to_string(of.join("status")).unwrap_or_default();
    all.filter(|of| status(of).contains(&parent)).collect()
}

#[test]
fn a_machine_is_reached_left_resumed_and_leaves_nothing() {
    if !machines::may_run() {
        return;
    }
    let workspace = greeting();
    workspace.write("site/page", "a page\n");
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let words = format!(
        "vm greeting --set greeting.text=hi --copy site:/srv/site --forward {free}:7000 --keep web"
    );
    let serve = "cat /etc/greeting /srv/site/page >/root/both; hostname
        perl -MIO::Socket::INET -e '
          my $all = IO::Socket::INET->new(LocalPort => 7000, Listen => 1, ReuseAddr => 1) or die;
          my $one = $all->accept; print $one \"from inside\"; close $one'
        cat /root/both; sync; exit 7\n";
    let machine = Machine::begin(&workspace, &words, serve);
    assert_eq!(fetched(free), "from inside");
    let (status, said) = machine.end();
    assert_eq!(status, Some(9), "{said}");
    for part in ["web\n", "hia page\n", "the script ended with 7", "resumes it"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The second time it says that it runs, and is told to end.
    let again = format!("vm --keep web --forward {free}:7000");
    let mut machine = Machine::begin(&workspace, &again, "cat /root/both; sleep 7777\n");
    let mut seen = Vec::new();
    let out = machine.child.stdout.as_mut().unwrap();
    while !String::from_utf8_lossy(&seen).contains("a page") {
        let mut bytes = [0; 512];
        let length = out.read(&mut bytes).unwrap();
        assert!(length > 0, "it ended: {}", String::from_utf8_lossy(&seen));
        seen.extend(&bytes[..length]);
    }
    let pid = machine.child.id().to_string();
    let qemus = children(&pid);
    assert!(!qemus.is_empty(), "a machine is a process");
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let (status, said) = machine.end();
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("its power was cut, and it is kept"), "{said}");
    for qemu in qemus {
        assert!(!qemu.exists(), "{} still runs", qemu.display());
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, free)).unwrap();
    let left: Vec<_> = std::fs::read_dir(workspace.root.join("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let (status, said) = Machine::begin(&workspace, "vm --forget web", "").end();
    assert_eq!((status, &*said), (Some(0), "web is gone\n"));
}

#[test]
fn a_host_of_the_fleet_is_a_machine_with_its_settings() {
    let workspace = greeting();
    workspace.write("domi.toml", "[fleet]\nroot = \"fleet\"\n");
    let oven = "features = [\"greeting\"]\n[settings.greeting]\ntext = \"We bake\"\n";
    workspace.write("fleet/hosts/oven.toml", oven);
    let refused = workspace.run("vm --host ovn");
    for part in ["D2035", "did you mean `oven`?", "exit 2"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    if !machines::may_run() {
        return;
    }
    let script = "hostname; cat /etc/greeting\n";
    let (status, said) = Machine::begin(&workspace, "vm --host oven", script).end();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("oven\n") && said.contains("We bake"), "{said}");
}

#[test]
fn a_machine_is_entered_by_ssh_with_keys_for_this_session() {
    if !machines::may_run() {
        return;
    }
    let workspace = greeting();
    let script = "while [ ! -e /root/said ]; do sleep 0.2; done; cat /root/said\n";
    let mut machine = Machine::begin(&workspace, "vm greeting --ssh", script);
    let mut seen = Vec::new();
    let error = machine.child.stderr.as_mut().unwrap();
    // The line after it is the greeting: by then the server listens.
    while !String::from_utf8_lossy(&seen).contains("no terminal") {
        let mut bytes = [0; 512];
        let length = error.read(&mut bytes).unwrap();
        assert!(length > 0, "it ended: {}", String::from_utf8_lossy(&seen));
        seen.extend(&bytes[..length]);
    }
    let seen = String::from_utf8(seen).unwrap();
    let command = seen.lines().find_map(|line| line.strip_prefix("in another terminal: ")).unwrap();
    let ssh = |command: &str, what: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} '{what}'")]).stdin(Stdio::null());
        let output = shell.output().unwrap();
        let [out, error] =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        (out, error)
    };
    // Nobody comes in without the key.
    let config = std::fs::read_to_string(command.split(' ').nth(2).unwrap()).unwrap();
    let port = config.lines().find_map(|line| line.trim().strip_prefix("Port ")).unwrap();
    let other = format!(
        "ssh -F /dev/null -p {port} -o BatchMode=yes -o StrictHostKeyChecking=no -o IdentityAgent=none \
         -o UserKnownHostsFile=/dev/null root@127.0.0.1"
    );
    let (out, error) = ssh(&other, "echo in");
    assert!(out.is_empty() && error.contains("Permission denied (publickey)"), "{out}{error}");
    let (out, error) = ssh(command, "id -un; cat /etc/greeting");
    assert_eq!(out, "root\nhello", "{error}");
    ssh(command, "echo from outside > /root/said.new && mv /root/said.new /root/said");
    let (status, said) = machine.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("from outside"), "{said}");
    let left: Vec<_> = std::fs::read_dir(workspace.root.join("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

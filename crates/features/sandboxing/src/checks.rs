//! What a confined service tries, and does not manage; one that is not confined does.

use domi::Machines;
use domi::prelude::*;

use crate::options::*;

/// Tries what a profile may forbid, and prints what it managed to do.
const TRIES: &str = concat!(include_str!("checks/try.sh"), include_str!("checks/tries.sh"));

/// The same of what needs a kernel that is not shared.
const KERNEL_TRIES: &str =
    concat!(include_str!("checks/try.sh"), include_str!("checks/kernel-tries.sh"));

/// Services that try. An instance without a profile is not confined.
const TEMPLATE: &str = "\
[Service]
Type=oneshot
Environment=PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
StandardOutput=truncate:/run/did/%p.%i
ExecStart=/bin/sh -c 'exec bash /run/tries'
";

/// Listens, so that there is somebody to reach.
const LISTENER: &str = "[Socket]\nListenStream=127.0.0.1:7000\nAccept=yes\n";

/// Does nothing: whoever is reached says nothing.
const ANSWER: &str = "\
[Service]
Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin
ExecStart=/bin/sh -c :
";

/// Asks the other feature.
const ASK: &str =
    "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3";

/// Another feature, whose service gets a profile.
#[derive(Options)]
struct Greeter {}

impl Neighbour for Greeter {
    const NAME: &str = "feature-x";
    const KIND: Kind = Kind::Services;
}

/// A command that succeeds if `systemd-analyze` rates a service's exposure at this or less, of 100.
fn exposure(most: u32, service: &str) -> String {
    format!("systemd-analyze security --no-pager --threshold={most} {service}.service")
}

/// Services that try, as root and as somebody else, and what they try it with.
fn with_tries<'a>(machine: Machines<'a>, tries: &str) -> Machines<'a> {
    machine
        .succeeds("mkdir -p /run/systemd/system /run/did /var/lib/other /home/someone")
        .write("/run/tries", tries)
        .write("/run/systemd/system/as-root@.service", TEMPLATE)
        .write("/run/systemd/system/as-nobody@.service", &format!("{TEMPLATE}User=nobody\n"))
        .write("/run/systemd/system/listener.socket", LISTENER)
        .write("/run/systemd/system/listener@.service", ANSWER)
        .write("/home/someone/secret", "")
        .write("/tmp/of-others", "")
        .succeeds("cp \"$(readlink -f \"$(command -v id)\")\" /var/lib/other/id")
        .succeeds("chmod 4755 /var/lib/other/id")
        .succeeds("chmod 777 /var/lib/other")
        .succeeds("systemd-run --quiet --unit=stranger --uid=systemd-network sleep 1000")
        .succeeds("systemctl show -P MainPID stranger >/run/stranger")
        .succeeds("systemctl daemon-reload")
        .succeeds("systemctl start listener.socket")
}

pub(crate) fn all(cfg: &Expr<Sandboxing>, tests: &mut Tests) {
    makes_exceptions(cfg, tests);
    confines(cfg, tests);
    of_others(cfg, tests);
    refuses(cfg, tests);
}

fn confines(cfg: &Expr<Sandboxing>, tests: &mut Tests) {
    let profile = |name: &str| cfg.services().at(name).profile();
    let machine = tests
        .it("keeps services from what they do not need")
        .set(profile("as-root@strict"), Profile::Strict)
        .set(profile("as-nobody@strict"), Profile::Strict)
        .set(profile("as-root@service"), Profile::Service)
        .set(profile("as-root@kernel"), Profile::Kernel);
    with_tries(machine, TRIES)
        .succeeds("systemctl start as-root@{free,strict,service,kernel} as-nobody@{free,strict}")
        .prints(
            "cat /run/did/as-root.free",
            "write to others' folders\n\
             read homes\n\
             see what others have in /tmp\n\
             see processes of others\n\
             read their memory\n\
             reach the network\n\
             make such a program\n\
             give files away\n\
             become another user\n\
             make namespaces\n\
             change how programs are laid out\n\
             and no more",
        )
        .prints(
            "cat /run/did/as-nobody.free",
            "write to others' folders\n\
             read homes\n\
             see what others have in /tmp\n\
             see processes of others\n\
             reach the network\n\
             become root by a program\n\
             make such a program\n\
             make namespaces\n\
             change how programs are laid out\n\
             and no more",
        )
        .prints("cat /run/did/as-root.strict", "and no more")
        .prints("cat /run/did/as-nobody.strict", "and no more")
        .prints("cat /run/did/as-root.service", "give files away\nbecome another user\nand no more")
        .prints(
            "cat /run/did/as-root.kernel",
            "write to others' folders\n\
             read homes\n\
             see what others have in /tmp\n\
             see processes of others\n\
             give files away\n\
             become another user\n\
             and no more",
        )
        .succeeds(&exposure(30, "as-root@strict"))
        .succeeds(&exposure(30, "as-nobody@strict"))
        .fails(&exposure(30, "as-root@free"));

    let machine = tests
        .it("keeps services from the kernel")
        .needs_kernel("tries what only a kernel of its own allows to anybody")
        .set(profile("as-root@strict"), Profile::Strict)
        .set(profile("as-root@service"), Profile::Service)
        .set(profile("as-root@kernel"), Profile::Kernel);
    with_tries(machine, KERNEL_TRIES)
        .succeeds("systemctl start as-root@{free,strict,service,kernel}")
        .prints(
            "cat /run/did/as-root.free",
            "change parameters\n\
             load modules\n\
             read the kernel's log\n\
             set the clock\n\
             name the machine\n\
             mount\n\
             make control groups\n\
             read the first process's memory\n\
             run before all others\n\
             use devices\n\
             and no more",
        )
        .prints("cat /run/did/as-root.strict", "and no more")
        .prints("cat /run/did/as-root.service", "and no more")
        .prints("cat /run/did/as-root.kernel", "use devices\nand no more");
}

fn makes_exceptions(cfg: &Expr<Sandboxing>, tests: &mut Tests) {
    let service = |name: &str| cfg.services().at(name);
    let machine = tests
        .it("lets services do what they need, and those that are stricter stay so")
        .set(service("as-root@open").network(), true)
        .set(service("as-root@open").homes(), true)
        .set(service("as-root@open").executable_memory(), true)
        .set(service("as-root@open").writable_paths(), ["/var/lib/other", "/run/with a % in it"])
        .set(service("as-root@open").capabilities(), ["CAP_CHOWN"])
        .set(service("as-root@narrow").network(), true)
        .set(service("as-root@narrow").homes(), true);
    with_tries(machine, TRIES)
        .succeeds("mkdir -p '/run/with a % in it' /run/systemd/system/as-root@narrow.service.d")
        .write(
            "/run/systemd/system/as-root@narrow.service.d/own.conf",
            "[Service]\nRestrictAddressFamilies=AF_UNIX\nInaccessiblePaths=/home/someone\n",
        )
        .succeeds("systemctl daemon-reload")
        .succeeds("systemctl start as-root@{open,narrow}")
        .prints(
            "cat /run/did/as-root.open",
            "write to others' folders\n\
             read homes\n\
             reach the network\n\
             give files away\n\
             and no more",
        )
        .prints("cat /run/did/as-root.narrow", "and no more")
        .prints("systemctl show -P MemoryDenyWriteExecute as-root@open as-root@narrow", "no\n\nyes")
        .succeeds(&exposure(30, "as-root@open"));
}

fn of_others(cfg: &Expr<Sandboxing>, tests: &mut Tests) {
    tests
        .it("says which service is not there")
        .set(cfg.services().at("late").network(), true)
        .eventually("systemctl is-failed sandboxing-check.service")
        .prints_part(
            "journalctl --unit sandboxing-check.service",
            "late.service is not on this machine (not-found): its profile confines nothing",
        )
        .succeeds("mkdir -p /run/systemd/system")
        .write("/run/systemd/system/late.service", ANSWER)
        .succeeds("systemctl daemon-reload")
        .succeeds("systemctl restart sandboxing-check.service");

    tests
        .it("confines the service of another feature, which goes on working")
        .beside::<Greeter>()
        .set(cfg.services().at("feature-x").network(), true)
        .set(cfg.services().at("feature-x").capabilities(), ["CAP_NET_BIND_SERVICE"])
        .wait_for_port(8080)
        .prints(ASK, "hello")
        .wait_for_unit("sandboxing-check.service")
        .prints("systemctl show -P ProcSubset feature-x.service", "pid")
        .succeeds(&exposure(30, "feature-x"))
        .succeeds(&exposure(20, "sandboxing-check"))
        // Another profile takes another process.
        .succeeds("systemctl show -P MainPID feature-x >/run/before")
        .switch(|to| to.set(cfg.services().at("feature-x").writable_paths(), ["/var/log"]))
        .wait_for_port(8080)
        .prints(ASK, "hello")
        .prints_part("systemctl show -P ReadWritePaths feature-x", "/var/log")
        .fails("systemctl show -P MainPID feature-x | cmp - /run/before");
}

fn refuses(cfg: &Expr<Sandboxing>, tests: &mut Tests) {
    let service = |name: &str| cfg.services().at(name);
    tests
        .it_refuses("a capability that no profile leaves")
        .set(service("shop").capabilities(), ["CAP_SYS_MODULE"])
        .because("services");
    tests
        .it_refuses("a path that begins nowhere")
        .set(service("shop").writable_paths(), ["uploads"])
        .because("services");
}

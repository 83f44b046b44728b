//! Levels of what the kernel and the SSH server forbid, and modules that are never loaded.

mod checks;
mod options;

use domi::prelude::*;

use options::*;

/// Kernel parameters of both levels. Those of networks are for each interface: what is said of `all` and
/// `default` does not reach an interface that was there before.
const USUAL: [(&str, u32); 16] = [
    ("fs.protected_fifos", 2),
    ("fs.protected_hardlinks", 1),
    ("fs.protected_regular", 2),
    ("fs.protected_symlinks", 1),
    ("fs.suid_dumpable", 0),
    ("kernel.dmesg_restrict", 1),
    ("kernel.kptr_restrict", 2),
    ("kernel.sysrq", 0),
    ("kernel.unprivileged_bpf_disabled", 1),
    ("net.core.bpf_jit_harden", 2),
    ("net.ipv4.conf.*.accept_redirects", 0),
    ("net.ipv4.conf.*.accept_source_route", 0),
    ("net.ipv4.conf.*.secure_redirects", 0),
    ("net.ipv4.conf.*.send_redirects", 0),
    ("net.ipv6.conf.*.accept_redirects", 0),
    ("net.ipv6.conf.*.accept_source_route", 0),
];

/// Further ones of the strict level.
const STRICT: [(&str, u32); 4] = [
    ("dev.tty.ldisc_autoload", 0),
    ("kernel.io_uring_disabled", 2),
    ("kernel.kexec_load_disabled", 1),
    ("kernel.perf_event_paranoid", 3),
];

/// Modules of networks that are hardly used.
const NETWORKS: [&str; 14] = [
    "af_802154",
    "appletalk",
    "ax25",
    "can",
    "dccp",
    "ieee802154",
    "ipx",
    "netrom",
    "p8022",
    "psnap",
    "rds",
    "rose",
    "sctp",
    "tipc",
];

/// Modules of file systems that are hardly used.
const FILE_SYSTEMS: [&str; 12] = [
    "adfs", "befs", "cramfs", "efs", "freevxfs", "hfs", "hfsplus", "jffs2", "minix", "nilfs2",
    "qnx4", "sysv",
];

/// What the SSH server is told at the usual level, and at the strict one. It takes the first value of a
/// key, and the file stands before what the machine says otherwise.
const SSH_USUAL: &str = "\
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
X11Forwarding no
AllowAgentForwarding no
";
const SSH_STRICT: &str = "\
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
X11Forwarding no
AllowAgentForwarding no
AllowTcpForwarding no
AllowStreamLocalForwarding no
Ciphers -*-ctr,*-cbc
KexAlgorithms -ecdh-sha2-*,diffie-hellman-*
";

impl Feature for Hardening {
    fn software() -> Vec<Software> {
        // For tests alone: the feature starts no server.
        let debian = ["openssh-server", "openssh-client"];
        vec![Software::new("openssh").debian(debian)]
    }

    fn rules(cfg: &Expr<Self>, rules: &mut Rules) {
        rules.assert(
            cfg.blocked_modules().all(|name| !cfg.allowed_modules().contains(name)),
            "a module is in `allowedModules` and in `blockedModules`",
        );
    }

    fn system(cfg: &Expr<Self>, system: &mut System) {
        let level = cfg.kernel();
        system.when(level.ne(Level::None), |system| {
            for (name, value) in USUAL {
                system.sysctl(name, value);
            }
            let ptrace: Expr<u32> = when(level.eq(Level::Strict), 2, 1);
            system.sysctl("kernel.yama.ptrace_scope", ptrace);
        });
        system.when(level.eq(Level::Strict), |system| {
            for (name, value) in STRICT {
                system.sysctl(name, value);
            }
        });

        let ssh = cfg.ssh();
        let told: Expr<String> = when(ssh.eq(Level::Strict), SSH_STRICT, SSH_USUAL);
        system.etc("ssh/sshd_config.d/00-hardening.conf", told).when(ssh.ne(Level::None));

        let rare = |rare: Rare, names: &[&str]| {
            let names: Expr<Vec<String>> = names.to_vec().into_expr();
            let blocked = names.filter(|name| !cfg.allowed_modules().contains(name));
            when(cfg.rare_modules().contains(rare), blocked, Vec::<String>::new())
        };
        let blocked = rare(Rare::Networks, &NETWORKS)
            .concat(rare(Rare::FileSystems, &FILE_SYSTEMS))
            .concat(cfg.blocked_modules());
        // A shell reads the command, to which `false` is its own.
        let lines = blocked.map(|name| text!("install {name} false\n")).join("");
        system.etc("modprobe.d/hardening.conf", lines);
    }

    fn tests(cfg: &Expr<Self>, tests: &mut Tests) {
        checks::all(cfg, tests);
    }
}

domi::main!(Hardening);

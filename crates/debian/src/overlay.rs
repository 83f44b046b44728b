//! The guest's own files, which replace or add to those of its packages.

use std::sync::LazyLock;

/// What is at a path of the overlay.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    File(&'static str),
    Script(&'static str),
    Link(&'static str),
}

/// Folders of packages that no test needs. Translations and documentation are a quarter of a
/// root, and the hardware database takes long to compile.
const LEFT_OUT: [&str; 11] = [
    "usr/share/man",
    "usr/share/doc",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/bug",
    "usr/share/bash-completion",
    "usr/share/zsh",
    "usr/share/doc-base",
    "usr/share/gitweb",
    "usr/lib/udev/hwdb.d",
];

/// Units that have nothing to do in a test machine, would write to the disk for nothing, or would
/// wake up when the clock is set after a restore.
const MASKED: [&str; 39] = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@tty1.service",
    "ldconfig.service",
    "logrotate.timer",
    "man-db.timer",
    "modprobe@configfs.service",
    "modprobe@dm_mod.service",
    "modprobe@drm.service",
    "modprobe@efi_pstore.service",
    "modprobe@loop.service",
    "serial-getty@hvc0.service",
    "serial-getty@ttyAMA0.service",
    "serial-getty@ttyS0.service",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-boot-system-token.service",
    "systemd-firstboot.service",
    "systemd-hwdb-update.service",
    "systemd-journal-catalog-update.service",
    "systemd-journal-flush.service",
    "systemd-machine-id-commit.service",
    "systemd-pstore.service",
    "systemd-random-seed.service",
    "systemd-remount-fs.service",
    "systemd-rfkill.socket",
    "systemd-timesyncd.service",
    "systemd-tmpfiles-clean.timer",
    "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service",
];

/// Generators, which make units from things that a test machine does not have. systemd runs each at
/// every start and every reload, and together they take half of a reload's time.
const GENERATORS: [&str; 15] = [
    "systemd-bless-boot-generator",
    "systemd-cryptsetup-generator",
    "systemd-debug-generator",
    "systemd-factory-reset-generator",
    "systemd-getty-generator",
    "systemd-gpt-auto-generator",
    "systemd-hibernate-resume-generator",
    "systemd-integritysetup-generator",
    "systemd-rc-local-generator",
    "systemd-run-generator",
    "systemd-ssh-generator",
    "systemd-system-update-generator",
    "systemd-sysv-generator",
    "systemd-tpm2-generator",
    "systemd-veritysetup-generator",
];

/// Programs that maintainer scripts call, most of them in Perl, and fast replacements for them.
const QUICK: [(&str, &str); 8] = [
    ("addgroup", include_str!("../overlay/quick/adduser.sh")),
    ("adduser", include_str!("../overlay/quick/adduser.sh")),
    ("deb-systemd-helper", include_str!("../overlay/quick/nothing.sh")),
    ("deb-systemd-invoke", include_str!("../overlay/quick/nothing.sh")),
    ("invoke-rc.d", include_str!("../overlay/quick/nothing.sh")),
    // A new package makes a database, which takes minutes under emulation. No system uses it.
    ("pg_createcluster", include_str!("../overlay/quick/nothing.sh")),
    ("service", include_str!("../overlay/quick/nothing.sh")),
    ("update-rc.d", include_str!("../overlay/quick/nothing.sh")),
];

const FILES: [(&str, Node); 14] = [
    ("etc/fstab", Node::File("")),
    ("etc/hostname", Node::File("machine\n")),
    ("etc/hosts", Node::File(include_str!("../overlay/hosts"))),
    ("etc/resolv.conf", Node::File("# Test machines have no name server.\n")),
    ("etc/systemd/system/default.target", Node::Link("/usr/lib/systemd/system/multi-user.target")),
    ("etc/systemd/system.conf.d/domi.conf", Node::File(include_str!("../overlay/system.conf"))),
    ("etc/systemd/journald.conf.d/domi.conf", Node::File(include_str!("../overlay/journald.conf"))),
    (
        "etc/systemd/system/domi-backdoor.service",
        Node::File(include_str!("../overlay/backdoor.service")),
    ),
    (
        "etc/systemd/system/sysinit.target.wants/domi-backdoor.service",
        Node::Link("../domi-backdoor.service"),
    ),
    ("usr/local/lib/domi/dpkg", Node::Script(include_str!("../overlay/dpkg.sh"))),
    ("usr/local/lib/domi/backdoor", Node::Script(include_str!("../overlay/backdoor.sh"))),
    ("usr/local/bin/.keep", Node::File("")),
    ("usr/local/sbin/.keep", Node::File("")),
    ("usr/local/share/.keep", Node::File("")),
];

/// The same paths left out of packages that are installed later. Folders of manual pages stay, as
/// `update-alternatives` puts links there.
static EXCLUDED: LazyLock<String> = LazyLock::new(|| {
    let excluded = LEFT_OUT.iter().map(|folder| format!("path-exclude=/{folder}/*\n"));
    excluded.chain(["path-include=/usr/share/man/man[1-9]\n".to_owned()]).collect()
});

static MASKS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let units = MASKED.iter().map(|unit| format!("etc/systemd/system/{unit}"));
    let generators = GENERATORS.iter().map(|name| format!("etc/systemd/system-generators/{name}"));
    units.chain(generators).collect()
});

static QUICK_PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    QUICK.iter().map(|(name, _)| format!("usr/local/lib/domi/quick/{name}")).collect()
});

/// Every file of the overlay with its path below the root.
pub(crate) fn nodes() -> impl Iterator<Item = (&'static str, Node)> {
    let masks = MASKS.iter().map(|path| (&**path, Node::Link("/dev/null")));
    let excluded = ("etc/dpkg/dpkg.cfg.d/domi", Node::File(&EXCLUDED));
    let quick =
        QUICK_PATHS.iter().zip(QUICK).map(|(path, (_, text))| (&**path, Node::Script(text)));
    FILES.into_iter().chain(masks).chain(quick).chain([excluded])
}

/// Whether a path of a package is left out of the root. Ubuntu disables a generator by a link,
/// which would be in the way of ours.
pub(crate) fn is_left_out(path: &[u8]) -> bool {
    LEFT_OUT.iter().any(|folder| {
        path.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'/'))
    }) || MASKS.iter().any(|mask| mask.as_bytes() == path)
}

//! Tests: what is lost comes back from another machine, and who hears when nothing is saved.

use domi::prelude::*;
use domi::{Machines, TEST_CERTIFICATE, TEST_KEY};

use crate::options::*;

/// `client` with the password `secret`.
const LOGINS: &str = "client:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";
const LOGIN: &str = "RESTIC_REST_USERNAME=client\nRESTIC_REST_PASSWORD=secret\n";

pub(crate) fn all(cfg: &Expr<Backup>, tests: &mut Tests) {
    restored(cfg, tests);
    served(cfg, tests);
    removed(cfg, tests);
    switched(cfg, tests);
    overdue(cfg, tests);
    refusals(cfg, tests);
}

/// A unit that tells somebody. Units of NixOS have no program but those that they name.
const TELL: &str = "\
[Service]
Type=oneshot
Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin
ExecStart=/bin/sh -c '>/run/told'
";

/// A machine that is saved, and nothing else.
fn saved<'a>(cfg: &Expr<Backup>, machine: Machines<'a>, repository: &str) -> Machines<'a> {
    machine
        .secret_file("/run/secrets/backup", "a long password\n")
        .set(cfg.save().value().folders(), ["/srv/files"])
        .set(cfg.save().value().exclude(), ["*.tmp"])
        .set(cfg.save().value().repository(), repository)
        .set(cfg.save().value().password_file(), "/run/secrets/backup")
        .set(cfg.save().value().on_failure(), ["tell.service"])
}

fn restored(cfg: &Expr<Backup>, tests: &mut Tests) {
    let store = cfg.store().value();
    let client = tests
        .it("restores files from another machine, which can neither read nor lose them")
        .machine("store")
        .secret_file("/run/secrets/logins", LOGINS)
        .file("/run/tests.crt", TEST_CERTIFICATE)
        .secret_file("/run/tests.key", TEST_KEY)
        .set(store.folder(), "/srv/backup")
        .set(store.logins_file(), "/run/secrets/logins")
        .set(store.tls(), attrs! { "certificate": "/run/tests.crt", "key": "/run/tests.key" })
        .set(store.open_firewall(), true)
        .machine("client")
        .package("restic")
        .file("/run/store.crt", TEST_CERTIFICATE)
        .secret_file("/run/secrets/login", LOGIN);
    saved(cfg, client, "rest:https://store:8443/client/files")
        .set(cfg.save().value().login_file(), "/run/secrets/login")
        .set(cfg.save().value().certificate(), "/run/store.crt")
        .on("store")
        .wait_for_port(8443)
        .on("client")
        .succeeds("mkdir --parents /srv/files/deep && echo 'the only copy' >/srv/files/deep/note")
        .succeeds("chown nobody /srv/files/deep/note && chmod 4640 /srv/files/deep/note")
        .succeeds("touch /srv/files/left.tmp")
        .start("backup.service")
        .start("backup-check.service")
        .on("store")
        .fails("grep --recursive --quiet 'the only copy' /srv/backup")
        .prints("stat --format='%U %a' /srv/backup", "backup-store 700")
        .prints("ls /srv/backup", "client")
        .succeeds("systemd-analyze security --no-pager --threshold=20 backup-store.service")
        .on("client")
        .succeeds("rm --recursive /srv/files")
        .start("backup-restore@latest.service")
        .prints("cat /var/lib/backup/restored/latest/srv/files/deep/note", "the only copy")
        .prints(
            "stat --format='%U %a' /var/lib/backup/restored/latest/srv/files/deep/note",
            "nobody 4640",
        )
        .fails("test -e /var/lib/backup/restored/latest/srv/files/left.tmp")
        // What was restored is not written over.
        .fails("systemctl start backup-restore@latest.service")
        .succeeds("systemd-analyze security --no-pager --threshold=30 backup.service")
        // There is nothing to copy any more, and that is said.
        .fails("systemctl start backup.service")
        // Whoever has taken the machine over cannot remove what is kept.
        .prints_part(
            "RESTIC_REPOSITORY=rest:https://client:secret@store:8443/client/files \
             RESTIC_CACERT=/run/store.crt RESTIC_PASSWORD_FILE=/run/secrets/backup \
             RESTIC_CACHE_DIR=/tmp/cache restic forget latest 2>&1",
            "403 Forbidden",
        )
        .on("store")
        .prints("ls /srv/backup/client/files/snapshots | wc --lines", "1");
}

/// What the files of a site are served by: another feature of the machine.
#[derive(Options)]
struct Site {}

impl Neighbour for Site {
    const NAME: &str = "site";
    const KIND: Kind = Kind::Features;
}

fn served(cfg: &Expr<Backup>, tests: &mut Tests) {
    let get = |path: &str| format!("curl --silent --fail --max-time 10 http://localhost/{path}");
    tests
        .it("brings the files of a site back, which are served again")
        .beside::<Site>()
        .package("curl")
        .secret_file("/run/secrets/backup", "a long password\n")
        .set(cfg.save().value().folders(), ["/srv/site"])
        .set(cfg.save().value().repository(), "/srv/disk/a")
        .set(cfg.save().value().password_file(), "/run/secrets/backup")
        .succeeds("mkdir --parents /srv/disk/a /srv/site/goods")
        .succeeds(
            "echo '<p>a shop' >/srv/site/index.html && echo '<p>bread' >/srv/site/goods/bread.html",
        )
        .wait_for_unit("web-gateway.service")
        .prints(&get(""), "<p>a shop")
        .prints(&get("goods/bread.html"), "<p>bread")
        .start("backup.service")
        .succeeds("rm --recursive /srv/site")
        .fails(&get(""))
        .fails(&get("goods/bread.html"))
        .start("backup-restore@latest.service")
        .succeeds("mv /var/lib/backup/restored/latest/srv/site /srv/site")
        .prints(&get(""), "<p>a shop")
        .prints(&get("goods/bread.html"), "<p>bread");
}

fn removed(cfg: &Expr<Backup>, tests: &mut Tests) {
    saved(cfg, tests.it("keeps the snapshots that it is told to, on another disk"), "/srv/disk/a")
        .set(cfg.save().value().keep(), attrs! { "daily": 1, "weekly": 0, "monthly": 0 })
        .set(cfg.save().value().check_percent(), 100)
        .file("/run/systemd/system/tell.service", TELL)
        .succeeds("mkdir --parents /srv/disk/a /srv/files && echo one >/srv/files/note")
        .start("backup.service")
        .succeeds("echo two >/srv/files/note")
        .start("backup.service")
        .prints("ls /srv/disk/a/snapshots | wc --lines", "1")
        .start("backup-restore@latest.service")
        .prints("cat /var/lib/backup/restored/latest/srv/files/note", "two")
        // What is read of a file that was damaged is not what it was.
        .succeeds("head --bytes=2M /dev/urandom >/srv/files/large")
        .start("backup.service")
        .start("backup-check.service")
        .succeeds(
            "large=$(find /srv/disk/a/data -type f -size +1M) && test -n \"$large\" && head --bytes=64 \
             /dev/zero | dd of=\"$large\" conv=notrunc",
        )
        .fails("systemctl start backup-check.service")
        .wait_for_file("/run/told")
        // Nor is a new repository begun where one was.
        .succeeds("rm --recursive /srv/disk/a/*")
        .fails("systemctl start backup.service")
        .prints("ls /srv/disk/a", "");
}

fn switched(cfg: &Expr<Backup>, tests: &mut Tests) {
    let save = cfg.save().value();
    saved(cfg, tests.it("keeps its copies when it is told to save more"), "/srv/disk/a")
        .succeeds("mkdir --parents /srv/disk/a /srv/files /srv/more")
        .succeeds("echo one >/srv/files/note && echo two >/srv/more/note && touch /srv/files/x.tmp")
        .start("backup.service")
        .switch(|to| {
            to.set(save.folders(), ["/srv/files", "/srv/more"]).set(save.exclude(), ["*.bak"])
        })
        .start("backup.service")
        .prints("ls /srv/disk/a/snapshots | wc --lines", "2")
        .start("backup-restore@latest.service")
        .prints("cat /var/lib/backup/restored/latest/srv/more/note", "two")
        .succeeds("test -e /var/lib/backup/restored/latest/srv/files/x.tmp");
}

fn overdue(cfg: &Expr<Backup>, tests: &mut Tests) {
    saved(cfg, tests.it("raises an alarm when no snapshot was made in time"), "/srv/disk/a")
        .file("/run/systemd/system/tell.service", TELL)
        .succeeds("mkdir --parents /srv/disk/a /srv/files && touch /srv/files/note")
        .start("backup-overdue.service")
        // None was ever made, and two days have gone by.
        .succeeds("touch --date='49 hours ago' /var/lib/backup/first-look")
        .fails("systemctl start backup-overdue.service")
        .wait_for_file("/run/told")
        .start("backup.service")
        .start("backup-overdue.service")
        // The newest one is older than that.
        .succeeds("rm /run/told && touch --date='49 hours ago' /var/lib/backup/last")
        .fails("systemctl start backup-overdue.service")
        .wait_for_file("/run/told")
        // Nothing is made with another password.
        .succeeds("touch /var/lib/backup/last && echo wrong >/run/secrets/backup")
        .fails("systemctl start backup.service")
        .prints("systemctl list-timers --all --no-legend 'backup*' | wc --lines", "3");
}

fn refusals(cfg: &Expr<Backup>, tests: &mut Tests) {
    tests.it_refuses("to do nothing").because("nothing is saved and nothing is kept");
    tests
        .it_refuses("passwords that go over the network in the clear")
        .set(
            cfg.store(),
            attrs! { "folder": "/srv/backup", "loginsFile": "/run/logins", "openFirewall": true },
        )
        .because("in the clear");
    tests
        .it_refuses("a port that the store has no right to")
        .set(
            cfg.store(),
            attrs! { "folder": "/srv/backup", "loginsFile": "/run/logins", "port": 443 },
        )
        .because("below 1024");
    tests
        .it_refuses("a store in a folder that is everybody's")
        .set(cfg.store(), attrs! { "folder": "/", "loginsFile": "/run/logins" })
        .because("belongs to others");
    tests
        .it_refuses("to save no folder")
        .set(
            cfg.save(),
            attrs! { "folders": [], "repository": "/srv/disk", "passwordFile": "/run/password" },
        )
        .because("folders");
    tests
        .it_refuses("a password that everyone can read")
        .set(
            cfg.save(),
            attrs! { "folders": ["/srv"], "repository": "/srv/disk",
            "passwordFile": "/nix/store/00000000000000000000000000000000-password" },
        )
        .because("passwordFile");
}

//! What the levels forbid of the SSH server is tried: with a real server and a real client.

use domi::Machines;
use domi::prelude::*;

use crate::options::*;

/// Users, keys and a server at port 2222, of the machine's own configuration. A NixOS without a server of
/// its own has none, so that one is made which includes the same files. The image of a machine lets passwords
/// in, as some do.
const START: &str = r#"
id sshd >/dev/null 2>&1 || useradd --system sshd
useradd --create-home ann
printf 'ann:secret\nroot:secret\n' | chpasswd
ssh-keygen -q -N "" -t ed25519 -f /root/key
for home in ~root ~ann; do
  mkdir -p "$home/.ssh"
  cp /root/key.pub "$home/.ssh/authorized_keys"
done
chown -R ann ~ann/.ssh
printf '#!/bin/sh\necho secret\n' >/root/ask
chmod 700 /root/ask
mkdir -p /etc/ssh/sshd_config.d
echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/50-image.conf
config=/etc/ssh/sshd_config
if ! test -e "$config"; then
  config=/run/sshd_config
  echo "Include /etc/ssh/sshd_config.d/*.conf" >"$config"
fi
ssh-keygen -A
mkdir -p /run/sshd
"$(command -v sshd)" -f "$config" -p 2222 >/dev/null 2>&1
"#;

/// A client that asks nobody.
const CLIENT: &str = "ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null";

/// Logs in with the key.
fn key(more: &str) -> String {
    format!("{CLIENT} -i /root/key -o BatchMode=yes {more}")
}

/// Logs in with the password, which a program types.
fn password(more: &str) -> String {
    let asking = "SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force";
    format!("{asking} {CLIENT} -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 {more}")
}

fn server<'a>(
    cfg: &Expr<Hardening>,
    tests: &'a mut Tests,
    does: &str,
    level: Level,
) -> Machines<'a> {
    tests
        .it(does)
        .set(cfg.kernel(), Level::None)
        .set(cfg.ssh(), level)
        .package("openssh")
        .succeeds(START)
        .wait_for_port(2222)
}

pub(crate) fn all(cfg: &Expr<Hardening>, tests: &mut Tests) {
    let agent = format!(
        "eval \"$(ssh-agent)\" >/dev/null; ssh-add -q /root/key; {}",
        key("-A ann@localhost env")
    );
    let agent = format!("({agent} | grep SSH_AUTH_SOCK)");
    let tunnel = key("-W localhost:2222 ann@localhost </dev/null | grep SSH-2.0");
    let older = key("-o Ciphers=aes128-ctr -o KexAlgorithms=ecdh-sha2-nistp256 ann@localhost true");

    server(cfg, tests, "lets nobody in with a password", Level::Usual)
        .succeeds(&key("ann@localhost true"))
        .succeeds(&key("root@localhost true"))
        .fails(&password("ann@localhost true"))
        .fails(&password("root@localhost true"))
        .fails(&agent)
        .succeeds(&tunnel)
        .succeeds(&older);

    server(
        cfg,
        tests,
        "lets nobody in as root or through, where it is told to be strict",
        Level::Strict,
    )
    .succeeds(&key("ann@localhost true"))
    .fails(&key("root@localhost true"))
    .fails(&password("ann@localhost true"))
    .fails(&agent)
    .fails(&tunnel)
    .fails(&key("-o ExitOnForwardFailure=yes -R 2300:localhost:2222 ann@localhost true"))
    .fails(&older);

    // It was the levels that kept them out.
    server(cfg, tests, "leaves the SSH server as it is", Level::None)
        .succeeds(&password("ann@localhost true"))
        .succeeds(&agent)
        .succeeds(&tunnel)
        .succeeds(&older);
}

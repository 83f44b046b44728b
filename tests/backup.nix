# Encrypted copies of folders on another machine, and an alarm where none was made.
#
# Generated from crates/features/backup by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/security/backup.nix;
  features = import ../nix/features.nix;
  # Other features and what they require, with as little set as can be.
  beside =
    names:
    lib.concatMap (name: [
      features.${name}.module
      features.${name}.enabled
    ]) (lib.unique (lib.concatMap (name: [ name ] ++ features.${name}.requires or [ ]) names));

  # A system with these settings; nothing of it is built.
  evaluate =
    settings:
    (import (lib.path.append pkgs.path "nixos/lib/eval-config.nix") {
      inherit lib;
      system = null;
      modules = [
        {
          imports = [ module ];
          boot.isContainer = true;
          documentation.enable = false;
          nixpkgs.pkgs = pkgs;
          system.stateVersion = lib.trivial.release;
          domi.security.backup = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  restores-files-from-another-machine-which-can-neither-read-nor-lose-them =
    pkgs.testers.runNixOSTest
      {
        _file = ./backup.nix;
        name = "backup-restores-files-from-another-machine-which-can-neither-read-nor-lose-them";
        nodes = {
          client = {
            imports = [ module ];
            domi.security.backup = {
              enable = true;
              save = {
                certificate = "/run/store.crt";
                exclude = [ "*.tmp" ];
                folders = [ "/srv/files" ];
                loginFile = "/run/secrets/login";
                onFailure = [ "tell.service" ];
                passwordFile = "/run/secrets/backup";
                repository = "rest:https://store:8443/client/files";
              };
            };
            environment.systemPackages = [ pkgs.restic ];
            systemd.tmpfiles.rules = [
              "f+ /run/store.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
              "f+ /run/secrets/login 0600 - - - RESTIC_REST_USERNAME=client\\nRESTIC_REST_PASSWORD=secret\\n"
              "f+ /run/secrets/backup 0600 - - - a long password\\n"
            ];
          };
          store = {
            imports = [ module ];
            domi.security.backup = {
              enable = true;
              store = {
                folder = "/srv/backup";
                loginsFile = "/run/secrets/logins";
                openFirewall = true;
                tls = {
                  certificate = "/run/tests.crt";
                  key = "/run/tests.key";
                };
              };
            };
            systemd.tmpfiles.rules = [
              "f+ /run/secrets/logins 0600 - - - client:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\\n"
              "f+ /run/tests.crt 0644 - - - -----BEGIN CERTIFICATE-----\\nMIIBtTCCAVugAwIBAgIUbATI/3Dh2Vl5l8PSMZuYWsmB6KswCgYIKoZIzj0EAwIw\\nEDEOMAwGA1UEAwwFdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw\\nMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n0TTVUMnFH8aRHe34bwpu4IFvoX1Wg9v7edut+l93fhsF8Qbioh+Z1I1hQFb/3/Kf\\nI+1uR2FgJZbQOUit/f/2qKOBkDCBjTBbBgNVHREEVDBSgglzaXRlLnRlc3SCC3Nl\\nY3JldC50ZXN0ggFhggFiggFjggZjbGllbnSCB21hY2hpbmWCBnNlcnZlcoIFc3Rv\\ncmWCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR2\\nqKg0nnJ2Ba5ZcT4HD2PMgFq89TAKBggqhkjOPQQDAgNIADBFAiEAtQm6BYqbEyTT\\n5QeykcZUMHkVX+kueASqseZfKX62BhgCIC8Ha95v5OKfBB+dvqbOJ8tm7Qlzjdab\\nEE3qlLe/YLTN\\n-----END CERTIFICATE-----\\n"
              "f+ /run/tests.key 0600 - - - -----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYZX5Q81XYJVqrOe1\\nK6EWDG5A4i04ovSQ66h4fM7ZU6OhRANCAATRNNVQycUfxpEd7fhvCm7ggW+hfVaD\\n2/t52636X3d+GwXxBuKiH5nUjWFAVv/f8p8j7W5HYWAlltA5SK39//ao\\n-----END PRIVATE KEY-----\\n"
            ];
          };
        };
        testScript = ''
          start_all()
          store.wait_for_open_port(8443)
          client.succeed(
              "mkdir --parents /srv/files/deep && echo 'the only copy' >/srv/files/deep/note"
          )
          client.succeed("chown nobody /srv/files/deep/note && chmod 4640 /srv/files/deep/note")
          client.succeed("touch /srv/files/left.tmp")
          client.succeed("systemctl start backup.service")
          client.succeed("systemctl start backup-check.service")
          store.fail("grep --recursive --quiet 'the only copy' /srv/backup")
          output = store.succeed("stat --format='%U %a' /srv/backup")
          assert output.rstrip() == "backup-store 700", f"the output is {output!r}"
          output = store.succeed("ls /srv/backup")
          assert output.rstrip() == "client", f"the output is {output!r}"
          store.succeed("systemd-analyze security --no-pager --threshold=20 backup-store.service")
          client.succeed("rm --recursive /srv/files")
          client.succeed("systemctl start backup-restore@latest.service")
          output = client.succeed("cat /var/lib/backup/restored/latest/srv/files/deep/note")
          assert output.rstrip() == "the only copy", f"the output is {output!r}"
          output = client.succeed(
              "stat --format='%U %a' /var/lib/backup/restored/latest/srv/files/deep/note"
          )
          assert output.rstrip() == "nobody 4640", f"the output is {output!r}"
          client.fail("test -e /var/lib/backup/restored/latest/srv/files/left.tmp")
          client.fail("systemctl start backup-restore@latest.service")
          client.succeed("systemd-analyze security --no-pager --threshold=30 backup.service")
          client.fail("systemctl start backup.service")
          output = client.succeed(
              "RESTIC_REPOSITORY=rest:https://client:secret@store:8443/client/files RESTIC_CACERT=/run/store.crt RESTIC_PASSWORD_FILE=/run/secrets/backup RESTIC_CACHE_DIR=/tmp/cache restic forget latest 2>&1"
          )
          assert "403 Forbidden" in output, f"the output is {output!r}"
          output = store.succeed("ls /srv/backup/client/files/snapshots | wc --lines")
          assert output.rstrip() == "1", f"the output is {output!r}"
        '';
      };

  brings-the-files-of-a-site-back-which-are-served-again = pkgs.testers.runNixOSTest {
    _file = ./backup.nix;
    name = "backup-brings-the-files-of-a-site-back-which-are-served-again";
    nodes.machine = {
      imports = [ module ] ++ beside [ "site" ];
      domi.security.backup = {
        enable = true;
        save = {
          folders = [ "/srv/site" ];
          passwordFile = "/run/secrets/backup";
          repository = "/srv/disk/a";
        };
      };
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [ "f+ /run/secrets/backup 0600 - - - a long password\\n" ];
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir --parents /srv/disk/a /srv/site/goods")
      machine.succeed(
          "echo '<p>a shop' >/srv/site/index.html && echo '<p>bread' >/srv/site/goods/bread.html"
      )
      machine.wait_for_unit("web-gateway.service")
      output = machine.succeed("curl --silent --fail --max-time 10 http://localhost/")
      assert output.rstrip() == "<p>a shop", f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --fail --max-time 10 http://localhost/goods/bread.html"
      )
      assert output.rstrip() == "<p>bread", f"the output is {output!r}"
      machine.succeed("systemctl start backup.service")
      machine.succeed("rm --recursive /srv/site")
      machine.fail("curl --silent --fail --max-time 10 http://localhost/")
      machine.fail("curl --silent --fail --max-time 10 http://localhost/goods/bread.html")
      machine.succeed("systemctl start backup-restore@latest.service")
      machine.succeed("mv /var/lib/backup/restored/latest/srv/site /srv/site")
      output = machine.succeed("curl --silent --fail --max-time 10 http://localhost/")
      assert output.rstrip() == "<p>a shop", f"the output is {output!r}"
      output = machine.succeed(
          "curl --silent --fail --max-time 10 http://localhost/goods/bread.html"
      )
      assert output.rstrip() == "<p>bread", f"the output is {output!r}"
    '';
  };

  keeps-the-snapshots-that-it-is-told-to-on-another-disk = pkgs.testers.runNixOSTest {
    _file = ./backup.nix;
    name = "backup-keeps-the-snapshots-that-it-is-told-to-on-another-disk";
    nodes.machine = {
      imports = [ module ];
      domi.security.backup = {
        enable = true;
        save = {
          checkPercent = 100;
          exclude = [ "*.tmp" ];
          folders = [ "/srv/files" ];
          keep = {
            daily = 1;
            monthly = 0;
            weekly = 0;
          };
          onFailure = [ "tell.service" ];
          passwordFile = "/run/secrets/backup";
          repository = "/srv/disk/a";
        };
      };
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/backup 0600 - - - a long password\\n"
        "f+ /run/systemd/system/tell.service 0644 - - - [Service]\\nType=oneshot\\nEnvironment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\\nExecStart=/bin/sh -c '>/run/told'\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir --parents /srv/disk/a /srv/files && echo one >/srv/files/note")
      machine.succeed("systemctl start backup.service")
      machine.succeed("echo two >/srv/files/note")
      machine.succeed("systemctl start backup.service")
      output = machine.succeed("ls /srv/disk/a/snapshots | wc --lines")
      assert output.rstrip() == "1", f"the output is {output!r}"
      machine.succeed("systemctl start backup-restore@latest.service")
      output = machine.succeed("cat /var/lib/backup/restored/latest/srv/files/note")
      assert output.rstrip() == "two", f"the output is {output!r}"
      machine.succeed("head --bytes=2M /dev/urandom >/srv/files/large")
      machine.succeed("systemctl start backup.service")
      machine.succeed("systemctl start backup-check.service")
      machine.succeed(
          'large=$(find /srv/disk/a/data -type f -size +1M) && test -n "$large" && head --bytes=64 /dev/zero | dd of="$large" conv=notrunc'
      )
      machine.fail("systemctl start backup-check.service")
      machine.wait_for_file("/run/told")
      machine.succeed("rm --recursive /srv/disk/a/*")
      machine.fail("systemctl start backup.service")
      output = machine.succeed("ls /srv/disk/a")
      assert output.rstrip() == "", f"the output is {output!r}"
    '';
  };

  keeps-its-copies-when-it-is-told-to-save-more = pkgs.testers.runNixOSTest {
    _file = ./backup.nix;
    name = "backup-keeps-its-copies-when-it-is-told-to-save-more";
    nodes.machine = {
      imports = [ module ];
      domi.security.backup = {
        enable = true;
        save = {
          exclude = [ "*.tmp" ];
          folders = [ "/srv/files" ];
          onFailure = [ "tell.service" ];
          passwordFile = "/run/secrets/backup";
          repository = "/srv/disk/a";
        };
      };
      systemd.tmpfiles.rules = [ "f+ /run/secrets/backup 0600 - - - a long password\\n" ];
      system.switch.enable = true;
      specialisation.changed.configuration = {
        domi.security.backup.save = lib.mkForce {
          exclude = [ "*.bak" ];
          folders = [
            "/srv/files"
            "/srv/more"
          ];
          onFailure = [ "tell.service" ];
          passwordFile = "/run/secrets/backup";
          repository = "/srv/disk/a";
        };
      };
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir --parents /srv/disk/a /srv/files /srv/more")
      machine.succeed(
          "echo one >/srv/files/note && echo two >/srv/more/note && touch /srv/files/x.tmp"
      )
      machine.succeed("systemctl start backup.service")
      machine.succeed(
          "/run/booted-system/specialisation/changed/bin/switch-to-configuration test"
      )
      machine.succeed("systemctl start backup.service")
      output = machine.succeed("ls /srv/disk/a/snapshots | wc --lines")
      assert output.rstrip() == "2", f"the output is {output!r}"
      machine.succeed("systemctl start backup-restore@latest.service")
      output = machine.succeed("cat /var/lib/backup/restored/latest/srv/more/note")
      assert output.rstrip() == "two", f"the output is {output!r}"
      machine.succeed("test -e /var/lib/backup/restored/latest/srv/files/x.tmp")
    '';
  };

  raises-an-alarm-when-no-snapshot-was-made-in-time = pkgs.testers.runNixOSTest {
    _file = ./backup.nix;
    name = "backup-raises-an-alarm-when-no-snapshot-was-made-in-time";
    nodes.machine = {
      imports = [ module ];
      domi.security.backup = {
        enable = true;
        save = {
          exclude = [ "*.tmp" ];
          folders = [ "/srv/files" ];
          onFailure = [ "tell.service" ];
          passwordFile = "/run/secrets/backup";
          repository = "/srv/disk/a";
        };
      };
      systemd.tmpfiles.rules = [
        "f+ /run/secrets/backup 0600 - - - a long password\\n"
        "f+ /run/systemd/system/tell.service 0644 - - - [Service]\\nType=oneshot\\nEnvironment=PATH=/run/current-system/sw/bin:/usr/bin:/bin\\nExecStart=/bin/sh -c '>/run/told'\\n"
      ];
    };
    testScript = ''
      start_all()
      machine.succeed("mkdir --parents /srv/disk/a /srv/files && touch /srv/files/note")
      machine.succeed("systemctl start backup-overdue.service")
      machine.succeed("touch --date='49 hours ago' /var/lib/backup/first-look")
      machine.fail("systemctl start backup-overdue.service")
      machine.wait_for_file("/run/told")
      machine.succeed("systemctl start backup.service")
      machine.succeed("systemctl start backup-overdue.service")
      machine.succeed("rm /run/told && touch --date='49 hours ago' /var/lib/backup/last")
      machine.fail("systemctl start backup-overdue.service")
      machine.wait_for_file("/run/told")
      machine.succeed("touch /var/lib/backup/last && echo wrong >/run/secrets/backup")
      machine.fail("systemctl start backup.service")
      output = machine.succeed(
          "systemctl list-timers --all --no-legend 'backup*' | wc --lines"
      )
      assert output.rstrip() == "3", f"the output is {output!r}"
    '';
  };

  refuses-to-do-nothing =
    let
      config = evaluate { enable = true; };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses to do nothing: the settings are accepted";
    assert lib.assertMsg (lib.any
      (a: !a.assertion && lib.hasInfix "nothing is saved and nothing is kept" a.message)
      config.assertions
    ) "refuses to do nothing: refused, but not because of nothing is saved and nothing is kept";
    pkgs.runCommand "backup-refuses-to-do-nothing" { } "touch $out";

  refuses-passwords-that-go-over-the-network-in-the-clear =
    let
      config = evaluate {
        enable = true;
        store = {
          folder = "/srv/backup";
          loginsFile = "/run/logins";
          openFirewall = true;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses passwords that go over the network in the clear: the settings are accepted";
    assert lib.assertMsg
      (lib.any (a: !a.assertion && lib.hasInfix "in the clear" a.message) config.assertions)
      "refuses passwords that go over the network in the clear: refused, but not because of in the clear";
    pkgs.runCommand "backup-refuses-passwords-that-go-over-the-network-in-the-clear" { } "touch $out";

  refuses-a-port-that-the-store-has-no-right-to =
    let
      config = evaluate {
        enable = true;
        store = {
          folder = "/srv/backup";
          loginsFile = "/run/logins";
          port = 443;
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a port that the store has no right to: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "below 1024" a.message)
      config.assertions
    ) "refuses a port that the store has no right to: refused, but not because of below 1024";
    pkgs.runCommand "backup-refuses-a-port-that-the-store-has-no-right-to" { } "touch $out";

  refuses-a-store-in-a-folder-that-is-everybody-s =
    let
      config = evaluate {
        enable = true;
        store = {
          folder = "/";
          loginsFile = "/run/logins";
        };
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a store in a folder that is everybody's: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "belongs to others" a.message)
      config.assertions
    ) "refuses a store in a folder that is everybody's: refused, but not because of belongs to others";
    pkgs.runCommand "backup-refuses-a-store-in-a-folder-that-is-everybody-s" { } "touch $out";

  refuses-to-save-no-folder =
    let
      config = evaluate {
        enable = true;
        save = {
          folders = [ ];
          passwordFile = "/run/password";
          repository = "/srv/disk";
        };
      };
    in
    assert lib.assertMsg (refused config.domi.security.backup.save.folders)
      "refuses to save no folder: folders is accepted";
    pkgs.runCommand "backup-refuses-to-save-no-folder" { } "touch $out";

  refuses-a-password-that-everyone-can-read =
    let
      config = evaluate {
        enable = true;
        save = {
          folders = [ "/srv" ];
          passwordFile = "/nix/store/00000000000000000000000000000000-password";
          repository = "/srv/disk";
        };
      };
    in
    assert lib.assertMsg (refused config.domi.security.backup.save.passwordFile)
      "refuses a password that everyone can read: passwordFile is accepted";
    pkgs.runCommand "backup-refuses-a-password-that-everyone-can-read" { } "touch $out";
}

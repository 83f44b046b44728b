# Folders that other machines may read.
#
# Generated from crates/features/feature-z by `cargo xtask generate`; edit the crate instead.
{ lib, pkgs, ... }:
let
  module = ../modules/services/feature-z.nix;

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
          domi.services.feature-z = settings;
        }
      ];
    }).config;

  # Whether evaluating the whole value fails.
  refused = value: !(builtins.tryEval (builtins.deepSeq value null)).success;
in
{
  shares-a-folder-to-be-read-only = pkgs.testers.runNixOSTest {
    _file = ./feature-z.nix;
    name = "feature-z-shares-a-folder-to-be-read-only";
    nodes.machine = {
      imports = [ module ];
      domi.services.feature-z = {
        enable = true;
        folders.docs = {
          comment = "What [we] know; all of it";
          path = "/srv/docs";
        };
      };
      environment.systemPackages = [ pkgs.rsync ];
      systemd.tmpfiles.rules = [ "f+ /srv/docs/page 0644 - - - first" ];
    };
    testScript = ''
      start_all()
      machine.wait_for_open_port(873)
      output = machine.succeed("rsync rsync://localhost/")
      assert "What [we] know; all of it" in output, f"the output is {output!r}"
      output = machine.succeed("rsync rsync://localhost/docs/page /tmp && cat /tmp/page")
      assert output.rstrip() == "first", f"the output is {output!r}"
      machine.fail("rsync /tmp/page rsync://localhost/docs/other")
    '';
  };

  is-read-by-other-machines-only-through-an-open-firewall = pkgs.testers.runNixOSTest {
    _file = ./feature-z.nix;
    name = "feature-z-is-read-by-other-machines-only-through-an-open-firewall";
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.rsync ];
      };
      closed = {
        imports = [ module ];
        domi.services.feature-z = {
          enable = true;
          folders.docs.path = "/srv/docs";
        };
      };
      open = {
        imports = [ module ];
        domi.services.feature-z = {
          enable = true;
          folders.docs.path = "/srv/docs";
          openFirewall = true;
        };
        systemd.tmpfiles.rules = [ "f+ /srv/docs/page 0644 - - - first" ];
      };
    };
    testScript = ''
      start_all()
      closed.wait_for_open_port(873)
      open.wait_for_open_port(873)
      output = client.succeed("rsync rsync://open/docs/page /tmp && cat /tmp/page")
      assert output.rstrip() == "first", f"the output is {output!r}"
      client.fail("rsync --contimeout=2 rsync://closed/docs/")
    '';
  };

  serves-again-when-the-network-is-there-again = pkgs.testers.runNixOSTest {
    _file = ./feature-z.nix;
    name = "feature-z-serves-again-when-the-network-is-there-again";
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.rsync ];
      };
      server = {
        imports = [ module ];
        domi.services.feature-z = {
          enable = true;
          folders.docs.path = "/srv/docs";
          openFirewall = true;
          port = 8873;
        };
        systemd.tmpfiles.rules = [ "f+ /srv/docs/page 0644 - - - first" ];
      };
    };
    testScript = ''
      start_all()
      server.wait_for_open_port(8873)
      server.block()
      client.fail("rsync --contimeout=2 rsync://server:8873/docs/page /tmp")
      server.unblock()
      client.wait_until_succeeds("rsync --contimeout=2 rsync://server:8873/docs/page /tmp")
      output = client.succeed("cat /tmp/page")
      assert output.rstrip() == "first", f"the output is {output!r}"
    '';
  };

  serves-over-a-network-that-is-slow-and-loses-packets = pkgs.testers.runNixOSTest {
    _file = ./feature-z.nix;
    name = "feature-z-serves-over-a-network-that-is-slow-and-loses-packets";
    nodes = {
      client = {
        environment.systemPackages = [ pkgs.rsync ];
      };
      server = {
        imports = [ module ];
        domi.services.feature-z = {
          enable = true;
          folders.docs.path = "/srv/docs";
          openFirewall = true;
        };
        systemd.tmpfiles.rules = [ "f+ /srv/docs/page 0644 - - - first" ];
      };
    };
    testScript = ''
      start_all()
      client.succeed("tc qdisc replace dev eth1 root netem limit 1000 delay 50ms")
      server.wait_for_open_port(873)
      server.succeed("tc qdisc replace dev eth1 root netem limit 1000 loss 10%")
      output = client.succeed("rsync rsync://server/docs/page /tmp && cat /tmp/page")
      assert output.rstrip() == "first", f"the output is {output!r}"
      server.succeed("tc qdisc del dev eth1 root")
      server.succeed("tc qdisc replace dev eth1 root netem limit 1000 loss 100%")
      client.fail("rsync --contimeout=2 rsync://server/docs/page /tmp")
      server.succeed("tc qdisc del dev eth1 root")
      client.wait_until_succeeds("rsync --contimeout=2 rsync://server/docs/page /tmp")
    '';
  };

  refuses-a-relative-path =
    let
      config = evaluate {
        enable = true;
        folders.docs.path = "srv/docs";
      };
    in
    assert lib.assertMsg (refused config.domi.services.feature-z.folders.docs.path)
      "refuses a relative path: folders.docs.path is accepted";
    pkgs.runCommand "feature-z-refuses-a-relative-path" { } "touch $out";

  refuses-a-comment-of-two-lines =
    let
      config = evaluate {
        enable = true;
        folders.docs = {
          comment = ''
            one
            two'';
          path = "/srv/docs";
        };
      };
    in
    assert lib.assertMsg (refused config.domi.services.feature-z.folders.docs.comment)
      "refuses a comment of two lines: comment is accepted";
    pkgs.runCommand "feature-z-refuses-a-comment-of-two-lines" { } "touch $out";

  refuses-a-folder-that-rsync-takes-for-something-else =
    let
      config = evaluate {
        enable = true;
        folders.global.path = "/srv/docs";
      };
    in
    assert lib.assertMsg (refused config.system.build.toplevel.drvPath)
      "refuses a folder that rsync takes for something else: the settings are accepted";
    assert lib.assertMsg (lib.any (a: !a.assertion && lib.hasInfix "another name" a.message)
      config.assertions
    ) "refuses a folder that rsync takes for something else: refused, but not because of another name";
    pkgs.runCommand "feature-z-refuses-a-folder-that-rsync-takes-for-something-else" { } "touch $out";
}

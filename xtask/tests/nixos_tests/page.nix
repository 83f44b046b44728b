# A test as people write them for `pkgs.testers.runNixOSTest`: one machine serves a page, another reads it.
{ pkgs, ... }:
{
  name = "page";
  nodes.server = {
    environment.etc."page/index.html".text = "from the server";
    networking.firewall.allowedTCPPorts = [ 80 ];
    systemd.services.page = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "${pkgs.busybox}/bin/busybox httpd -f -p 80 -h /etc/page";
    };
  };
  nodes.client = { };
  testScript = ''
    server.wait_for_unit("page")
    server.wait_for_open_port(80)
    answer = client.succeed("curl -fsS http://server/")
    assert answer == "from the server", f"it says {answer!r}"

    # It ends the group of processes that it leads, and must not take along what carries its output.
    assert client.execute("timeout 1 sleep 60")[0] == 124

    with subtest("files go to a machine, and come back"):
        import os

        text = "it's one of many lines\n" * 5000
        os.makedirs("given/deep/empty")
        with open("given/deep/key", "w") as file:
            file.write(text)
        os.chmod("given/deep/key", 0o640)
        client.copy_from_host("given", "/srv/new/given")
        client.copy_from_host("given/deep/key", "/srv/alone/its 'key'")
        assert client.succeed("stat -c '%a %U' /srv/new/given/deep/key") == "640 root\n"
        client.succeed("test -d /srv/new/given/deep/empty")
        client.succeed("cmp /srv/new/given/deep/key \"/srv/alone/its 'key'\"")
        client.copy_from_vm("/srv/new/given", "taken")
        client.copy_from_vm("/srv/alone/its 'key'")
        for path in ["taken/given/deep/key", "its 'key'"]:
            with open(client.out_dir / path) as file:
                assert file.read() == text
        client.succeed("ln -s /etc/shadow /srv/new/given/link && rm /srv/new/given/deep/key")
        client.copy_from_vm("/srv/new/given/link")
        assert "root:" in open(client.out_dir / "link").read()
  '';
}

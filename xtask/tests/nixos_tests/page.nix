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
  '';
}

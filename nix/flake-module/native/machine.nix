# What the system of a test's machine has where a container of ours boots it: a root shell for the steps, and
# nothing that such a container cannot have.
{ lib, pkgs, ... }:
let
  # Where a container differs by default from what a machine has, it is as the machine.
  asMachine = lib.mkOverride 999;
in
{
  boot.isContainer = true;
  documentation.enable = lib.mkDefault false;
  networking.useDHCP = lib.mkDefault false;
  networking.useHostResolvConf = asMachine false;
  services.openssh.startWhenNeeded = asMachine false;
  # It names more groups than a container has.
  boot.kernel.sysctl."net.ipv4.ping_group_range" = asMachine null;
  system.stateVersion = lib.mkDefault lib.trivial.release;
  systemd.suppressedSystemUnits = [
    "sys-kernel-debug.mount"
    "sys-kernel-tracing.mount"
  ];

  # The terminals and pipes that the launcher makes in /dev are there before systemd is. There is no getty on them.
  systemd.services = {
    "serial-getty@hvc0".enable = false;
    "console-getty".enable = false;
    domi-shell = {
      description = "Root shell for tests";
      # As that of the NixOS test driver: what a boot makes first, such as the test's files, is there.
      wantedBy = [ "multi-user.target" ];
      after = [ "basic.target" ];
      unitConfig = {
        DefaultDependencies = false;
        StartLimitIntervalSec = 0;
      };
      restartIfChanged = false;
      stopIfChanged = false;
      environment = {
        HOME = "/root";
        LC_ALL = "C.UTF-8";
        PAGER = "";
        SYSTEMD_COLORS = "0";
        SYSTEMD_PAGER = "";
        TERM = "dumb";
        USER = "root";
        PATH = lib.mkForce "/run/wrappers/bin:/run/current-system/sw/bin:${
          lib.makeBinPath [
            pkgs.coreutils
            pkgs.gnutar
            pkgs.perl
          ]
        }";
      };
      serviceConfig = {
        WorkingDirectory = "/";
        StandardInput = "null";
        StandardOutput = "null";
        StandardError = "null";
        KillMode = "process";
        KillSignal = "SIGHUP";
        Restart = "always";
        RestartSec = 0;
        IgnoreSIGPIPE = false;
      };
      script = ''
        exec 0<>/dev/hvc0 1>&0 2>/dev/console
        stty raw -echo
        echo 'Spawning backdoor root shell...'
        exec ${pkgs.runtimeShell} --norc /dev/hvc0 </dev/null
      '';
    };
  };
}

# What each system of a test's machines has where this tool drives it: a root shell for the steps.
{ lib, pkgs, ... }:
{
  documentation.enable = lib.mkDefault false;
  networking.useDHCP = lib.mkDefault false;
  system.stateVersion = lib.mkDefault lib.trivial.release;

  systemd.services = {
    # The steps come here.
    "serial-getty@hvc0".enable = false;
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

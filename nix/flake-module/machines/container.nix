# The system of a test's machine where a container of ours boots it: nothing that such a container cannot have.
{ lib, ... }:
let
  # Where a container differs by default from what a machine has, it is as the machine.
  asMachine = lib.mkOverride 999;
in
{
  boot.isContainer = true;
  networking.useHostResolvConf = asMachine false;
  services.openssh.startWhenNeeded = asMachine false;
  # It names more groups than a container has.
  boot.kernel.sysctl."net.ipv4.ping_group_range" = asMachine null;
  systemd.suppressedSystemUnits = [
    "sys-kernel-debug.mount"
    "sys-kernel-tracing.mount"
  ];
  # The terminals and pipes that the launcher makes in /dev are there before systemd is.
  systemd.services.console-getty.enable = false;
}

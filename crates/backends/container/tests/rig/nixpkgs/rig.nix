# What the rig takes from every NixOS, and what brings Debian's files to the places that its programs want.
{
  lib,
  options,
  pkgs,
  ...
}:
{
  nix.enable = false;
  # Debian's glibc finds its own modules.
  services.nscd.enable = false;
  system.nssModules = lib.mkForce [ ];
  security.sudo.enable = false;
  environment.ldso = lib.mkForce "${pkgs.debian}/lib64/ld-linux-x86-64.so.2";
  environment.stub-ld.enable = false;
  fonts.fontconfig.enable = false;
  i18n.defaultLocale = "C.UTF-8";
  documentation.enable = lib.mkForce false;
  # There is no boot loader, and a kernel only for the machines of the NixOS test driver.
  boot.isContainer = lib.mkDefault (!options.virtualisation ? qemu);
  boot.loader.grub.enable = lib.mkDefault false;
  boot.bcache.enable = false;
  console.enable = lib.mkDefault false;
  # Debian's dhcpcd calls what NixOS's filter of its unit forbids.
  networking.useDHCP = lib.mkDefault false;
  # Where Debian's sshd locks itself in.
  systemd.tmpfiles.rules = [ "d /run/sshd 0755 root root" ];
  # The modules are between two changes: one names it, none makes it.
  users.groups.resolvconf = { };

  # No program of Debian's runs before its loader and libraries are there. What systemd itself calls by a
  # fixed place is in /usr/bin, and its own program that a unit of NixOS calls by its name alone, as NixOS's systemd
  # knows where that is. There is nothing else: a unit has the programs that its module gives it.
  system.systemBuilderCommands = lib.mkAfter ''
    cp ${pkgs.busybox-static}/bin/busybox $out/busybox
    mv $out/init $out/init.nixos
    cat > $out/init <<EOF
    #!$out/busybox sh
    b=$out/busybox
    if [ ! -e /usr/lib ]; then
      \$b mkdir -p /usr/bin /lib64
      for name in lib libexec share; do \$b ln -s ${pkgs.debian}/usr/\$name /usr/\$name; done
      \$b ln -s usr/lib /lib
      \$b ln -s ${pkgs.debian}/lib64/ld-linux-x86-64.so.2 /lib64/
      for name in mount systemd-tmpfiles umount; do \$b ln -s ../lib/debian/bin/\$name /usr/bin/\$name; done
    fi
    exec $out/init.nixos "\$@"
    EOF
    chmod +x $out/init
  '';
}

# What of nixpkgs which Debian packages are, where the names differ.
{ lib }:
let
  same = debs: names: lib.genAttrs names (_: debs);
  utilLinux = [
    "bsdextrautils"
    "bsdutils"
    "fdisk"
    "login"
    "mount"
    "util-linux"
    "util-linux-extra"
  ];
in
{
  renamed = {
    audit = [ "auditd" ];
    bind = [ "bind9-dnsutils" ];
    busybox = [ "busybox-static" ];
    cacert = [ "ca-certificates" ];
    dhcpcd = [ "dhcpcd-base" ];
    envsubst = [ "gettext-base" ];
    fuse = [ "fuse3" ];
    gettext = [ "gettext-base" ];
    gnugrep = [ "grep" ];
    gnupatch = [ "patch" ];
    gnused = [ "sed" ];
    gnutar = [ "tar" ];
    iana-etc = [ "netbase" ];
    iputils = [ "iputils-ping" ];
    libcap = [ "libcap2-bin" ];
    lvm2 = [
      "dmsetup"
      "lvm2"
    ];
    mkpasswd = [ "passwd" ];
    ncurses = [ "ncurses-bin" ];
    nettools = [
      "hostname"
      "net-tools"
    ];
    openssh = [
      "openssh-client"
      "openssh-server"
    ];
    perl = [
      "perl"
      "perl-base"
    ];
    postgresql_17 = [
      "postgresql-17"
      "postgresql-client-17"
    ];
    python3 = [
      "python3"
      "python3-minimal"
      "python3.13-minimal"
    ];
    shadow = [
      "login"
      "login.defs"
      "passwd"
      "uidmap"
    ];
    systemd = [
      "libnss-systemd"
      "systemd"
      "systemd-container"
      "systemd-coredump"
      "systemd-cryptsetup"
      "systemd-homed"
      "systemd-journal-remote"
      "systemd-oomd"
      "systemd-repart"
      "systemd-sysv"
      "systemd-timesyncd"
      "systemd-userdbd"
      "udev"
    ];
    dbus = [
      "dbus"
      "dbus-bin"
      "dbus-daemon"
      "dbus-session-bus-common"
      "dbus-system-bus-common"
    ];
    unbound-with-systemd = [ "unbound" ];
    valkey = [
      "valkey-server"
      "valkey-tools"
    ];
    which = [ "debianutils" ];
    xz = [ "xz-utils" ];
    su = utilLinux;
  }
  //
    same
      [ "bash" ]
      [
        "bash"
        "bash-interactive"
        "bashInteractive"
        "bashNonInteractive"
      ]
  //
    same
      [ "coreutils" ]
      [
        "coreutils"
        "coreutils-full"
      ]
  //
    same
      [ "libc-bin" ]
      [
        "getconf"
        "getent"
        "glibc"
      ]
  //
    same
      [
        "libpam-modules"
        "libpam-modules-bin"
      ]
      [
        "linux-pam"
        "pam"
      ]
  //
    same
      [ "netcat-openbsd" ]
      [
        "netcat"
        "netcat-gnu"
      ]
  // same utilLinux [
    "util-linux"
    "util-linuxMinimal"
  ];

  # Packages that bring nothing here that runs: data, and what a container does without. A unit that calls a
  # program of theirs fails.
  empty = [
    "bash-completion"
    "fish"
    "glibcLocales"
    "kbd"
    "kexec-tools"
    "lessopen"
    "man-db"
    "mtools"
    "nix"
    "nix-bash-completions"
    "nixos-firewall-tool"
    "nixos-rebuild"
    "time"
    "xonsh"
    "libxcrypt"
    "p11kit"
    "lesspipe"
    "xauth"
    "xwininfo"
    "desktop-file-utils"
    "hicolor-icon-theme"
    "shared-mime-info"
    "sound-theme-freedesktop"
    "bcache-tools"
    "dosfstools"
    "libarchive"
    "mdadm"
    "netpbm"
    "host"
    "makeInitrdNGTool"
    "nixos-container"
    "zsh"
  ];

  # Attributes of packages that are packages themselves.
  within = {
    bind.dnsutils = "bind9-dnsutils";
    cacert.p11kit = "p11kit";
    prometheus.cli = "promtool";
    shadow.su = "su";
    systemd.kmod = "kmod";
    systemd.util-linux = "util-linux";
  };

  withMore = {
    libxcrypt.enabledCryptSchemeIds = [
      "y"
      "gy"
      "7"
      "2b"
      "2y"
      "2a"
      "6"
    ];
    nix = {
      pname = "nix";
      version = "2.28.0";
    };
    shadow.shellPath = "/bin/nologin";
    bash.shellPath = "/bin/bash";
    bashInteractive.shellPath = "/bin/bash";
    systemd = {
      interfaceVersion = 2;
      withBootloader = true;
      withCryptsetup = true;
      withEfi = true;
      withHomed = true;
      withHostnamed = true;
      withImportd = true;
      withLocaled = true;
      withLogind = true;
      withMachined = true;
      withNspawn = true;
      withOomd = true;
      withPortabled = true;
      withRepart = true;
      withSysupdate = true;
      withTimedated = true;
      withTpm2Tss = true;
      withTpm2Units = true;
      withUtmp = false;
    };
  };
}

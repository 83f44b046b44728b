# Forbids what hardly any program needs of the kernel and the SSH server.
#
# Generated from crates/features/hardening by `cargo xtask generate`; edit the crate instead.
{ config, lib, ... }:
let
  cfg = config.domi.security.hardening;
in
{
  _class = "nixos";

  imports = [
    ../_together.nix
    ../../crates/features/hardening/extra.nix
  ];

  options.domi.security.hardening = {
    enable = lib.mkEnableOption "hardening";

    kernel = lib.mkOption {
      type = lib.types.enum [
        "none"
        "usual"
        "strict"
      ];
      default = "usual";
      description = ''
        What the kernel forbids.

        - `none`: Nothing beside what the system itself forbids.
        - `usual`: What hardly any program needs.
        - `strict`: What most machines can do without.
      '';
    };

    ssh = lib.mkOption {
      type = lib.types.enum [
        "none"
        "usual"
        "strict"
      ];
      default = "usual";
      description = ''
        What the SSH server forbids.

        - `none`: Nothing beside what the system itself forbids.
        - `usual`: What hardly any program needs.
        - `strict`: What most machines can do without.
      '';
    };

    rareModules = lib.mkOption {
      type = lib.types.listOf (
        lib.types.enum [
          "networks"
          "file-systems"
        ]
      );
      default = [
        "networks"
        "file-systems"
      ];
      example = [ "networks" ];
      description = ''
        Modules that are never loaded, by what they are for.

        - `networks`: Protocols of networks that are hardly used, such as `dccp` and `sctp`.
        - `file-systems`: File systems that are hardly used, such as `cramfs` and `hfs`.
      '';
    };

    allowedModules = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "[A-Za-z0-9_]+");
      default = [ ];
      example = [ "sctp" ];
      description = "Modules that may be loaded all the same, with `_` in their names, as `lsmod` has them.";
    };

    blockedModules = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "[A-Za-z0-9_]+");
      default = [ ];
      example = [ "bluetooth" ];
      description = "Further modules that are never loaded, with `_` in their names, as `lsmod` has them.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = lib.all (blockedModule: !lib.elem blockedModule cfg.allowedModules) cfg.blockedModules;
        message = "a module is in `allowedModules` and in `blockedModules`";
      }
    ];

    environment.etc = {
      "ssh/sshd_config.d/00-hardening.conf" = lib.mkIf (cfg.ssh != "none") {
        text =
          if cfg.ssh == "strict" then
            ''
              PasswordAuthentication no
              KbdInteractiveAuthentication no
              PermitRootLogin no
              X11Forwarding no
              AllowAgentForwarding no
              AllowTcpForwarding no
              AllowStreamLocalForwarding no
              Ciphers -*-ctr,*-cbc
              KexAlgorithms -ecdh-sha2-*,diffie-hellman-*
            ''
          else
            ''
              PasswordAuthentication no
              KbdInteractiveAuthentication no
              PermitRootLogin prohibit-password
              X11Forwarding no
              AllowAgentForwarding no
            '';
      };
      "modprobe.d/hardening.conf".text =
        lib.concatMapStrings
          (item: ''
            install ${item} false
          '')
          (
            lib.optionals (lib.elem "networks" cfg.rareModules) (
              lib.filter (item: !lib.elem item cfg.allowedModules) [
                "af_802154"
                "appletalk"
                "ax25"
                "can"
                "dccp"
                "ieee802154"
                "ipx"
                "netrom"
                "p8022"
                "psnap"
                "rds"
                "rose"
                "sctp"
                "tipc"
              ]
            )
            ++ lib.optionals (lib.elem "file-systems" cfg.rareModules) (
              lib.filter (item: !lib.elem item cfg.allowedModules) [
                "adfs"
                "befs"
                "cramfs"
                "efs"
                "freevxfs"
                "hfs"
                "hfsplus"
                "jffs2"
                "minix"
                "nilfs2"
                "qnx4"
                "sysv"
              ]
            )
            ++ cfg.blockedModules
          );
    };

    boot.kernel.sysctl = lib.mkMerge [
      (lib.mkIf (cfg.kernel != "none") {
        "fs.protected_fifos" = 2;
        "fs.protected_hardlinks" = 1;
        "fs.protected_regular" = 2;
        "fs.protected_symlinks" = 1;
        "fs.suid_dumpable" = 0;
        "kernel.dmesg_restrict" = 1;
        "kernel.kptr_restrict" = 2;
        "kernel.sysrq" = 0;
        "kernel.unprivileged_bpf_disabled" = 1;
        "net.core.bpf_jit_harden" = 2;
        "net.ipv4.conf.*.accept_redirects" = 0;
        "net.ipv4.conf.*.accept_source_route" = 0;
        "net.ipv4.conf.*.secure_redirects" = 0;
        "net.ipv4.conf.*.send_redirects" = 0;
        "net.ipv6.conf.*.accept_redirects" = 0;
        "net.ipv6.conf.*.accept_source_route" = 0;
        "kernel.yama.ptrace_scope" = if cfg.kernel == "strict" then 2 else 1;
      })
      (lib.mkIf (cfg.kernel == "strict") {
        "dev.tty.ldisc_autoload" = 0;
        "kernel.io_uring_disabled" = 2;
        "kernel.kexec_load_disabled" = 1;
        "kernel.perf_event_paranoid" = 3;
      })
    ];

    domi.together.hardening.claims = [
      { what = "path /etc/modprobe.d/hardening.conf"; }
    ]
    ++ lib.optional (cfg.ssh != "none") {
      what = "path /etc/ssh/sshd_config.d/00-hardening.conf";
    };
  };
}

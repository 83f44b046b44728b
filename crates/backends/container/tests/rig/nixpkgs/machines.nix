# What virtual machines and the NixOS test driver need of nixpkgs: QEMU, the driver, a kernel, the parts of stage 1.
# What runs outside of any NixOS is in the folder /driver of the sandbox, and refers to the sandbox's own libraries.
{
  built,
  lib,
  self,
}:
let
  digest = builtins.readFile ./driver.digest;
  libraries = "/driver/usr/lib/x86_64-linux-gnu";
  modules = "/driver/usr/lib/python3/dist-packages";

  # Programs of /driver, each a script that finds its libraries and, where it is written in Python, its modules.
  tools =
    name: programs:
    built {
      inherit digest name;
      kind = "command";
      passAsFile = [ "buildCommand" ];
      buildCommand = ''
        mkdir -p $out/bin
        ${lib.concatStrings (
          lib.mapAttrsToList (program: command: ''
            cat > $out/bin/${program} <<'END'
            #!/usr/lib/debian/bin/bash
            export LD_LIBRARY_PATH=${libraries} PYTHONPATH=''${PYTHONPATH:+$PYTHONPATH:}${modules}
            exec ${command} "$@"
            END
            chmod +x $out/bin/${program}
          '') programs
        )}
      '';
    }
    // {
      inherit (self) stdenv;
      meta = { };
    };
  # Where Debian has it.
  firmware = lib.concatMapStringsSep " " (folder: "-L /driver/usr/${folder}") [
    "share/qemu"
    "share/seabios"
    "lib/ipxe/qemu"
  ];
  python = module: "/usr/lib/debian/bin/python3 -m ${module}";

  # What a build reads with `paths` to know everything that some paths refer to.
  graphs =
    roots:
    lib.concatLists (
      lib.imap0 (number: root: [
        "closure-${toString number}"
        root
      ]) roots
    );
  paths = "grep -hE '^/nix/store/' closure-* | sort -u";
in
{
  # Without KVM, also where there is one. The driver ends the shell that it started QEMU with; Debian's is a process
  # of its own, and QEMU ends with it.
  qemu_test =
    tools "qemu" {
      qemu-img = "/driver/usr/bin/qemu-img";
      qemu-kvm = "/usr/lib/debian/bin/setpriv --pdeathsig TERM /driver/usr/bin/qemu-system-x86_64 -accel tcg,thread=multi ${firmware}";
    }
    // {
      ga = tools "qemu-guest-agent" { };
    };
  vde2 = tools "vde2" {
    vde_plug2tap = "/driver/usr/bin/vde_plug2tap";
    vde_switch = "/driver/usr/bin/vde_switch";
  };
  # Sockets between a machine and what is around it, which no test here asks for.
  vhost-device-vsock = tools "vhost-device-vsock" { };
  mypy = tools "mypy" { mypy = python "mypy"; };
  patchelf = tools "patchelf" { patchelf = "/driver/usr/bin/patchelf"; };
  python3Packages =
    import ./python.nix {
      inherit
        digest
        lib
        modules
        self
        ;
    }
    // {
      pyflakes = tools "pyflakes" { pyflakes = python "pyflakes"; };
    };

  # NixOS's systemd starts a container from an empty folder; Debian's wants to see a system there.
  nspawn = self.writeShellScriptBin "systemd-nspawn" ''
    for word; do
      case $word in --directory=*) ${self.coreutils}/bin/mkdir -p "''${word#*=}/usr" ;; esac
    done
    exec ${self.systemd}/bin/systemd-nspawn "$@"
  '';

  # The driver is that of these modules: a package of its own since 2026.
  nixos-test-driver = self.python3Packages.callPackage ./nixos/lib/test-driver { };
  testDriver =
    source: arguments:
    assert
      !arguments.enableOCR || throw "the rig: no character recognition in tests of NixOS (enableOCR)";
    assert
      arguments.extraPythonPackages { } == [ ]
      || throw "the rig: no more packages of Python in tests of NixOS (extraPythonPackages)";
    self.python3Packages.buildPythonApplication {
      pname = "nixos-test-driver";
      src = source;
      propagatedBuildInputs = [
        self.coreutils
        self.socat
        self.qemu_test
        self.vde2
      ];
    };

  aggregateModules =
    trees:
    assert lib.length trees == 1 || throw "the rig: no modules of the kernel but its own";
    self.runCommand "kernel-modules" { } ''
      mkdir $out
      ln -s ${lib.head trees}/lib $out/lib
    '';

  # Those that Debian's kernel has as modules, and what they need. Some that NixOS names are in the kernel itself, or
  # not in Debian's at all.
  makeModulesClosure =
    { rootModules, kernel, ... }:
    self.runCommand "modules" { rootModules = lib.unique rootModules; } ''
      version=${self.linux.modDirVersion}
      from=${kernel}
      cp -rL $from/lib/modules/$version all
      mkdir -p tree/lib/modules $out/lib/modules/$version
      ln -s "$PWD/all" tree/lib/modules/$version
      for name in $rootModules; do
        modprobe -d $PWD/tree -S $version --show-depends $name 2>>left-out | sed -n 's#^insmod ##p'
      done | sed 's#^.*/kernel/##; s# *$##' | sort -u | while read -r file; do
        to=$out/lib/modules/$version/kernel/''${file%.xz}
        mkdir -p "$(dirname "$to")"
        case $file in
          *.xz) xz -dc "all/kernel/$file" > "$to" ;;
          *) cp "all/kernel/$file" "$to" ;;
        esac
      done
      cat left-out >&2
      cp all/modules.{order,builtin*} $out/lib/modules/$version/
      depmod -b $out $version
    '';

  # The closure of some files, below the names that it is wanted by.
  makeInitrd =
    {
      name,
      contents,
      compressor,
      compressorArgs ? null,
      prepend ? [ ],
      ...
    }:
    let
      program = pkgs: "${pkgs.${compressor}}/bin/${compressor}";
      fast = if compressorArgs == null then [ "-3" ] else compressorArgs;
    in
    assert prepend == [ ] || throw "the rig: nothing goes before the initrd (boot.initrd.prepend)";
    self.runCommand name
      {
        exportReferencesGraph = graphs (map (each: each.object) contents);
        passthru = {
          compressorExecutableFunction = program;
          compressorArgs = fast;
        };
      }
      ''
        mkdir -p $out root/nix/store
        ${paths} | xargs cp -a -t root/nix/store
        ${lib.concatMapStrings (each: ''
          mkdir -p root/${dirOf each.symlink}
          ln -s ${each.object} root/${each.symlink}
        '') contents}
        cd root
        find . -exec touch -hd @1 {} +
        find . | sort | cpio -o -H newc -R +0:+0 --reproducible | ${program self} ${lib.escapeShellArgs fast} > $out/initrd
      '';

  # Nix is off in these systems, so nobody registers what the list has.
  closureInfo =
    { rootPaths }:
    self.runCommand "closure-info" { exportReferencesGraph = graphs rootPaths; } ''
      mkdir $out
      ${paths} > $out/store-paths
      : > $out/registration
    '';

  # Debian's, with its modules.
  linux =
    let
      version = builtins.readFile ./kernel.version;
      all =
        built {
          inherit digest version;
          name = "linux-${version}";
          kind = "kernel";
        }
        // {
          inherit (self) stdenv;
          inherit version;
          modDirVersion = version;
          target = "bzImage";
          features = { };
          meta = { };
          config = {
            isYes = _: true;
            isEnabled = _: true;
            isSet = _: true;
            isModule = _: true;
            isNo = _: false;
            isDisabled = _: false;
          };
          kernelAtLeast = lib.versionAtLeast version;
          kernelOlder = lib.versionOlder version;
          override = _: all;
        };
    in
    all;

  # Lists that nixpkgs takes from other distributions: which modules of the kernel are not loaded on their own.
  kmod-blacklist-ubuntu = self.writeTextDir "modprobe.conf" "";
  kmod-debian-aliases = self.writeText "aliases.conf" "";
  # No machine starts from it: where one would, firmware and variables are missing.
  OVMF = self.writeText "OVMF" "" // {
    override = _: self.OVMF;
    fd = self.OVMF;
    systemManagementModeRequired = false;
  };
  nukeReferences = self.writeShellScriptBin "nuke-refs" "";
  bintools = self.patchelf;
  makeWrapper = self.bash;
}

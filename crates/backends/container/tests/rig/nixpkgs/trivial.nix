# What modules make files with, as nixpkgs has it: each really runs, in Nix's sandbox.
{
  built,
  debian,
  hostPlatform,
  lib,
  self,
  system,
}:
let
  isText =
    value:
    lib.isString value
    || lib.isInt value
    || lib.isBool value
    || lib.isPath value
    || value == null
    || (lib.isAttrs value && value ? outPath)
    || (lib.isList value && lib.all isText value);

  # What stdenv.mkDerivation is here: the build command, with the inputs' programs on its PATH.
  make =
    given:
    let
      wanted = if lib.isFunction given then lib.fix given else given;
      name = lib.strings.sanitizeDerivationName (
        wanted.name or "${wanted.pname}-${wanted.version or "0"}"
      );
      meanwhile = [
        "buildCommand"
        "buildInputs"
        "env"
        "meta"
        "name"
        "nativeBuildInputs"
        "outputs"
        "override"
        "overrideAttrs"
        "passAsFile"
        "passthru"
        "stdenv"
        "strictDeps"
      ];
      variables = lib.filterAttrs (_: isText) (removeAttrs wanted meanwhile // wanted.env or { });
      inputs = wanted.nativeBuildInputs or [ ];
      libraries = wanted.buildInputs or [ ];
      path =
        lib.optionalString (inputs != [ ]) "PATH=${lib.makeBinPath inputs}:$PATH\n"
        # What a type checker sees of packages in Python.
        + lib.optionalString (libraries != [ ]) "export PYTHONPATH=${lib.makeSearchPath "lib" libraries}\n";
      itself = built (
        variables
        // {
          inherit name;
          kind = "command";
          buildCommand = path + wanted.buildCommand;
          passAsFile = [ "buildCommand" ] ++ wanted.passAsFile or [ ];
        }
      );
      changed =
        change:
        let
          first = if lib.isFunction change then change wanted else change;
        in
        make (wanted // (if lib.isFunction first then first wanted else first));
    in
    itself
    // {
      inherit name;
      pname = name;
      version = "0";
      out = itself;
      outputs = [ "out" ];
      meta = {
        platforms = lib.platforms.all;
      }
      // wanted.meta or { };
      passthru = wanted.passthru or { };
      override = _: make wanted;
      overrideAttrs = changed;
      stdenv = self.stdenv;
    }
    // wanted.passthru or { };

  run =
    name: variables: script:
    make (
      variables
      // {
        inherit name;
        buildCommand = script;
      }
    );

  file =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      meta ? { },
      ...
    }:
    make {
      inherit meta name text;
      passAsFile = [ "text" ];
      buildCommand = ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        ${lib.optionalString executable "chmod +x \"$target\""}
      '';
    };
  script =
    destination: name: text:
    file {
      inherit destination name;
      executable = true;
      meta.mainProgram = name;
      text = "#!${self.runtimeShell}\n${text}";
    };

  replaced =
    {
      src,
      replacements ? { },
      isExecutable ? false,
      dir ? null,
      name ? baseNameOf src,
      ...
    }:
    run name { } ''
      target=$out${lib.optionalString (dir != null) "/${dir}/${name}"}
      mkdir -p "$(dirname "$target")"
      substitute ${src} "$target"${
        lib.concatStrings (
          lib.mapAttrsToList (key: value: " --subst-var-by ${key} ${lib.escapeShellArg (toString value)}") (
            lib.filterAttrs (_: value: value != null) replacements
          )
        )
      }
      ${lib.optionalString isExecutable "chmod +x \"$target\""}
    '';

  environment =
    {
      name,
      paths ? [ ],
      pathsToLink ? [ "/" ],
      postBuild ? "",
      ...
    }:
    make {
      inherit name;
      spec = builtins.toJSON {
        inherit pathsToLink;
        paths = map (path: {
          path = "${path}";
          priority = path.meta.priority or 5;
        }) (lib.filter (path: path != null) paths);
      };
      buildCommand = "python3 ${./environment.py}\n${postBuild}";
    };
  farm =
    name: entries:
    let
      list =
        if lib.isList entries then
          entries
        else
          lib.mapAttrsToList (name: path: { inherit name path; }) entries;
      link = entry: ''
        mkdir -p "$out/$(dirname ${lib.escapeShellArg entry.name})"
        ln -s ${entry.path} "$out"/${lib.escapeShellArg entry.name}
      '';
    in
    run name { } ("mkdir -p $out\n" + lib.concatMapStrings link list);
in
{
  inherit
    debian
    hostPlatform
    lib
    system
    ;
  _type = "pkgs";
  config = {
    allowAliases = false;
    allowUnfree = false;
    permittedInsecurePackages = [ ];
  };
  overlays = [ ];
  path = ./.;
  buildPlatform = hostPlatform;
  targetPlatform = hostPlatform;
  stdenv = {
    inherit hostPlatform system;
    inherit (hostPlatform)
      is64bit
      isAarch32
      isAarch64
      isDarwin
      isLinux
      isx86_32
      isx86_64
      ;
    buildPlatform = hostPlatform;
    targetPlatform = hostPlatform;
    mkDerivation = make;
    cc = {
      isClang = false;
      isGNU = true;
      libc = self.glibc;
      bintools.dynamicLinker = "/lib64/ld-linux-x86-64.so.2";
    };
  };
  stdenvNoCC = self.stdenv;
  appendOverlays = _: self;
  extend = _: self;
  buildPackages = self;
  pkgsBuildHost = self;
  pkgsHostTarget = self;
  __splicedPackages = self;
  pkgsi686Linux = self;
  pkgsStatic = self;

  # Without a compiler, the program itself takes the place of the wrapper of security.wrappers.
  callPackage =
    what: arguments:
    if arguments ? sourceProg then
      run "security-wrapper" { } ''
        mkdir -p $out/bin
        cp -L ${arguments.sourceProg} $out/bin/security-wrapper
      ''
    else if arguments ? qemu_pkg then
      self.testDriver what arguments
    else if lib.isPath what && lib.functionArgs (import what) ? python3Packages then
      import what {
        inherit (self) python3Packages;
        systemd = self.nspawn;
      }
    else if lib.isPath what && lib.functionArgs (import what) ? rustPlatform then
      import what {
        inherit lib;
        inherit (self) rustPlatform;
      }
    else
      throw "the rig builds no package: ${toString what}";

  # Nothing is compiled here: somebody has put the program beside this file.
  rustPlatform.buildRustPackage =
    {
      pname,
      version,
      meta ? { },
      ...
    }:
    let
      program = ./programs + "/${pname}";
    in
    if builtins.pathExists program then
      make {
        inherit pname version meta;
        buildCommand = ''
          mkdir -p $out/bin
          cp ${program} $out/bin/${pname}
          chmod 555 $out/bin/${pname}
        '';
      }
    else
      throw "the rig compiles no program, and there is no ${toString program}";

  runCommand = run;
  runCommandLocal = run;
  runCommandCC = run;
  runCommandNoCC = run;
  writeTextFile = file;
  writeText = name: text: file { inherit name text; };
  writeScript =
    name: text:
    file {
      inherit name text;
      executable = true;
    };
  writeTextDir =
    path: text:
    file {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };
  writeShellScript = script "";
  writeShellScriptBin = name: script "/bin/${name}" name;
  writeScriptBin =
    name: text:
    file {
      inherit name text;
      destination = "/bin/${name}";
      executable = true;
      meta.mainProgram = name;
    };
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      ...
    }:
    script "/bin/${name}" name ''
      set -o errexit -o nounset -o pipefail
      export PATH="${lib.makeBinPath runtimeInputs}:$PATH"
      ${text}
    '';
  writers = {
    writeBash = script "";
    writeDashBin = name: script "/bin/${name}" name;
    writeJSON = name: value: self.writeText name (builtins.toJSON value);
  };
  buildEnv = environment;
  symlinkJoin = arguments: environment ({ name = "join"; } // arguments);
  linkFarm = farm;
  linkFarmFromDrvs =
    name: each:
    farm name (
      map (path: {
        inherit (path) name;
        inherit path;
      }) each
    );
  concatText = name: files: run name { } "cat ${toString (map (path: "${path}") files)} > $out";
  substitute =
    { src, substitutions, ... }:
    run "substituted" { } "substitute ${src} $out ${lib.escapeShellArgs substitutions}";
  replaceVarsWith = replaced;
  replaceVars = src: replacements: replaced { inherit src replacements; };
  substituteAll =
    given:
    replaced (
      given
      // {
        replacements = lib.filterAttrs (_: isText) (
          removeAttrs given [
            "dir"
            "isExecutable"
            "name"
            "src"
          ]
        );
      }
    );

  # Debian's own configuration of each bus, with the folders of these packages for Debian's.
  makeDBusConf =
    { serviceDirectories, suidHelper, ... }:
    let
      each = f: lib.concatMapStrings f (map (path: "${path}") serviceDirectories);
      of = bus: services: policies: ''
        sed -e '/<standard_\(system\|session\)_servicedirs *\/>/d' -e '/<includedir>/d' -e '\#<include .*>/etc/dbus-1/${bus}.conf<#d' \
          -e 's#<servicehelper>.*</servicehelper>#<servicehelper>${suidHelper}</servicehelper>#' \
          -e '/<\/busconfig>/d' /usr/share/dbus-1/${bus}.conf >$out/${bus}.conf
        cat >>$out/${bus}.conf <<'END'
        ${each (path: "<servicedir>${path}/share/dbus-1/${services}</servicedir>\n")}
        ${each (
          path:
          "<includedir>${path}/share/dbus-1/${policies}</includedir>\n<includedir>${path}/etc/dbus-1/${policies}</includedir>\n"
        )}
        </busconfig>
        END
      '';
    in
    run "dbus-1" { } (
      "mkdir $out\n" + of "system" "system-services" "system.d" + of "session" "services" "session.d"
    );

  runtimeShell = "${self.bash}/bin/bash";
  formats = import ./formats.nix {
    inherit lib;
    pkgs = self;
  };
  lndir = run "lndir" { } ''
    mkdir -p $out/bin
    cp ${./lndir.sh} $out/bin/lndir
    chmod +x $out/bin/lndir
  '';
  xorg = {
    inherit (self) lndir xauth xwininfo;
  };
  linuxPackages = self.linuxPackagesFor self.linux;
  linuxPackagesFor =
    kernel:
    lib.fix (packages: {
      inherit kernel;
      inherit (self) stdenv;
      extend = _: packages;
      kernelAtLeast = _: true;
      kernelOlder = _: false;
    });
  nixosTests = { };
}

# apps.vm and apps.vm-<feature>: the trunk as a virtual machine, alone or with one feature. The
# machines themselves are `legacyPackages.<system>.vms.<name>`.
{ config, lib, ... }:
let
  inherit (config) domi;
  inherit (config.flake.lib) compose;
in
{
  perSystem =
    {
      config,
      pkgs,
      system,
      ...
    }:
    let
      onMac = lib.hasSuffix "-darwin" system;
      guest = lib.replaceString "-darwin" "-linux" system;
      features = lib.filterAttrs (_: feature: lib.elem guest feature.platforms) domi.features;
      named = f: lib.mapAttrs' (name: value: lib.nameValuePair "vm-${name}" (f name value));

      machine =
        features:
        compose {
          system = guest;
          inherit features;
          modules = [
            (if onMac then ../../vm/macos-vm.nix else ../../vm/linux-vm.nix)
            { virtualisation.host.pkgs = pkgs; }
          ];
        };

      runner =
        nixos:
        lib.addMetaAttrs {
          mainProgram = "run-${nixos.config.networking.hostName}-vm";
        } nixos.config.system.build.vm;

      # On macOS the machine is built when it is started, with advice if that fails.
      app = name: description: {
        program =
          if onMac then
            pkgs.writeShellApplication {
              inherit name;
              text = builtins.readFile ../../vm/macos.sh;
              runtimeEnv.MACHINE = "${domi.root}#legacyPackages.${system}.vms.${name}";
            }
          else
            config.legacyPackages.vms.${name};
        meta.description = description;
      };
    in
    {
      # The trunk with one feature, as a virtual machine. Its eval check uses this too.
      options.domi.machines = lib.mkOption {
        type = lib.types.lazyAttrsOf lib.types.raw;
        internal = true;
      };

      config = {
        domi.machines = lib.mapAttrs (name: _: machine [ name ]) features;

        legacyPackages.vms = {
          vm = runner (machine [ ]);
        }
        // named (name: _: runner config.domi.machines.${name}) features;

        apps = {
          vm = app "vm" "A virtual machine with the trunk alone";
        }
        // named (
          name: feature: app "vm-${name}" "A virtual machine with ${name}: ${feature.summary}"
        ) features;
      };
    };
}

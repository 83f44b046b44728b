# Any composition of the trunk, a profile and features: as a function (`lib.compose`), as
# attributes for a command line (`legacyPackages.<system>.compose`), and as nixosConfigurations of the
# profiles. Other files of this folder get the modules of a composition as the argument `modulesOf`, and
# the packages of a system as `pkgsFor`.
{
  config,
  inputs,
  lib,
  withSystem,
  ...
}:
let
  inherit (config) domi;

  on = system: lib.filterAttrs (_: feature: lib.elem system feature.platforms) domi.features;
  systems = lib.filter (lib.hasSuffix "-linux") config.systems;

  # With what they require.
  complete =
    features:
    lib.unique (lib.concatMap (name: [ name ] ++ domi.features.${name}.requires or [ ]) features);

  # The features that a profile enables by default.
  usual = profile: system: lib.optionals (profile == "full") (lib.attrNames (on system));

  pkgsFor = system: withSystem system ({ pkgs, ... }: pkgs);

  modulesOf =
    {
      system,
      profile ? "minimal",
      features ? usual profile system,
      modules ? [ ],
    }:
    [
      domi.trunk
      domi.profiles.${profile}
    ]
    ++ map (name: domi.features.${name}.enabled) (complete features)
    ++ modules;

  compose =
    composition:
    inputs.nixpkgs.lib.nixosSystem {
      modules = [
        { nixpkgs.pkgs = pkgsFor composition.system; }
      ]
      ++ modulesOf composition;
    };

  # The trunk with the features named so far; every further attribute adds one.
  branch =
    arguments:
    let
      nixos = compose arguments;
      more = name: _: branch (arguments // { features = arguments.features ++ [ name ]; });
    in
    lib.mapAttrs more (on arguments.system)
    // {
      inherit (nixos) config;
      inherit (nixos.config.system.build) toplevel;
    };
in
{
  _module.args = { inherit modulesOf pkgsFor; };

  flake.lib = { inherit compose; };

  flake.nixosConfigurations = lib.listToAttrs (
    lib.mapCartesianProduct
      (
        { profile, system }:
        lib.nameValuePair (if system == "x86_64-linux" then profile else "${profile}-${system}") (compose {
          inherit profile system;
        })
      )
      {
        profile = lib.attrNames domi.profiles;
        system = systems;
      }
  );

  perSystem =
    { system, ... }:
    lib.mkIf (lib.elem system systems) {
      legacyPackages.compose = lib.mapAttrs (
        profile: _:
        branch {
          inherit profile system;
          features = [ ];
        }
        // {
          all = branch {
            inherit profile system;
            features = lib.attrNames (on system);
          };
        }
      ) domi.profiles;
    };
}

# Where a repository has its files; the defaults are where `cargo xtask generate` puts them.
{
  config,
  lib,
  self,
  ...
}:
let
  inherit (config.domi) root;
  generated =
    name:
    let
      file = root + "/nix/${name}.nix";
    in
    if builtins.pathExists file then import file else { };
  parts = root + "/nix/parts.json";
  profiles = root + "/systems/profiles";
  nixFiles = lib.filterAttrs (name: _: lib.hasSuffix ".nix" name) (builtins.readDir profiles);
in
{
  options.domi = {
    root = lib.mkOption {
      type = lib.types.path;
      default = self.outPath;
      defaultText = lib.literalExpression "self.outPath";
      description = "The repository.";
    };

    features = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.raw;
      default = import (root + "/nix/features.nix");
      defaultText = lib.literalExpression "import (root + \"/nix/features.nix\")";
      description = "The generated entry of every feature, by name.";
    };

    modules = lib.mkOption {
      type = lib.types.deferredModule;
      default = root + "/modules/default.nix";
      defaultText = lib.literalExpression "root + \"/modules/default.nix\"";
      description = "The NixOS module that imports the module of every feature.";
    };

    hosts = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.raw;
      default = generated "hosts";
      defaultText = lib.literalExpression "import (root + \"/nix/hosts.nix\")";
      description = "The generated entry of every host of the fleet, by name.";
    };

    homes = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.raw;
      default = generated "homes";
      defaultText = lib.literalExpression "import (root + \"/nix/homes.nix\")";
      description = "The generated entry of every home of the fleet, by name.";
    };

    parts = lib.mkOption {
      type = lib.types.lazyAttrsOf (lib.types.listOf lib.types.str);
      default = if builtins.pathExists parts then lib.importJSON parts else { };
      defaultText = lib.literalExpression "lib.importJSON (root + \"/nix/parts.json\")";
      description = "Hosts of other flakes that are hosts here, too, by the inputs that have them.";
    };

    shells = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.raw;
      default = generated "shells";
      defaultText = lib.literalExpression "import (root + \"/nix/shells.nix\")";
      description = "The generated entry of every shell of the fleet, by name.";
    };

    trunk = lib.mkOption {
      type = lib.types.deferredModule;
      default = root + "/systems/default.nix";
      defaultText = lib.literalExpression "root + \"/systems/default.nix\"";
      description = "The NixOS module that every system has.";
    };

    profiles = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.deferredModule;
      default = lib.mapAttrs' (
        name: _: lib.nameValuePair (lib.removeSuffix ".nix" name) (profiles + "/${name}")
      ) nixFiles;
      defaultText = lib.literalMD "every file of `systems/profiles`";
      description = "What may be added to the trunk, by name.";
    };
  };
}

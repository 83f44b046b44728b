# checks: every test of every feature, and that its virtual machine, the trunk with the feature
# enabled, evaluates.
{ lib, ... }:
{
  perSystem =
    {
      config,
      domiFeatures,
      pkgs,
      ...
    }:
    let
      # Evaluated, never built: the check holds the name of the system, and no reference to it.
      evaluated =
        name: _:
        let
          inherit (config.domi.machines.${name}.config.system.build) toplevel;
        in
        lib.nameValuePair "${name}-eval" (
          pkgs.runCommand "${name}-eval" {
            toplevel = builtins.unsafeDiscardStringContext toplevel.drvPath;
          } "echo $toplevel > $out"
        );

      named = feature: lib.mapAttrs' (test: lib.nameValuePair "${feature}-${test}");
    in
    {
      checks =
        lib.concatMapAttrs named config.legacyPackages.tests // lib.mapAttrs' evaluated domiFeatures;
    };
}

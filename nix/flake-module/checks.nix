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

      # A test that is evaluated as a whole before anything is said of it, so that a mistake in it
      # is known to be there; with what its nodes set, as a value of a wrong type is a mistake even
      # where nothing of the system happens to use it.
      evaluatedTest =
        feature: name: test:
        let
          inherit (domiFeatures.${feature}) kind tests values;
          settings = node: node.domi.${kind}.${feature} or { enable = false; };
          enabled = lib.filter (cfg: cfg.enable) (map settings (lib.attrValues (test.nodes or { })));
        in
        lib.nameValuePair "${feature}-${name}" (
          builtins.addErrorContext "while evaluating the test `${name}' of ${toString tests}:" (
            builtins.deepSeq [
              (map (lib.getAttrs values) enabled)
              test.drvPath
            ] test
          )
        );
    in
    {
      checks =
        lib.concatMapAttrs (feature: lib.mapAttrs' (evaluatedTest feature)) config.legacyPackages.tests
        // lib.mapAttrs' evaluated domiFeatures;
    };
}

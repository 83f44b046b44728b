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

      # The derivation and nothing else: with its nodes, every test would stay in memory until all
      # are evaluated, and that is most of the time of `nix flake check`.
      alone =
        test:
        builtins.intersectAttrs {
          driver = null;
          drvPath = null;
          meta = null;
          name = null;
          outPath = null;
          outputName = null;
          outputs = null;
          system = null;
          type = null;
        } test;
      # A driver has all of its test, and so itself with its nodes, as `driver`.
      kept =
        test:
        alone test
        // lib.optionalAttrs (test ? driver) { driver = removeAttrs (alone test.driver) [ "driver" ]; };

      # A test that is evaluated completely first, so that every mistake in it is found: with the
      # settings of its nodes, because a value of a wrong type is a mistake even if the system does not
      # use it.
      evaluatedTest =
        feature: name: test:
        let
          inherit (domiFeatures.${feature}) kind tests values;
          settings = node: node.domi.${kind}.${feature} or { enable = false; };
          enabled = lib.filter (cfg: cfg.enable) (map settings (lib.attrValues (test.nodes or { })));
        in
        lib.nameValuePair "${feature}-${name}" (
          builtins.addErrorContext "while evaluating the test `${name}' of ${toString tests}:" (
            builtins.deepSeq (map (lib.getAttrs values) enabled) (deep (kept test))
          )
        );
      deep = value: builtins.deepSeq value value;
    in
    {
      checks =
        lib.concatMapAttrs (
          name: feature: lib.mapAttrs' (evaluatedTest name) (feature.tested { })
        ) domiFeatures
        // lib.mapAttrs' evaluated domiFeatures;
    };
}

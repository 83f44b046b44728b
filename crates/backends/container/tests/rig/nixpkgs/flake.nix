{
  description = "The rig: the real lib and the real NixOS modules, with Debian's programs as packages";
  outputs =
    { self }:
    let
      lib = import ./lib;
      system = "x86_64-linux";
      nixos = import ./nixos/lib { inherit lib; };
      base = import ./pkgs.nix { inherit lib system; };
      pkgs = base // {
        path = ./.;
        testers.runNixOSTest =
          test:
          nixos.runTest {
            imports = [ (lib.setDefaultModuleLocation "the argument of runNixOSTest" test) ];
            hostPkgs = pkgs;
            node.pkgs = pkgs;
          };
      };
    in
    {
      lib = lib // {
        inherit nixos;
        nixosSystem =
          arguments:
          import ./nixos/lib/eval-config.nix (
            {
              inherit lib;
              system = null;
            }
            // arguments
          );
      };
      legacyPackages.${system} = pkgs;
    };
}

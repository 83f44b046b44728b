{
  description = "An organisation and its machines, described once";

  inputs = {
    domi.url = "github:domi-nix/domi-nix";
    nixpkgs.follows = "domi/nixpkgs";
    flake-parts.follows = "domi/flake-parts";
  };

  outputs =
    inputs:
    inputs.flake-parts.lib.mkFlake { inherit inputs; } {
      imports = [ inputs.domi.flakeModules.default ];
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
    };
}

# formatter: every Nix and Rust file that git knows, as `cargo xtask ci` wants them.
{
  perSystem =
    { pkgs, ... }:
    {
      formatter = pkgs.writeShellApplication {
        name = "domi-format";
        runtimeInputs = [
          pkgs.cargo
          pkgs.git
          pkgs.nixfmt
          pkgs.rustfmt
        ];
        text = ''
          git ls-files -z -- '*.nix' | xargs -0 nixfmt
          cargo fmt --all
        '';
      };
    };
}

# The home ada.
#
# Generated from homes/ada.toml by `cargo xtask generate`; edit the fleet instead.
{ pkgs, ... }: {
  _class = "homeManager";
  _file = "homes/ada.toml";

  home = {
    username = "ada";
    homeDirectory = "/home/ada";
    stateVersion = "26.05";
    packages = [
      pkgs.htop
      pkgs.ripgrep
    ];
    sessionVariables = {
      EDITOR = "vi";
    };
    file.".config/git/config".text = "[user]\n\tname = Ada Example\n\temail = ada@example.org\n";
  };
}

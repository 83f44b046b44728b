# A greeting in a file that everyone may read.
#
# Generated from crates/greeting by `cargo xtask generate`; edit the crate instead.
{ config, lib, ... }:
let
  cfg = config.domi.features.greeting;
in
{
  _class = "nixos";

  imports = [ ../_together.nix ];

  options.domi.features.greeting = {
    enable = lib.mkEnableOption "greeting, a greeting in a file that everyone may read";

    name = lib.mkOption {
      type = lib.types.nonEmptyStr;
      default = "world";
      example = "everyone";
      description = "Whom to greet.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc.greeting.text = ''
      hello ${cfg.name}
    '';

    domi.together.greeting.claims = [ { what = "path /etc/greeting"; } ];
  };
}

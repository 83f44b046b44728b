# What NixOS's own SSH server is told. It reads no file but the one that NixOS makes of these options, so
# that they are made of the file that any other server reads.
{ config, lib, ... }:
let
  cfg = config.domi.security.hardening;
  text = config.environment.etc."ssh/sshd_config.d/00-hardening.conf".text;

  # A word as NixOS's options want it.
  value =
    key: word:
    if word == "yes" || word == "no" then
      word == "yes"
    else if key == "Ciphers" || key == "KexAlgorithms" then
      # Lists would be put together with those of others, and `-` at the start is about all of a list.
      lib.mkForce (lib.splitString "," word)
    else
      word;
  # `PermitRootLogin` is no boolean there.
  setting =
    line:
    let
      words = lib.splitString " " line;
      key = lib.head words;
      word = lib.last words;
    in
    lib.nameValuePair key (if key == "PermitRootLogin" then word else value key word);
in
{
  config = lib.mkIf (cfg.enable && cfg.ssh != "none") {
    services.openssh.settings = lib.listToAttrs (
      map setting (lib.filter (line: line != "") (lib.splitString "\n" text))
    );
  };
}

# pkgs.formats: JSON for everything that JSON is a part of, INI, and TOML whose tables are all in one line.
{ lib, pkgs }:
let
  inherit (lib) types;
  anything = types.attrsOf types.anything;
  asJson = type: _: {
    inherit type;
    generate = name: value: pkgs.writeText name (builtins.toJSON value);
  };
  asText = type: text: arguments: {
    inherit type;
    generate = name: value: pkgs.writeText name (text arguments value);
  };
  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.float
      types.int
      types.str
    ]
  );
  # Strings of JSON are strings of TOML, too.
  toToml =
    value:
    if lib.isAttrs value then
      "{ ${lib.concatStringsSep ", " (lib.mapAttrsToList entry value)} }"
    else if lib.isList value then
      "[ ${lib.concatMapStringsSep ", " toToml value} ]"
    else if value == null then
      throw "TOML has no null"
    else
      builtins.toJSON value;
  entry = name: value: "${builtins.toJSON name} = ${toToml value}";
  forIni = [
    "atomsCoercedToLists"
    "listToValue"
  ];
in
{
  json = asJson types.anything;
  yaml = asJson types.anything;
  yaml_1_1 = asJson types.anything;
  yaml_1_2 = asJson types.anything;
  ini = asText (types.attrsOf (types.attrsOf atom)) (
    arguments: lib.generators.toINI (removeAttrs arguments forIni)
  );
  keyValue = asText (types.attrsOf atom) lib.generators.toKeyValue;
  toml = asText anything (_: lib.concatMapAttrsStringSep "\n" entry);
  systemd = asText anything (_: lib.generators.toINI { listsAsDuplicateKeys = true; });
}

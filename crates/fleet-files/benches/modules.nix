# What the hosts of the measured fleet get, merged by bare `lib.evalModules` from the same files: one
# evaluation for each host, with a module for each file that speaks of it, and nothing of NixOS.
{
  lib,
  # The folder of the fleet.
  root,
  # Whether hosts' settings are merged, or files read alone.
  merge,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    fromTOML
    mapAttrs
    readDir
    readFile
    sort
    ;
  inherit (lib)
    mkOption
    mkOrder
    mkOverride
    types
    ;

  # The files of a folder and of those within, by name.
  things =
    folder:
    let
      entries = readDir folder;
      found = concatMap (
        name:
        let
          path = "${folder}/${name}";
        in
        if entries.${name} == "directory" then
          lib.attrsToList (things path)
        else
          [ (lib.nameValuePair (lib.removeSuffix ".toml" name) (fromTOML (readFile path))) ]
      ) (attrNames entries);
    in
    lib.listToAttrs found;

  organizations = things (root + "/domain/organizations");
  locations = things (root + "/domain/locations");
  devices = things (root + "/domain/inventory/devices");
  roles = things (root + "/nodes");
  hosts = things (root + "/hosts");

  site = {
    options = {
      port = mkOption {
        type = types.port;
        default = 80;
      };
      name = mkOption {
        type = types.str;
        default = "";
      };
      words = mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
      free = mkOption {
        type = types.attrsOf types.anything;
        default = { };
      };
    };
  };

  # What a file says, as a module: of two levels the nearer one wins, and lists append in their order.
  layer =
    level: file:
    let
      say =
        priority: said:
        mapAttrs (
          name: value:
          if name == "words" then
            mkOrder (500 + level) value
          else if name == "free" then
            value
          else
            mkOverride (priority - level) value
        ) said;
    in
    [
      { config = say 1000 (file.defaults.site or { }); }
      { config = say 100 (file.settings.site or { }); }
      { config = say 50 (file.override.site or { }); }
    ];

  layersOf =
    host:
    let
      device = devices.${host.device};
      unit = organizations.${device.unit};
    in
    layer 0 organizations.${unit.within}
    ++ layer 1 unit
    ++ layer 2 locations.${device.location}
    # Of two definitions of one order, the later module's comes first.
    ++ concatMap (role: layer 3 roles.${role}) (sort (a: b: a > b) host.roles)
    ++ layer 4 host;
in
if merge then
  mapAttrs (_: host: (lib.evalModules { modules = [ site ] ++ layersOf host; }).config) hosts
else
  {
    inherit
      organizations
      locations
      devices
      roles
      hosts
      ;
  }

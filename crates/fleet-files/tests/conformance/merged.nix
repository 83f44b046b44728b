# What hosts of a fleet get, worked out from its files by the rules of docs/fleet.md, and by nothing
# of Rust. Settings come out as they are merged, and as the features' modules take them: those, and
# the ones of the hosts' generated modules.
{
  lib,
  # What the types of the features' options take of nixpkgs.
  pkgs,
  # The folder of the fleet.
  root,
  # The features by name: the types of their options, and their module.
  features,
  # The generated modules of hosts, by name.
  printed,
}:
let
  inherit (builtins)
    attrNames
    elem
    filter
    foldl'
    head
    isAttrs
    isInt
    isList
    isString
    mapAttrs
    pathExists
    readDir
    sort
    ;

  # The files of a folder and of those within, by name.
  things =
    folder:
    let
      list =
        path:
        lib.concatMap (
          name:
          let
            file = "${path}/${name}";
          in
          if (readDir (root + "/${path}")).${name} == "directory" then
            list file
          else
            [
              (lib.nameValuePair (lib.removeSuffix ".toml" name) {
                inherit file;
                name = lib.removeSuffix ".toml" name;
                says = builtins.fromTOML (builtins.readFile (root + "/${file}"));
              })
            ]
        ) (attrNames (readDir (root + "/${path}")));
    in
    lib.listToAttrs (if pathExists (root + "/${folder}") then list folder else [ ]);

  organizations = things "domain/organizations";
  locations = things "domain/locations";
  devices = things "domain/inventory/devices";
  roles = things "nodes";
  policies = filter isCurrent (lib.attrValues (things "domain/policies/authentication"));
  hosts = things "hosts";
  isCurrent = it: it.says.status or "active" != "retired";

  # Something and all that it is within, from the outermost on.
  outwards =
    all: name:
    lib.optionals (name != null) (outwards all (all.${name}.says.within or null) ++ [ all.${name} ]);

  unitOf =
    host:
    let
      only = filter (it: !(it.says ? within)) (lib.attrValues organizations);
    in
    host.says.unit or devices.${host.says.device or ""}.says.unit
      or (if lib.length only == 1 then (head only).name else null);

  locationOf =
    host:
    host.says.location or devices.${host.says.device or ""}.says.location
      or (if host.says ? runs_on then locationOf hosts.${host.says.runs_on} else null);

  # Levels, from the organisation to the host, and how deep within units or locations.
  organization = [
    0
    0
  ];
  unit =
    depth:
    if depth == 0 then
      organization
    else
      [
        1
        depth
      ];
  location = depth: [
    2
    depth
  ];
  role = [
    3
    0
  ];
  itself = [
    4
    0
  ];

  # How near a policy is; null where it does not mean the host.
  near =
    host: units: places: policy:
    let
      on = policy.says.on or { };
      any = names: there: lib.any (name: elem name there) names;
      deepest =
        names: all: lib.foldl lib.max (-1) (lib.imap0 (at: it: if elem it.name names then at else -1) all);
      ofUnit = deepest (on.units or [ ]) units;
      ofPlace = deepest (on.locations or [ ]) places;
      fits =
        (on ? organizations -> units != [ ] && elem (head units).name on.organizations)
        && (on ? units -> ofUnit >= 0)
        && (on ? locations -> ofPlace >= 0)
        && (on ? roles -> any on.roles (host.says.roles or [ ]))
        && (on ? hosts -> elem host.name on.hosts)
        && (on ? tags -> any on.tags (host.says.tags or [ ]));
    in
    if !fits then
      null
    else if on ? hosts then
      itself
    else if on ? roles then
      role
    else if on ? locations then
      location ofPlace
    else if on ? units then
      unit ofUnit
    else
      organization;

  # Every file that may say something of a host, with how near it is.
  layers =
    host:
    let
      units = outwards organizations (unitOf host);
      places = outwards locations (locationOf host);
      at = rank: it: {
        inherit rank;
        inherit (it) file says;
      };
      near' = map (it: {
        rank = near host units places it;
        inherit (it) file says;
      }) policies;
    in
    lib.imap0 (depth: at (unit depth)) units
    ++ lib.imap0 (depth: at (location depth)) places
    ++ map (name: at role roles.${name}) (host.says.roles or [ ])
    ++ filter (it: it.rank != null) near'
    ++ [ (at itself host) ];

  modes = [
    "remove"
    "defaults"
    "settings"
    "override"
  ];

  # What files say, in order: level by level, removals of a level first, then file by file.
  inOrder = sort (
    a: b:
    [
      a.rank
      (if a.mode == "remove" then 0 else 1)
      a.file
      (lib.lists.findFirstIndex (mode: mode == a.mode) 9 modes)
    ] < [
      b.rank
      (if b.mode == "remove" then 0 else 1)
      b.file
      (lib.lists.findFirstIndex (mode: mode == b.mode) 9 modes)
    ]
  );

  featuresOf =
    host:
    let
      said = lib.concatMap (it: [
        {
          inherit (it) rank file;
          mode = "remove";
          names = it.says.without or [ ];
        }
        {
          inherit (it) rank file;
          mode = "settings";
          names = it.says.features or [ ];
        }
      ]) (layers host);
      step =
        names: it: if it.mode == "remove" then lib.subtractLists it.names names else names ++ it.names;
    in
    lib.unique (foldl' step [ ] (inOrder said));

  settingsOf =
    host: feature:
    let
      said = lib.concatMap (
        it:
        lib.concatMap (
          mode:
          lib.optional (it.says ? ${mode}.${feature}) {
            inherit mode;
            inherit (it) rank file;
            value = it.says.${mode}.${feature};
          }
        ) modes
      ) (layers host);
      type = {
        submodule = { inherit (features.${feature}) options; };
      };
      step =
        there: it:
        if it.mode == "remove" then remove type there it.value else add type it.mode there it.value;
      all = foldl' step [ ] (inOrder said);
    in
    if all == [ ] then { } else head all;

  # What was said of an option so far is a list: empty where nothing was, else with the value in it.
  kindOf = type: if isString type then type else head (attrNames type);
  optionsOf = options: lib.listToAttrs (map (it: lib.nameValuePair it.name it.type) options);

  # The value once one more file has said something of it.
  add =
    type: mode: there: value:
    let
      kind = kindOf type;
      before = if there == [ ] then null else head there;
      isOver = mode == "override";
      chosen = value: if isInt value then head type.oneOf else lib.last type.oneOf;
      joined = separator: if isOver || before == null then value else before + separator + value;
    in
    if kind == "nullOr" then
      add type.nullOr mode there value
    else if kind == "oneOf" then
      add (chosen value) mode (
        if before != null && chosen before == chosen value then there else [ ]
      ) value
    else if kind == "listOf" || (kind == "anything" && isList value) then
      [ (if isOver || !isList before then value else before ++ value) ]
    else if kind == "lines" then
      [ (joined "\n") ]
    else if kind == "separatedStr" then
      [ (joined type.separatedStr) ]
    else if
      elem kind [
        "attrsOf"
        "submodule"
        "settings"
      ]
      || (kind == "anything" && isAttrs value)
    then
      [
        (foldl' (
          attrs: name:
          attrs
          // {
            ${name} = head (
              add (within type name) mode (lib.optional (attrs ? ${name}) attrs.${name}) value.${name}
            );
          }
        ) (if isAttrs before then before else { }) (attrNames value))
      ]
    else
      [ value ];

  # The value once a file has taken something away.
  remove =
    type: there: what:
    let
      kind = kindOf type;
      value = head there;
    in
    if what == true || there == [ ] then
      [ ]
    else if kind == "nullOr" then
      remove type.nullOr there what
    else if isList what then
      [
        (
          if isList value then
            lib.subtractLists what value
          else if isAttrs value then
            removeAttrs value what
          else
            value
        )
      ]
    else if !isAttrs value then
      there
    else
      [
        (foldl' (
          attrs: name:
          let
            left = remove (within type name) [ attrs.${name} ] what.${name};
          in
          if !(attrs ? ${name}) then
            attrs
          else if left == [ ] then
            removeAttrs attrs [ name ]
          else
            attrs // { ${name} = head left; }
        ) value (attrNames what))
      ];

  # The type of what has a name in a value.
  within =
    type: name:
    {
      attrsOf = type.attrsOf;
      submodule = (optionsOf type.submodule.options).${name};
      settings = "anything";
      anything = "anything";
    }
    .${kindOf type};

  # What the modules of features make of a module.
  evaluated =
    module:
    (lib.evalModules {
      class = "nixos";
      specialArgs = { inherit pkgs; };
      modules = [
        { freeformType = lib.types.lazyAttrsOf lib.types.anything; }
        module
      ]
      ++ lib.mapAttrsToList (_: it: it.module) features;
    }).config.domi.services;
in
mapAttrs (
  name: host:
  let
    merged = lib.genAttrs (featuresOf host) (settingsOf host);
  in
  {
    inherit merged;
    module = evaluated { domi.services = mapAttrs (_: it: it // { enable = true; }) merged; };
    printed = evaluated printed.${name};
  }
) (lib.filterAttrs (_: isCurrent) hosts)

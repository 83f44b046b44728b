# Evaluates NixOS with modules, for each of many settings, and without them, and answers with the
# difference. The request is JSON in a file beside this one, the answer is JSON too.
let
  given = builtins.fromJSON (builtins.readFile ./request.json);
  inherit (given) system;
  inherit (import ./nixpkgs.nix given) lib outPath pkgs;

  # JSON can express everything but packages, paths, priorities and orders, which are sets with the
  # single name `$`.
  decode =
    value:
    if builtins.isList value then
      map decode value
    else if !builtins.isAttrs value then
      value
    else if value ? "$" then
      tagged value."$"
    else
      plain value;
  # A set with one of these names would mean something else to Nix.
  plain =
    attrs:
    let
      reserved = lib.filter (name: attrs ? ${name}) given.reserved;
    in
    lib.throwIf (reserved != [ ])
      "the settings name `${lib.head reserved}`, by which NixOS means something else"
      (lib.mapAttrs (_: decode) attrs);
  tagged =
    value:
    if value ? package then
      lib.getAttrFromPath value.package pkgs
    else if value ? path then
      /. + value.path
    else if value ? override then
      lib.mkOverride value.override (decode value.content)
    else if value ? order then
      lib.mkOrder value.order (decode value.content)
    else
      plain value.attrs;

  trunk = {
    _file = "the trunk of the evaluation";
    nixpkgs.pkgs = pkgs;
    documentation.enable = lib.mkForce false;
    system.stateVersion = lib.mkDefault lib.trivial.release;
  };
  evalConfig = import (outPath + "/nixos/lib/eval-config.nix");
  systemOf =
    modules:
    evalConfig {
      inherit lib;
      system = null;
      specialArgs = if given.specialArgs == null then { } else import (/. + given.specialArgs);
      modules = [ trunk ] ++ map (path: /. + path) given.trunk ++ modules;
    };
  modules = map (path: /. + path) given.modules ++ map ofFlake given.flakes;
  ofFlake = each: lib.getAttrFromPath each.attribute (builtins.getFlake each.flake);
  # Modules in the order in which they are imported.
  settings =
    case:
    map (each: {
      _file = "the settings";
      config = decode each;
    }) (modulesOf case);
  modulesOf = case: if case ? "$" && case."$" ? modules then case."$".modules else [ case ];

  base = (systemOf [ ]).config;
  # An empty unit, by its suffix.
  emptyUnits =
    let
      nothing = _: _: { domi-empty = { }; };
      units = (systemOf [ { systemd = lib.mapAttrs nothing unitKinds; } ]).config.systemd.units;
    in
    lib.mapAttrs' (_: suffix: lib.nameValuePair suffix units."domi-empty.${suffix}".text) unitKinds;
  inherit
    (import ./observe.nix {
      inherit
        given
        lib
        pkgs
        outPath
        base
        emptyUnits
        ;
    })
    baseNames
    commonBase
    observe
    unitKinds
    ;
  # Evaluates everything in a value, so that every error in it is found.
  force =
    value:
    if builtins.isList value then
      lib.all force value
    else if builtins.isAttrs value && value.type or null != "derivation" then
      lib.all force (lib.attrValues value)
    else
      builtins.seq value true;
  forced =
    config:
    lib.all (
      group:
      let
        options = lib.getAttrFromPath group.prefix config;
      in
      !(options.enable or true) || lib.all (name: force options.${name}) group.force
    ) given.groups;
  answer =
    case:
    let
      evaluated = systemOf (modules ++ settings case);
      seen = builtins.seq (forced evaluated.config) (observe evaluated);
      # Forces all of it, and collects every derivation in it.
      references = lib.attrNames (builtins.getContext (builtins.toJSON seen));
      found = builtins.tryEval (builtins.seq references references);
    in
    if given.explain then
      # NixOS looks at its assertions before anything else.
      lib.throwIf (seen.assertions != [ ]) (lib.concatStringsSep "\n" seen.assertions) {
        inherit seen references;
      }
    else if found.success then
      {
        inherit seen;
        references = found.value;
      }
    else
      { refused = refusedNames case; };
  # Names of settings that are no options, and options whose values are refused, each alone.
  refusedNames =
    case:
    let
      evaluated = systemOf (modules ++ settings case ++ [ { _module.check = false; } ]);
      ofGroup =
        group:
        let
          options = lib.getAttrFromPath group.prefix evaluated.config;
          declared = lib.getAttrFromPath group.prefix evaluated.options;
          sets = map (lib.attrByPath group.prefix { }) (modulesOf case);
          given' = lib.unique (lib.concatMap lib.attrNames sets);
          isRefused = name: !(builtins.tryEval (force options.${name})).success;
          # Of a feature that is off nobody asks for any other value.
          enable = builtins.tryEval (options.enable or true);
          isOff = enable.success && !enable.value;
          isUnknown =
            name:
            let
              known = builtins.tryEval (declared ? ${name});
            in
            known.success && !known.value;
        in
        map (name: group.label + name) (
          lib.filter isRefused (
            lib.optionals (!isOff) group.force ++ lib.optional (lib.elem "enable" given') "enable"
          )
          ++ lib.filter isUnknown given'
        );
    in
    lib.concatMap ofGroup given.groups;
  known =
    attribute:
    let
      package = lib.attrByPath attribute null pkgs;
      found = builtins.tryEval (package.drvPath or null);
    in
    {
      inherit attribute;
      derivation = if found.success then found.value else null;
    };
in
builtins.deepSeq commonBase {
  names = baseNames // {
    # systemd's own units are named in the script that gathers all of them.
    gathered =
      let
        all = base.environment.etc."systemd/system".source;
      in
      builtins.unsafeDiscardStringContext (all.buildCommand or all.script or "");
  };
  # What ends the process is known by the last line of these.
  cases = lib.imap0 (
    number: case: builtins.trace "${given.begins}${toString number}" (answer case)
  ) given.cases;
  known = map known given.packages;
}

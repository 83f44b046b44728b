# What NixOS makes of modules, for each of many settings; what it makes without them, to tell the
# difference. The request is JSON in a file beside this one, the answer is JSON too.
let
  given = builtins.fromJSON (builtins.readFile ./request.json);
  inherit (given) system;

  inherit (if given.nixpkgs ? flake then builtins.getFlake given.nixpkgs.flake else folder)
    outPath
    lib
    legacyPackages
    ;
  # A folder is read where it is: neither copied to the store nor locked.
  folder =
    let
      path = /. + given.nixpkgs.folder;
      flake = (import (path + "/flake.nix")).outputs {
        self = flake // {
          outPath = path;
        };
      };
      plain = {
        lib = import (path + "/lib");
        legacyPackages.${system} = import path {
          inherit system;
          config = { };
          overlays = [ ];
        };
      };
    in
    (if builtins.pathExists (path + "/default.nix") then plain else flake) // { outPath = path; };
  pkgs = recording legacyPackages.${system};

  # The same packages, but files that only a build would write say what they are made of.
  recording =
    plain:
    let
      named = name: lib.nameValuePair name (recordedFormat name plain.formats.${name});
      formats = lib.filter (name: plain.formats ? ${name}) [
        "json"
        "toml"
        "yaml"
        "yaml_1_1"
        "yaml_1_2"
      ];
      recorded = plain // {
        formats = plain.formats // lib.listToAttrs (map named formats);
        # What modules get as `pkgs`.
        __splicedPackages = recorded;
        appendOverlays =
          overlays: if overlays == [ ] then recorded else recording (plain.appendOverlays overlays);
      };
    in
    recorded;
  recordedFormat =
    format: make: arguments:
    let
      real = make arguments;
      generate =
        name: value:
        builtins.seq (real.generate name value).drvPath (derivation {
          inherit name system;
          builder = "settings";
          settingsFormat = format;
          settingsValue = builtins.toJSON value;
        });
    in
    real // { inherit generate; };

  # JSON says everything but packages and paths, which are sets of the one name `$`.
  decode =
    value:
    if builtins.isList value then
      map decode value
    else if !builtins.isAttrs value then
      value
    else if value ? "$" then
      tagged value."$"
    else
      lib.mapAttrs (_: decode) value;
  tagged =
    value:
    if value ? package then
      lib.getAttrFromPath value.package pkgs
    else if value ? path then
      /. + value.path
    else
      lib.mapAttrs (_: decode) value.attrs;

  trunk = {
    _file = "the trunk of the evaluation";
    nixpkgs.pkgs = pkgs;
    documentation.enable = lib.mkForce false;
    system.stateVersion = lib.mkDefault lib.trivial.release;
  };
  evalConfig = import (outPath + "/nixos/lib/eval-config.nix");
  configOf =
    modules:
    (evalConfig {
      inherit lib;
      system = null;
      modules = [ trunk ] ++ map (path: /. + path) given.trunk ++ modules;
    }).config;
  modules = map (path: /. + path) given.modules;
  settings = case: {
    _file = "the settings";
    config = lib.setAttrByPath given.prefix (decode case);
  };

  base = configOf [ ];
  baseNames = {
    units = lib.attrNames base.systemd.units;
    etc = lib.attrNames base.environment.etc;
    users = lib.attrNames base.users.users;
    groups = lib.attrNames base.users.groups;
  };

  # What a configuration has that is not told by new names alone.
  common = config: {
    assertions = map (each: each.message) (lib.filter (each: !each.assertion) config.assertions);
    inherit (config) warnings;
    packages = map toString config.environment.systemPackages;
    tmpfilesPackages = map toString config.systemd.tmpfiles.packages;
    tmpfilesRules = config.systemd.tmpfiles.rules;
    sysctl = lib.splitString "\n" config.environment.etc."sysctl.d/60-nixos.conf".text;
    tcp = config.networking.firewall.allowedTCPPorts;
    udp = config.networking.firewall.allowedUDPPorts;
    other = {
      activationScripts = lib.attrNames config.system.activationScripts;
      inherit (config.boot) kernelModules;
      securityWrappers = lib.attrNames config.security.wrappers;
      userUnits = lib.attrNames config.systemd.user.units;
      udevPackages = map toString config.services.udev.packages;
      # All packages together are one of them.
      dbusPackages = lib.remove "${config.system.path}" (map toString config.services.dbus.packages);
      portRanges = map builtins.toJSON (
        config.networking.firewall.allowedTCPPortRanges ++ config.networking.firewall.allowedUDPPortRanges
      );
      firewallInterfaces = lib.attrNames config.networking.firewall.interfaces;
    };
  };
  commonBase = common base;
  # The items that lists have more often than those of the base.
  more =
    now: before:
    let
      key = item: builtins.unsafeDiscardStringContext (toString item);
      count = items: lib.mapAttrs (_: lib.length) (builtins.groupBy key items);
      counted = count now;
      countedBefore = count before;
    in
    if builtins.isAttrs now then
      lib.mapAttrs (name: items: more items before.${name} or [ ]) now
    else
      lib.filter (item: counted.${key item} > countedBefore.${key item} or 0) (lib.unique now);
  unit = each: {
    inherit (each)
      enable
      text
      wantedBy
      requiredBy
      aliases
      ;
  };
  etc = each: {
    inherit (each)
      enable
      target
      text
      mode
      user
      group
      ;
    source = toString each.source;
  };
  user = each: {
    inherit (each)
      isSystemUser
      group
      extraGroups
      description
      home
      createHome
      uid
      ;
  };
  changed =
    read: now: before:
    lib.filterAttrs (_: value: value != null) (
      lib.mapAttrs (
        name: value:
        let
          is = read value;
        in
        if now ? ${name} && is != read before.${name} then is else null
      ) (lib.intersectAttrs before now)
    );
  observe =
    config:
    more (common config) commonBase
    // {
      packages = lib.subtractLists commonBase.packages (map toString config.environment.systemPackages);
      packagesAgain = lib.intersectLists commonBase.packages (more (common config) commonBase).packages;
      units = lib.mapAttrs (_: unit) (removeAttrs config.systemd.units baseNames.units);
      etc = lib.mapAttrs (_: etc) (removeAttrs config.environment.etc baseNames.etc);
      users = lib.mapAttrs (_: user) (removeAttrs config.users.users baseNames.users);
      groups = lib.attrNames (removeAttrs config.users.groups baseNames.groups);
      changedUnits = if given.changed then changed unit config.systemd.units base.systemd.units else { };
      changedEtc = if given.changed then changed etc config.environment.etc base.environment.etc else { };
    };
  # Looks at everything within a value, so that whatever is wrong with it is found.
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
    let
      options = lib.getAttrFromPath given.prefix config;
    in
    !(options.enable or true) || lib.all (name: force options.${name}) given.force;
  answer =
    case:
    let
      config = configOf (modules ++ [ (settings case) ]);
      seen = builtins.seq (forced config) (observe config);
      # Forces all of it, and knows every derivation in it.
      references = lib.attrNames (builtins.getContext (builtins.toJSON seen));
      found = builtins.tryEval (builtins.seq references references);
    in
    if given.explain then
      { inherit seen references; }
    else if found.success then
      {
        inherit seen;
        references = found.value;
      }
    else
      null;
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
  cases = map answer given.cases;
  known = map known given.packages;
}

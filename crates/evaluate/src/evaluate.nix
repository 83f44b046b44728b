# Evaluates NixOS with modules, for each of many settings, and without them, and answers with the
# difference. The request is JSON in a file beside this one, the answer is JSON too.
let
  given = builtins.fromJSON (builtins.readFile ./request.json);
  inherit (given) system;

  inherit (if given.nixpkgs ? flake then builtins.getFlake given.nixpkgs.flake else folder)
    outPath
    lib
    legacyPackages
    ;
  # A folder is read in place: neither copied to the store nor locked.
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
  pkgs = recording (legacyPackages.${system} // programs);
  programs = lib.mapAttrs (
    _: file: legacyPackages.${system}.callPackage (/. + file) { }
  ) given.programs;

  # The same packages, but files that only a build would write contain their source instead.
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
        # The `pkgs` of modules.
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
  baseNames = {
    units = lib.attrNames base.systemd.units;
    etc = lib.attrNames base.environment.etc;
    users = lib.attrNames base.users.users;
    groups = lib.attrNames base.users.groups;
  };

  # Settings that show up in no unit, file or list, each with its value.
  settingsOf =
    config:
    let
      said = name: value: "${name} = ${builtins.unsafeDiscardStringContext (builtins.toJSON value)}";
      at =
        path:
        let
          value = lib.attrByPath (lib.splitString "." path) null config;
        in
        lib.optional (value != null) (said path value);
      variables =
        option:
        lib.mapAttrsToList (name: said "environment.${option}.${name}") config.environment.${option};
    in
    lib.concatMap at watched
    ++ variables "variables"
    ++ variables "sessionVariables"
    ++ map (name: "fileSystems.${name}") (lib.attrNames config.fileSystems)
    ++ map (name: "systemd.generators.${name}") (lib.attrNames config.systemd.generators)
    ++ map (name: "systemd.shutdown.${name}") (lib.attrNames config.systemd.shutdown)
    ++ map (each: "swapDevices: ${each.device or "?"}") config.swapDevices
    ++ map (name: "networking.interfaces.${name}") (lib.attrNames config.networking.interfaces);
  watched = [
    "boot.blacklistedKernelModules"
    "boot.initrd.availableKernelModules"
    "boot.initrd.kernelModules"
    "boot.initrd.systemd.enable"
    "boot.kernelParams"
    "networking.defaultGateway.address"
    "networking.domain"
    "networking.firewall.allowPing"
    "networking.firewall.checkReversePath"
    "networking.firewall.connectionTrackingModules"
    "networking.firewall.enable"
    "networking.firewall.extraCommands"
    "networking.firewall.extraForwardRules"
    "networking.firewall.extraInputRules"
    "networking.firewall.extraReversePathFilterRules"
    "networking.firewall.extraStopCommands"
    "networking.firewall.filterForward"
    "networking.firewall.logRefusedConnections"
    "networking.firewall.logRefusedPackets"
    "networking.firewall.logRefusedUnicastsOnly"
    "networking.firewall.logReversePathDrops"
    "networking.firewall.pingLimit"
    "networking.firewall.rejectPackets"
    "networking.firewall.trustedInterfaces"
    "networking.hostName"
    "networking.nameservers"
    "networking.nat.enable"
    "networking.nftables.enable"
    "networking.nftables.ruleset"
    "networking.useDHCP"
    "networking.useNetworkd"
    "systemd.defaultUnit"
    "systemd.suppressedSystemUnits"
    "users.defaultUserShell"
    "users.mutableUsers"
  ];

  # The parts of a configuration that are compared by more than their names.
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
      # Those that say it themselves are read.
      systemdPackages = map toString (lib.filter (each: !(each ? dropIn)) config.systemd.packages);
      securityWrappers = lib.attrNames config.security.wrappers;
      userUnits = lib.attrNames config.systemd.user.units;
      udevPackages = map toString config.services.udev.packages;
      # All packages together are one of them.
      dbusPackages = lib.remove "${config.system.path}" (map toString config.services.dbus.packages);
      portRanges = map builtins.toJSON (
        config.networking.firewall.allowedTCPPortRanges ++ config.networking.firewall.allowedUDPPortRanges
      );
      firewallInterfaces = lib.attrNames config.networking.firewall.interfaces;
      settings = settingsOf config;
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
  unitKinds = {
    paths = "path";
    services = "service";
    slices = "slice";
    sockets = "socket";
    targets = "target";
    timers = "timer";
  };
  # An empty unit, by its suffix.
  emptyUnits =
    let
      nothing = _: _: { domi-empty = { }; };
      units = (systemOf [ { systemd = lib.mapAttrs nothing unitKinds; } ]).config.systemd.units;
    in
    lib.mapAttrs' (_: suffix: lib.nameValuePair suffix units."domi-empty.${suffix}".text) unitKinds;
  # The existing parts of a unit that a module only adds to.
  textBefore =
    name:
    let
      instance = builtins.match "([^@]+@).+([.][a-z]+)" name;
      isShared = lib.any (name: lib.elem name given.sharedUnits) (
        [ name ] ++ lib.optional (instance != null) (lib.concatStrings instance)
      );
      text =
        if base.systemd.units ? ${name} then
          base.systemd.units.${name}.text
        else if isShared then
          emptyUnits.${lib.last (lib.splitString "." name)} or null
        else
          null;
    in
    if text == null then null else builtins.unsafeDiscardStringContext text;
  unit = name: each: {
    inherit (each)
      enable
      text
      wantedBy
      requiredBy
      aliases
      ;
    textBefore = textBefore name;
    wantedBefore = base.systemd.units.${name}.wantedBy or [ ];
  };
  group = each: { inherit (each) gid members; };
  etc = each: {
    inherit (each)
      enable
      target
      text
      mode
      user
      group
      ;
    # A path is copied to the store, as NixOS does it.
    source = if builtins.isPath each.source then "${each.source}" else toString each.source;
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
      isNormalUser
      ;
    # Where it is another one than users of its kind have.
    shell =
      let
        usual = if each.isNormalUser then base.users.defaultUserShell else pkgs.shadow;
        path = shell: if shell == null then "" else utils.toShellPath shell;
        utils = import (outPath + "/nixos/lib/utils.nix") {
          inherit lib pkgs;
          config = base;
        };
      in
      if path each.shell == path usual then null else path each.shell;
    # Its other settings, by the names of the options.
    others =
      let
        usual = {
          autoSubUidGidRange = false;
          cryptHomeLuks = null;
          expires = null;
          hashedPassword = null;
          hashedPasswordFile = null;
          homeMode = "700";
          initialHashedPassword = null;
          initialPassword = null;
          linger = false;
          packages = [ ];
          pamMount = { };
          password = null;
          subGidRanges = [ ];
          subUidRanges = [ ];
        };
        keys = each.openssh.authorizedKeys or { };
      in
      lib.attrNames (lib.filterAttrs (name: value: each ? ${name} && each.${name} != value) usual)
      ++ lib.optional (keys.keys or [ ] ++ keys.keyFiles or [ ] != [ ]) "openssh.authorizedKeys";
  };
  # What differs of a user that exists without the modules.
  userChanges =
    name: now:
    let
      before = user base.users.users.${name};
    in
    lib.concatMap (
      field:
      if field == "others" then
        lib.subtractLists before.others now.others ++ lib.subtractLists now.others before.others
      else
        lib.optional (now.${field} != before.${field}) field
    ) (lib.attrNames before);
  # What exists without the modules, but differs: of everything, or of what the modules define
  # by name.
  changed =
    read: now: before: defined:
    let
      both = lib.intersectAttrs before now;
      looked =
        if given.changed then both else lib.getAttrs (lib.filter (name: both ? ${name}) defined) both;
    in
    lib.filterAttrs (_: value: value != null) (
      lib.mapAttrs (
        name: value:
        let
          is = read name value;
        in
        if is != read name before.${name} then is else null
      ) looked
    );
  # The names of what exists only without the modules.
  gone = before: now: lib.attrNames (removeAttrs before (lib.attrNames now));
  # The names that the modules in question define below an option.
  defined =
    option:
    let
      files = map (path: toString (/. + path)) given.modules;
      ofModules = lib.filter (each: lib.elem (toString each.file) files) option.definitionsWithLocations;
    in
    lib.unique (lib.concatMap (each: lib.attrNames each.value) ofModules);
  definedUnits =
    options:
    lib.concatLists (
      lib.mapAttrsToList (
        kind: suffix: map (name: "${name}.${suffix}") (defined options.systemd.${kind})
      ) unitKinds
    );
  observe =
    { config, options, ... }:
    let
      changedUsers = changed (_: user) config.users.users base.users.users (defined options.users.users);
    in
    more (common config) commonBase
    // {
      packages = lib.subtractLists commonBase.packages (map toString config.environment.systemPackages);
      packagesAgain = lib.intersectLists commonBase.packages (more (common config) commonBase).packages;
      units = lib.mapAttrs unit (removeAttrs config.systemd.units baseNames.units);
      etc = lib.mapAttrs (_: etc) (removeAttrs config.environment.etc baseNames.etc);
      users = lib.mapAttrs (_: user) (removeAttrs config.users.users baseNames.users);
      groups = lib.mapAttrs (_: group) (removeAttrs config.users.groups baseNames.groups);
      changedUnits = changed unit config.systemd.units base.systemd.units (definedUnits options);
      changedEtc = changed (_: etc) config.environment.etc base.environment.etc (
        defined options.environment.etc
      );
      # What modules add to units by packages that say it themselves.
      dropIns = map (each: each.dropIn) (lib.filter (each: each ? dropIn) config.systemd.packages);
      inherit changedUsers;
      userChanges = lib.mapAttrs userChanges changedUsers;
      changedGroups = changed (_: group) config.users.groups base.users.groups (
        defined options.users.groups
      );
      gone = {
        units = gone base.systemd.units config.systemd.units;
        etc = gone base.environment.etc config.environment.etc;
        users = gone base.users.users config.users.users;
        groups = gone base.users.groups config.users.groups;
      };
    };
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
      { inherit seen references; }
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
          isUnknown =
            name:
            let
              known = builtins.tryEval (declared ? ${name});
            in
            known.success && !known.value;
        in
        map (name: group.label + name) (
          lib.filter isRefused (group.force ++ lib.optional (lib.elem "enable" given') "enable")
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

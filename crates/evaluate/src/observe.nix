# What a system has that the base has not, and what differs. `emptyUnits` are texts of units without
# content, by their suffixes; `reads` says of a configuration what else of its settings is compared.
{
  given,
  lib,
  pkgs,
  outPath,
  base,
  emptyUnits,
  reads ? _: [ ],
}:
let
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
    ++ map (name: "networking.interfaces.${name}") (lib.attrNames config.networking.interfaces)
    ++ reads config;
  watched = [
    "boot.blacklistedKernelModules"
    "boot.initrd.availableKernelModules"
    "boot.initrd.kernelModules"
    "boot.initrd.systemd.enable"
    "boot.kernelParams"
    "networking.defaultGateway.address"
    "networking.defaultGateway6.address"
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
    "networking.search"
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
    requiredBefore = base.systemd.units.${name}.requiredBy or [ ];
    aliasesBefore = base.systemd.units.${name}.aliases or [ ];
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
  # What modules add to the names of hosts; null where they change more of the file than that.
  addedHosts =
    config:
    let
      inherit (config.networking) hosts;
      before = base.networking;
      added = address: lib.subtractLists (before.hosts.${address} or [ ]) hosts.${address};
      isKept = address: lib.subtractLists (hosts.${address} or [ ]) before.hosts.${address} == [ ];
      line =
        address: lib.optionalString (added address != [ ]) "${address} ${toString (added address)}\n";
      # Made of these alone, as NixOS makes it.
      isUsual =
        pkgs ? concatText
        && config.environment.etc.hosts.enable
        && config.environment.etc.hosts.mode == base.environment.etc.hosts.mode
        && lib.length config.networking.hostFiles == lib.length before.hostFiles
        &&
          toString config.environment.etc.hosts.source
          == toString (pkgs.concatText "hosts" config.networking.hostFiles);
    in
    if
      isUsual
      && lib.all isKept (lib.attrNames before.hosts)
      && lib.hasPrefix before.extraHosts config.networking.extraHosts
    then
      lib.concatMapStrings line (lib.attrNames hosts)
      + lib.removePrefix before.extraHosts config.networking.extraHosts
    else
      null;
  observe =
    { config, options, ... }:
    let
      changedUsers = changed (_: user) config.users.users base.users.users (defined options.users.users);
    in
    more (common config) commonBase
    // {
      hosts = addedHosts config;
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
in
{
  inherit
    baseNames
    commonBase
    observe
    unitKinds
    ;
}

# The NixOS tests of a file or of a flake's attribute: which there are; or, of one of them, what its nodes
# have that empty nodes of the same framework have not, and its script. The request is JSON in a file beside
# this one, the answer is JSON too.
let
  given = builtins.fromJSON (builtins.readFile ./request.json);
  inherit (given) system source;
  inherit (import ./nixpkgs.nix given) lib outPath pkgs;
  frameworkOf = path: import (path + "/nixos/lib") { inherit lib; };

  # The value that was written, and the module that stands for it where it is one.
  written =
    if source ? file then
      import (/. + source.file)
    else
      lib.getAttrFromPath source.attribute (builtins.getFlake source.flake);
  asModule = if source ? file then /. + source.file else written;

  # What a function may want that is called here, and what only the test framework gives to a module.
  usual = { inherit lib pkgs system; };
  ofFramework = [
    "config"
    "extendModules"
    "hostPkgs"
    "moduleType"
    "nodes"
    "options"
    "specialArgs"
  ];
  isTest =
    it:
    builtins.isAttrs it
    && (it ? testScriptString || it.type or null == "derivation")
    && builtins.isAttrs (it.config or it)
    && (it.config or it) ? testScriptString;
  isModule =
    it:
    builtins.isAttrs it
    && lib.any (name: it ? ${name}) [
      "containers"
      "imports"
      "nodes"
      "testScript"
    ];
  evaluated =
    module:
    ((frameworkOf outPath).evalTest {
      imports = [ module ];
      hostPkgs = pkgs;
      # As `pkgs.testers.runNixOSTest` has it.
      node.pkgs = pkgs;
    }).config;

  one = path: test: [ { inherit path test; } ];
  # All tests in a value, with the names that lead to them.
  testsIn =
    path: module: it:
    if isTest it then
      one path (it.config or it)
    else if isModule it then
      one path (evaluated module)
    else if lib.isFunction it then
      ofFunction path module it
    else if builtins.isAttrs it && it.type or null != "derivation" && lib.length path < 4 then
      lib.concatMap (name: testsIn (path ++ [ name ]) it.${name} it.${name}) (lib.attrNames it)
    else
      [ ];
  ofFunction =
    path: module: it:
    let
      wanted = lib.functionArgs it;
      needed = lib.attrNames (lib.filterAttrs (_: optional: !optional) wanted);
      unknown = lib.subtractLists (lib.attrNames usual ++ ofFramework) needed;
      applied = it (if wanted == { } then usual else lib.intersectAttrs wanted usual);
    in
    if unknown != [ ] then
      throw "${given.unknownArguments}${toString unknown}"
    else if lib.any (name: lib.elem name ofFramework) needed then
      one path (evaluated module)
    else
      testsIn path module applied;
  tests = testsIn [ ] asModule written;
  named = each: {
    inherit (each) path;
    inherit (each.test) name;
    nodes = lib.attrNames each.test.nodes;
  };

  # The one that is asked about, and one whose nodes have the same names and nothing else.
  inherit (lib.findFirst (each: each.path == given.path) (throw "there is no such test") tests) test;
  inherit (test) hostPkgs;
  frame = frameworkOf hostPkgs.path;
  empty =
    nodes:
    (frame.evalTest {
      inherit hostPkgs nodes;
      node = lib.optionalAttrs (test.node.pkgs or null != null) { inherit (test.node) pkgs; };
      name = "empty";
      testScript = "";
    }).config;
  base = empty (lib.mapAttrs (_: around) test.nodes);
  # An empty node does without what the node does without, where no machine of ours has it anyway; and has
  # its network from the same program.
  around =
    config:
    let
      isOff =
        value:
        lib.elem value [
          false
          null
          [ ]
        ];
      off =
        path:
        let
          names = lib.splitString "." path;
          value = builtins.tryEval (lib.attrByPath names true config);
        in
        lib.optional (value.success && isOff value.value) (
          lib.setAttrByPath names (lib.mkForce value.value)
        );
      # The one that says it the other way around.
      xlibs = builtins.tryEval (config.environment.noXlibs or false);
      withoutX = lib.optional (xlibs.success && xlibs.value) {
        environment.noXlibs = lib.mkForce true;
      };
    in
    {
      imports = lib.concatMap off given.offOptions ++ withoutX;
      networking.useNetworkd = lib.mkForce config.networking.useNetworkd;
    };
  emptyUnits =
    let
      nothing = _: _: { domi-empty = { }; };
      kinds = (observed "none").unitKinds;
      inherit (empty { machine.systemd = lib.mapAttrs nothing kinds; }) nodes;
      texts = nodes.machine.systemd.units;
    in
    lib.mapAttrs' (_: suffix: lib.nameValuePair suffix texts."domi-empty.${suffix}".text) kinds;
  observed =
    name:
    import ./observe.nix {
      inherit
        emptyUnits
        given
        lib
        reads
        ;
      pkgs = hostPkgs;
      outPath = hostPkgs.path;
      base = base.nodes.${name};
    };
  # What else a node may set that no unit, file or list shows.
  reads =
    config:
    let
      plain = value: builtins.unsafeDiscardStringContext (builtins.toJSON value);
      # The addresses of the first one are carried over.
      interface = name: each: {
        inherit (each) useDHCP;
        v4 = if name == "eth1" then each.ipv4.routes else each.ipv4;
        v6 = if name == "eth1" then each.ipv6.routes else each.ipv6;
        link = [
          (each.macAddress or null)
          (each.mtu or null)
          (each.virtual or false)
        ];
      };
    in
    lib.mapAttrsToList (
      name: each: "networking.interfaces.${name} = ${plain (interface name each)}"
    ) config.networking.interfaces
    ++ [
      "boot.kernelPackages = ${config.boot.kernelPackages.kernel.name or ""}"
      "boot.loader.grub.enable = ${plain config.boot.loader.grub.enable}"
      "boot.loader.systemd-boot.enable = ${plain config.boot.loader.systemd-boot.enable}"
      "boot.postBootCommands = ${plain config.boot.postBootCommands}"
      "boot.initrd.systemd.services = ${plain (lib.attrNames config.boot.initrd.systemd.services)}"
      "environment.etc.hosts.mode = ${plain config.environment.etc.hosts.mode}"
      "environment.etc.hosts.text = ${plain config.environment.etc.hosts.text}"
      "networking.hostFiles: ${toString (lib.length config.networking.hostFiles)} of them"
    ]
    ++ map (name: "boot.initrd.${name} = ${plain config.boot.initrd.${name}}") [
      "postDeviceCommands"
      "postMountCommands"
      "postResumeCommands"
      "preDeviceCommands"
      "preFailCommands"
      "preLVMCommands"
    ];
  # Options of the machine around the system whose values are others than those of an empty node.
  machine =
    name:
    let
      value =
        config: path:
        let
          at = lib.attrByPath (lib.splitString "." path) null config.virtualisation;
          text = builtins.tryEval (builtins.unsafeDiscardStringContext (builtins.toJSON at));
          withoutHashes = text: lib.filter builtins.isString (builtins.split "/nix/store/[0-9a-z]{32}" text);
        in
        if text.success then withoutHashes text.value else null;
      differs = path: value test.nodes.${name} path != value base.nodes.${name} path;
    in
    lib.filter differs given.machineOptions;
  node =
    name:
    let
      config = test.nodes.${name};
    in
    {
      seen = (observed name).observe {
        inherit config;
        options = { };
      };
      specialisations = lib.attrNames config.specialisation;
      machine = machine name;
      networkd = config.networking.useNetworkd;
      addresses =
        let
          eth1 = config.networking.interfaces.eth1 or null;
          written = each: "${each.address}/${toString each.prefixLength}";
        in
        lib.optionals (eth1 != null) (map written (eth1.ipv4.addresses ++ eth1.ipv6.addresses));
      # As NixOS puts it together.
      hosts =
        "127.0.0.1 localhost\n"
        + lib.optionalString (config.networking.enableIPv6 or true) "::1 localhost\n"
        + lib.concatStrings (
          lib.mapAttrsToList (
            address: names: lib.optionalString (names != [ ]) "${address} ${toString names}\n"
          ) config.networking.hosts
        )
        + config.networking.extraHosts;
    };
  seen = {
    nodes = lib.genAttrs (lib.attrNames test.nodes) node;
    script = test.testScriptString;
    containers = lib.attrNames (test.containers or { });
    driver = toString (hostPkgs.path + "/nixos/lib/test-driver");
    inherit (test)
      enableOCR
      extraDriverArgs
      globalTimeout
      skipLint
      skipTypeCheck
      ;
    pythonPackages = map (each: each.pname or each.name) (
      test.extraPythonPackages hostPkgs.python3Packages
    );
  };
in
if given.path == null then
  { tests = map named tests; }
else
  {
    inherit seen;
    # Forces all of it, and collects every derivation in it.
    references = lib.attrNames (builtins.getContext (builtins.toJSON seen));
  }

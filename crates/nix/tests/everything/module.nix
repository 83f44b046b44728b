# A service that uses everything there is.
# Maintained by Ada Example (@ada), Bo.
#
# Generated from crates/features/everything by `cargo xtask generate`; edit the crate instead.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:
let
  inherit (import ../_lib.nix { inherit lib; })
    bareName
    calendar
    commandLine
    credentialPath
    disjoint
    environmentLines
    escapeSpecifiers
    etcPath
    execPart
    fitting
    folderName
    freeGroup
    freeTmpfilesPath
    freeUnit
    freeUser
    homePath
    iniData
    keyValues
    memorySize
    plainData
    plainPath
    rulePath
    startable
    timeSpan
    tomlData
    unitReference
    unitText
    unitWord
    withoutNulls
    ;
  cfg = config.domi.services.everything;
  # One that is not there is off.
  neighbour-gateway = config.domi.security.gateway or { enable = false; };
  jsonFormat = pkgs.formats.json { };
  tomlFormat = pkgs.formats.toml { };
  yamlFormat = pkgs.formats.yaml { };
  iniFormat = pkgs.formats.ini { };

  number = toString cfg.port;

  greeting = pkgs.writeText "greeting" cfg.greeting;
in
{
  _class = "nixos";

  imports = [
    ../_together.nix
    (lib.mkRenamedOptionModule
      [ "domi" "services" "everything" "bind" "port" ]
      [ "domi" "services" "everything" "port" ]
    )
    (lib.doRename {
      from = [
        "domi"
        "services"
        "everything"
        "bind"
        "flag"
      ];
      to = [
        "domi"
        "services"
        "everything"
        "flag"
      ];
      visible = false;
      warn = false;
      use = value: value;
    })
    (lib.mkRemovedOptionModule [ "domi" "services" "everything" "legacy" ] "It did nothing; remove it.")
    ../../crates/features/everything/extra.nix
    (lib.mkRemovedOptionModule [
      "domi"
      "services"
      "all"
    ] "The feature has another name: `domi.services.everything`.")
  ]
  ++
    map
      (
        option:
        lib.mkRenamedOptionModule
          [ "domi" "services" "all-things" option ]
          [ "domi" "services" "everything" option ]
      )
      [
        "enable"
        "flag"
        "anyInt"
        "unsigned"
        "positive"
        "byte"
        "word"
        "long"
        "signedByte"
        "signedWord"
        "signedLong"
        "percent"
        "atMost"
        "port"
        "float"
        "number"
        "share"
        "half"
        "weight"
        "greeting"
        "nonEmpty"
        "line"
        "lines"
        "word8"
        "level"
        "verbosity"
        "rights"
        "search"
        "rules"
        "hosts"
        "weights"
        "mask"
        "script"
        "root"
        "stored"
        "secretFile"
        "package"
        "client"
        "tools"
        "names"
        "needed"
        "labels"
        "lazy"
        "either"
        "anyOf"
        "anything"
        "tls"
        "jobs"
        "guarded"
        "listen"
        "settings"
        "free"
        "directives"
        "documented"
        "inner"
        "quiet"
        "kind"
        "mandatory"
      ]
  ++ map (option: {
    options.domi.services.all-things.${option} = lib.mkOption {
      type = lib.types.raw;
      visible = false;
      readOnly = true;
      default = config.domi.services.everything.${option};
      description = "Alias of {option}`domi.services.everything.${option}`.";
      apply = lib.warn "The option `domi.services.all-things.${option}' has been renamed to `domi.services.everything.${option}'.";
    };
  }) [ "stateDir" ]
  ++ [
    (lib.mkRenamedOptionModule
      [ "domi" "services" "all-things" "bind" "port" ]
      [ "domi" "services" "everything" "port" ]
    )
    (lib.mkRenamedOptionModule
      [ "domi" "services" "all-things" "bind" "flag" ]
      [ "domi" "services" "everything" "flag" ]
    )
    (lib.mkRemovedOptionModule [ "domi" "services" "all-things" "legacy" ] "It did nothing; remove it.")
  ]
  ++
    map
      (
        option:
        lib.doRename {
          from = [
            "domi"
            "services"
            "whatever"
            option
          ];
          to = [
            "domi"
            "services"
            "everything"
            option
          ];
          visible = false;
          warn = false;
          use = value: value;
        }
      )
      [
        "enable"
        "flag"
        "anyInt"
        "unsigned"
        "positive"
        "byte"
        "word"
        "long"
        "signedByte"
        "signedWord"
        "signedLong"
        "percent"
        "atMost"
        "port"
        "float"
        "number"
        "share"
        "half"
        "weight"
        "greeting"
        "nonEmpty"
        "line"
        "lines"
        "word8"
        "level"
        "verbosity"
        "rights"
        "search"
        "rules"
        "hosts"
        "weights"
        "mask"
        "script"
        "root"
        "stored"
        "secretFile"
        "package"
        "client"
        "tools"
        "names"
        "needed"
        "labels"
        "lazy"
        "either"
        "anyOf"
        "anything"
        "tls"
        "jobs"
        "guarded"
        "listen"
        "settings"
        "free"
        "directives"
        "documented"
        "inner"
        "quiet"
        "kind"
        "mandatory"
      ]
  ++ map (option: {
    options.domi.services.whatever.${option} = lib.mkOption {
      type = lib.types.raw;
      visible = false;
      readOnly = true;
      default = config.domi.services.everything.${option};
      description = "Alias of {option}`domi.services.everything.${option}`.";
    };
  }) [ "stateDir" ]
  ++ [
    (lib.mkRenamedOptionModule
      [ "domi" "services" "whatever" "bind" "port" ]
      [ "domi" "services" "everything" "port" ]
    )
    (lib.doRename {
      from = [
        "domi"
        "services"
        "whatever"
        "bind"
        "flag"
      ];
      to = [
        "domi"
        "services"
        "everything"
        "flag"
      ];
      visible = false;
      warn = false;
      use = value: value;
    })
    (lib.mkRemovedOptionModule [ "domi" "services" "whatever" "legacy" ] "It did nothing; remove it.")
  ];

  options.domi.services.everything = {
    enable = lib.mkEnableOption "everything, a service that uses everything there is";

    flag = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "A boolean.";
    };

    anyInt = lib.mkOption {
      type = lib.types.int;
      default = -1;
      description = "Any integer.";
    };

    unsigned = lib.mkOption {
      type = lib.types.ints.unsigned;
      default = 0;
      description = "No negative integer.";
    };

    positive = lib.mkOption {
      type = lib.types.ints.positive;
      default = 1;
      description = "At least one.";
    };

    byte = lib.mkOption {
      type = lib.types.ints.u8;
      default = 255;
      description = "8 bits.";
    };

    word = lib.mkOption {
      type = lib.types.ints.u16;
      default = 1;
      description = "16 bits.";
    };

    long = lib.mkOption {
      type = lib.types.ints.u32;
      default = 1;
      description = "32 bits.";
    };

    signedByte = lib.mkOption {
      type = lib.types.ints.s8;
      default = -128;
      description = "8 bits and a sign.";
    };

    signedWord = lib.mkOption {
      type = lib.types.ints.s16;
      default = 1;
      description = "16 bits and a sign.";
    };

    signedLong = lib.mkOption {
      type = lib.types.ints.s32;
      default = 1;
      description = "32 bits and a sign.";
    };

    percent = lib.mkOption {
      type = lib.types.ints.between 1 100;
      default = 50;
      description = "From 1 to 100.";
    };

    atMost = lib.mkOption {
      type = lib.types.ints.between (-9223372036854775807 - 1) 9;
      default = -9223372036854775807 - 1;
      description = "At most 9.";
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 8080;
      example = 80;
      description = "TCP port to listen on.";
    };

    float = lib.mkOption {
      type = lib.types.float;
      default = 1.0e-7;
      description = "A float.";
    };

    number = lib.mkOption {
      type = lib.types.number;
      default = 2;
      description = "Any number.";
    };

    share = lib.mkOption {
      type = lib.types.numbers.between 0 1;
      default = 0.5;
      description = "From 0 to 1.";
    };

    half = lib.mkOption {
      type = lib.types.numbers.between 0.5 1.7976931348623157e308;
      default = 1;
      description = "At least a half.";
    };

    weight = lib.mkOption {
      type = lib.types.numbers.nonnegative;
      default = 1;
      description = "Nothing negative.";
    };

    greeting = lib.mkOption {
      type = lib.types.str;
      default = "hello \"\${world}\" \$$ \\ ''\t\r";
      example = ''
        one
        two
      '';
      description = ''
        What everyone is told.

        It may say `''${anything}`, '''quoted''' or not:

        - "like this"
        - like \ that
      '';
    };

    nonEmpty = lib.mkOption {
      type = lib.types.nonEmptyStr;
      default = "x";
      description = "Not empty.";
    };

    line = lib.mkOption {
      type = lib.types.singleLineStr;
      default = "x";
      description = "One line.";
    };

    lines = lib.mkOption {
      type = lib.types.lines;
      default = ''
        first
          second ''${x}

        third '''
      '';
      description = "Lines.";
    };

    word8 = lib.mkOption {
      type = lib.types.strMatching "[a-z]{1,8}";
      default = "word";
      description = "A short word.";
    };

    level = lib.mkOption {
      type = lib.types.enum [
        "debug"
        "info"
        "very quiet"
      ];
      default = "info";
      example = "very quiet";
      description = "How much it says.";
    };

    verbosity = lib.mkOption {
      type = lib.types.addCheck (lib.types.enum [
        1
        2
        (-3)
      ]) lib.isInt;
      default = 2;
      description = "One of some numbers.";
    };

    rights = lib.mkOption {
      type = lib.types.commas;
      default = "a,b";
      description = "Joined with commas.";
    };

    search = lib.mkOption {
      type = lib.types.envVar;
      default = "";
      description = "Joined with colons.";
    };

    rules = lib.mkOption {
      type = lib.types.separatedString ''
        ; ''${x}
      '';
      default = "x";
      description = "Joined with something odd.";
    };

    hosts = lib.mkOption {
      type = lib.types.coercedTo lib.types.nonEmptyStr lib.singleton (
        lib.types.listOf lib.types.nonEmptyStr
      );
      default = "localhost";
      description = "One, or several.";
    };

    weights = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.coercedTo (lib.types.ints.between 0 99) lib.singleton (
          lib.types.nonEmptyListOf (lib.types.ints.between 0 99)
        )
      );
      default = {
        a = 1;
        b = [
          2
          3
        ];
      };
      description = "One, or several, by name.";
    };

    mask = lib.mkOption {
      type = lib.types.coercedTo lib.types.int toString (lib.types.strMatching "[0-7x-]{1,4}");
      default = 22;
      description = "Digits, or more.";
    };

    script = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.coercedTo (lib.types.listOf lib.types.str) (lib.concatStringsSep "\n") lib.types.lines
      );
      default = [
        "a"
        "b"
      ];
      description = "Lines, or a list.";
    };

    root = lib.mkOption {
      type = lib.types.path;
      default = "/srv";
      description = "Any path.";
    };

    stored = lib.mkOption {
      type = lib.types.nullOr lib.types.pathInStore;
      default = null;
      description = "A path in the store.";
    };

    secretFile = lib.mkOption {
      type = lib.types.nullOr lib.types.externalPath;
      default = null;
      example = "/run/secrets/it";
      description = "A file that holds the secret.";
    };

    package = lib.mkPackageOption pkgs "nginx" { };

    client = lib.mkPackageOption pkgs "curl" {
      example = [
        "python3Packages"
        "colorama"
      ];
      extraDescription = "Any other would do.";
    };

    tools = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ pkgs.curl ];
      defaultText = lib.literalExpression "[ pkgs.curl ]";
      example = lib.literalExpression ''
        [
          pkgs.curl
          pkgs.python3Packages.colorama
        ]
      '';
      description = "More packages.";
    };

    names = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "a"
        "b"
      ];
      example = [ ];
      description = "Names.";
    };

    needed = lib.mkOption {
      type = lib.types.nonEmptyListOf lib.types.int;
      default = [
        1
        (-2)
      ];
      description = "At least one number.";
    };

    labels = lib.mkOption {
      type = lib.types.attrsOf lib.types.str;
      default = {
        "\${q}" = "\n";
        "if" = "z";
        plain = "x";
        "with space" = "y";
      };
      description = "Labels.";
    };

    lazy = lib.mkOption {
      type = lib.types.lazyAttrsOf lib.types.int;
      default = { };
      description = "Numbers by name.";
    };

    either = lib.mkOption {
      type = lib.types.either lib.types.int lib.types.str;
      default = 1;
      description = "A number or a name.";
    };

    anyOf = lib.mkOption {
      type = lib.types.oneOf [
        lib.types.bool
        lib.types.int
        (lib.types.listOf lib.types.str)
      ];
      default = [ "x" ];
      description = "One of several.";
    };

    anything = lib.mkOption {
      type = lib.types.anything;
      default = {
        deep = [
          null
          { x = 1.5; }
        ];
      };
      description = "Whatever.";
    };

    tls = lib.mkOption {
      type = lib.types.submodule (
        { config, ... }: {
          options = {
            enable = lib.mkOption {
              type = lib.types.bool;
              default = false;
              description = "Whether to encrypt.";
            };

            port = lib.mkOption {
              type = lib.types.port;
              default = if config.enable then 443 else cfg.port;
              defaultText = lib.literalExpression "if config.enable then 443 else config.domi.services.everything.port";
              description = "Where to listen.";
            };
          };
        }
      );
      default = { };
      description = "Encryption.";
    };

    jobs = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (
          { name, ... }: {
            options = {
              source = lib.mkOption {
                type = lib.types.path;
                description = "What to copy.";
              };

              target = lib.mkOption {
                type = lib.types.path;
                default = "/var/lib/everything/${name}";
                defaultText = lib.literalExpression "\"/var/lib/everything/\${name}\"";
                description = "Where to.";
              };

              schedule = lib.mkOption {
                type = lib.types.str;
                default = "daily";
                description = "When.";
              };

              user = lib.mkOption {
                type = lib.types.str;
                default = name;
                defaultText = lib.literalExpression "name";
                description = "As whom.";
              };

              port = lib.mkOption {
                type = lib.types.port;
                default = 9;
                description = "Its port.";
              };

              active = lib.mkOption {
                type = lib.types.bool;
                default = true;
                description = "Whether it runs.";
              };
            };
          }
        )
      );
      default = { };
      example = {
        docs = {
          schedule = "hourly";
          source = "/srv/docs";
        };
      };
      description = "Jobs by name.";
    };

    guarded = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            nice = lib.mkOption {
              type = lib.types.ints.between (-20) 19;
              default = 0;
              description = "How much it gives way.";
            };

            alone = lib.mkOption {
              type = lib.types.bool;
              default = true;
              description = "Whether it has no network.";
            };

            writes = lib.mkOption {
              type = lib.types.listOf lib.types.nonEmptyStr;
              default = [ ];
              description = "What it may write.";
            };
          };
        }
      );
      default = { };
      example = {
        web = {
          alone = false;
          writes = [ "/srv/100% of it" ];
        };
      };
      description = "Services that are guarded, by name.";
    };

    listen = lib.mkOption {
      type = lib.types.attrTag {
        port = lib.mkOption {
          type = lib.types.port;
          description = "A port.";
        };

        socket = lib.mkOption {
          type = lib.types.path;
          description = "A socket's path.";
        };
      };
      default = {
        port = 81;
      };
      description = "Where it listens.";
    };

    settings = lib.mkOption {
      type = lib.types.submodule {
        freeformType = yamlFormat.type;
        options = {
          workers = lib.mkOption {
            type = lib.types.ints.positive;
            default = 4;
            description = "How many workers.";
          };
        };
      };
      default = { };
      example = {
        other = [
          1
          null
        ];
        workers = 2;
      };
      description = "Its settings.";
    };

    free = lib.mkOption {
      type = lib.types.submodule { freeformType = tomlFormat.type; };
      default = { };
      description = "Free settings.";
    };

    directives = lib.mkOption {
      type = lib.types.submodule {
        freeformType = lib.types.attrsOf (
          lib.types.oneOf [
            lib.types.bool
            lib.types.int
            lib.types.float
            lib.types.str
            (lib.types.listOf (
              lib.types.oneOf [
                lib.types.bool
                lib.types.int
                lib.types.float
                lib.types.str
              ]
            ))
          ]
        );
      };
      default = {
        listen = [
          "a"
          "b"
        ];
        quiet = true;
      };
      description = "Lines of a name and a value.";
    };

    stateDir = lib.mkOption {
      type = lib.types.path;
      readOnly = true;
      default = "${cfg.root}/${number}";
      defaultText = lib.literalExpression "\"\${config.domi.services.everything.root}/\${toString config.domi.services.everything.port}\"";
      description = "Its state.";
    };

    documented = lib.mkOption {
      type = lib.types.str;
      default = cfg.greeting;
      defaultText = lib.literalMD "the *greeting*";
      description = "Has a text for its default.";
    };

    inner = lib.mkOption {
      type = lib.types.bool;
      internal = true;
      default = false;
      description = "For itself.";
    };

    quiet = lib.mkOption {
      type = lib.types.bool;
      visible = false;
      default = false;
      description = "Not in the manual.";
    };

    kind = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.enum [
          "exec"
          "oneshot"
        ]
      );
      default = null;
      description = "How a service starts.";
    };

    mandatory = lib.mkOption {
      type = lib.types.str;
      description = "Must be set.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !cfg.tls.enable || cfg.secretFile != null;
        message = "`tls.enable` needs a `secretFile`";
      }
      {
        assertion = lib.all (name: name != "") cfg.names;
        message = "a name of ${lib.concatStringsSep ", " cfg.names} is empty";
      }
    ];

    warnings =
      lib.optional (
        cfg.port < 1024 && lib.any (n: n >= 3) cfg.needed
      ) "port ${number} is reserved: ${lib.boolToString cfg.flag}"
      ++ lib.optional cfg.quiet "shh";

    environment = {
      systemPackages = [
        cfg.package
      ]
      ++ lib.optional cfg.flag pkgs.curl
      ++ lib.optional (!cfg.quiet) (
        pkgs.writeShellScriptBin "everything-status" "set -e\ncurl=${lib.getExe' pkgs.curl "curl"}\ngreeting='it'\\''s \"\${fine}\"'\nport=${number}\nnames=(${lib.escapeShellArgs cfg.names})\necho \"$greeting: ''$1\"\nfor name in \"\${names[@]}\"; do echo \"$name $curl\"; done"
      );
      etc = disjoint "file of /etc" (
        [
          {
            "everything/env".text = environmentLines (
              withoutNulls ({ A = "$x"; } // lib.mapAttrs (_: lib.length) cfg.weights)
            );
            "everything/calculated.json".source = jsonFormat.generate "calculated.json" {
              doubled = map (n: n / 2 * 2) cfg.needed;
              greatest = lib.max cfg.atMost (-9223372036854775807 - 1);
              least = lib.min cfg.anyInt 10;
              perByte = if cfg.byte > 0 then cfg.anyInt / cfg.byte else null;
              product = (cfg.long + 1) * (cfg.signedWord / -2);
              rest = lib.mod cfg.anyInt cfg.percent;
              sum = cfg.long - cfg.signedLong + (cfg.signedByte - -7);
              threeQuarters = cfg.signedLong * 3 / 4;
            };
            "everything/made.json".source = jsonFormat.generate "made.json" (plainData {
              bare = lib.removeSuffix cfg.word8 cfg.nonEmpty;
              below = lib.hasPrefix "/srv" cfg.root;
              bytes = lib.stringLength cfg.greeting;
              chosen = lib.filterAttrs (k: v: k != "plain" && !lib.hasInfix k v) cfg.labels;
              expanded = lib.hasInfix "\${" cfg.greeting;
              folder = lib.hasSuffix "/" cfg.root;
              folders = lib.splitString "/" cfg.root;
              has = lib.hasInfix cfg.nonEmpty cfg.greeting;
              howMany = lib.length cfg.names;
              isJob = cfg.jobs ? ${cfg.nonEmpty};
              isName = lib.elem cfg.greeting cfg.names;
              isNeeded = lib.elem cfg.number cfg.needed;
              isPlain = cfg.labels ? "two words";
              labels = lib.length (lib.attrNames cfg.labels);
              long = lib.filter (name: lib.stringLength name > 3) cfg.names;
              lower = lib.toLower cfg.greeting;
              negative = lib.filter (n: n < 0) cfg.needed;
              parts = lib.splitString "a" cfg.greeting;
              perName = cfg.anyInt / (lib.length cfg.names + 1);
              quoted = lib.splitString "''" cfg.greeting;
              replaced = lib.replaceStrings [ "a" ] [ "\$${number}" ] cfg.greeting;
              same = lib.hasPrefix cfg.nonEmpty cfg.greeting;
              withPackage = lib.replaceStrings [ "@server@" ] [ (lib.getExe' cfg.package "nginx") ] cfg.greeting;
              within = lib.removePrefix "/" cfg.root;
            });
            "everything/typed.json".source = jsonFormat.generate "typed.json" (plainData {
              hosts = map (host: "//${host}") cfg.hosts;
              louder = cfg.verbosity + 1;
              inherit (cfg) mask rules script;
              maskLength = lib.stringLength cfg.mask;
              rights = lib.splitString "," cfg.rights;
              search = "/bin:${cfg.search}";
              verbosity = "-v${toString cfg.verbosity}";
              weights = lib.mapAttrs (_: lib.length) cfg.weights;
            });
            "everything/gateway".text = "${
              toString (if neighbour-gateway.enable then neighbour-gateway.port else cfg.port)
            } ${
              if (if neighbour-gateway.enable then neighbour-gateway.label else null) == null then
                "none"
              else
                "some"
            }";
            "everything/greeting".text = cfg.greeting;
            "everything/link".text = "${pkgs.writeText "number" number}";
            "everything/free.toml" = {
              source = tomlFormat.generate "free.toml" (tomlData (plainData cfg.free));
              mode = "0440";
            };
            "everything/directives.conf".source = pkgs.writeText "directives.conf" (keyValues cfg.directives);
            "everything/owned" = lib.mkIf cfg.quiet {
              text = cfg.greeting;
              mode = "0440";
              user = "everything";
              group = fitting "[A-Za-z_][A-Za-z0-9_-]{0,30}" cfg.word8;
            };
            "everything/summary.json" = lib.mkIf cfg.flag {
              text = builtins.toJSON (
                plainData (
                  lib.mapAttrs (k: v: [
                    v
                    k
                  ]) cfg.labels
                )
              );
            };
          }
          (lib.mapAttrs' (
            name: job:
            lib.nameValuePair (etcPath "everything/jobs/${name}") {
              source = iniFormat.generate "everything.ini" (iniData {
                job = { inherit (job) schedule; };
              });
            }
          ) cfg.jobs)
        ]
        ++ lib.optional (cfg.word != 0) {
          ${etcPath "everything/share-${toString (1000 / cfg.word)}"} = {
            text = "1000 by ${toString cfg.word}";
          };
        }
      );
    };

    systemd = {
      services = disjoint "service" [
        {
          everything = {
            description = "Everything on port ${number}";
            wantedBy = [ "multi-user.target" ];
            after = [ "network.target" ];
            wants = [ "network.target" ];
            unitConfig.StartLimitBurst = 3;
            environment = {
              LEVEL = cfg.level;
              SECRET = lib.mkIf (cfg.secretFile != null) (escapeSpecifiers cfg.secretFile);
            };
            path = [
              cfg.package
              pkgs.python3Packages.colorama
            ];
            serviceConfig = {
              DynamicUser = true;
              ExecReload = lib.mkIf cfg.flag (
                utils.escapeSystemdExecArgs [ "${lib.getBin pkgs.curl}/sbin/reload" ]
              );
              ExecStart = utils.escapeSystemdExecArgs (
                [
                  (lib.getExe' cfg.package "nginx")
                  "-c"
                  (yamlFormat.generate "everything.yaml" (
                    plainData (
                      lib.recursiveUpdate {
                        inherit (cfg) greeting;
                        listen = cfg.port;
                      } cfg.settings
                    )
                  ))
                  greeting
                ]
                ++ lib.optional cfg.quiet "--quiet"
                ++ map (name: "--name=${name}") cfg.names
                ++ lib.mapAttrsToList (name: value: "--label=${name}:${value}") cfg.labels
                ++ [ (lib.concatMapStrings (n: "+${toString n}") cfg.needed) ]
              );
              ExecStartPre = [
                "-+${
                  utils.escapeSystemdExecArgs [
                    (lib.getExe' pkgs.curl "curl")
                    "a b"
                  ]
                }"
              ]
              ++ lib.optional cfg.flag (
                utils.escapeSystemdExecArgs [
                  "${pkgs.curl}/share/x"
                  cfg.port
                ]
              );
              LoadCredential = lib.mkIf (
                cfg.secretFile != null
              ) "secret:${unitText (credentialPath cfg.secretFile)}";
              ReadOnlyPaths =
                if cfg.listen ? port then
                  "/run/${toString cfg.listen.port}"
                else
                  unitWord (fitting "/.*" cfg.listen.socket);
              StateDirectory = [
                "everything"
                "everything/x"
              ];
              Type = "exec";
              User = escapeSpecifiers (bareName cfg.line);
            };
          };
          everything-written = {
            description = "100%% of ${unitText cfg.nonEmpty} on %H";
            after = [ "everything@${"%N"}.service" ];
            unitConfig = {
              ConditionHost = unitText (fitting "[^|!].*" cfg.line);
              ConditionPathExists = "|${unitText cfg.root}";
              Documentation = unitWord cfg.names;
            };
            environment = {
              GREETING = "100%% ${escapeSpecifiers cfg.greeting}%t";
              PORT = number;
            };
            serviceConfig = {
              BindPaths = "${unitWord (fitting "/.*" cfg.root)}:/srv/100%%:norbind";
              CPUQuota = fitting "[0-9]{1,7}([.][0-9]{1,2})?%" "${toString cfg.percent}%";
              CPUWeight = cfg.percent;
              ExecStart = lib.concatStringsSep " " [
                (utils.escapeSystemdExecArgs (commandLine [ cfg.root ]))
                (utils.escapeSystemdExecArg cfg.port)
                "\"--at=%%h\$$x%n${execPart cfg.greeting}\""
              ];
              ExecStop = "-${utils.escapeSystemdExecArgs (commandLine ([ cfg.stateDir ] ++ cfg.names))}";
              LogExtraFields = map (name: "NAME=${unitWord name}") cfg.names;
              MemoryMax = lib.mkIf (!cfg.flag) (memorySize cfg.word8);
              PrivateTmp = cfg.flag;
              ReadWritePaths = [
                (unitWord (fitting "/.*" cfg.root))
                "%t/100%%"
              ];
              RestartSec = cfg.unsigned;
              StateDirectory = "everything/${escapeSpecifiers (folderName cfg.line)}";
              SyslogIdentifier = unitText cfg.nonEmpty;
              TimeoutStopSec = lib.mkIf (!cfg.flag) (timeSpan cfg.line);
              WorkingDirectory = unitText (fitting "/.*" cfg.stateDir);
            };
          };
          everything-varying = {
            description = number;
            serviceConfig =
              startable (cfg.kind != null && cfg.kind == "oneshot")
                [
                  cfg.flag
                  cfg.quiet
                ]
                cfg.inner
                (
                  lib.mkMerge [
                    {
                      ExecStart =
                        lib.optional cfg.flag (utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ])
                        ++ lib.optional cfg.quiet (
                          utils.escapeSystemdExecArgs [
                            (lib.getExe' pkgs.curl "curl")
                            cfg.either
                          ]
                        );
                      ExecStop = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
                      RemainAfterExit = cfg.inner;
                    }
                    (lib.mkIf (cfg.kind != null) { Type = cfg.kind; })
                  ]
                );
          };
          everything-changing = {
            restartTriggers = [
              number
              (lib.boolToString cfg.flag)
              "${greeting}"
            ];
            reloadTriggers = [ (builtins.toJSON cfg.names) ];
            serviceConfig = {
              ExecReload = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
              ExecStart = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
            };
          };
          "everything-lasting@" = {
            restartTriggers = [ cfg.greeting ];
            stopIfChanged = false;
            serviceConfig.ExecStart = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
          };
          "everything-worker@" = {
            partOf = [ "everything-workers.target" ];
            serviceConfig = {
              ExecReload = lib.concatStringsSep " " [
                (utils.escapeSystemdExecArg (lib.getExe' pkgs.curl "curl"))
                "\"\${MAINPID}\""
              ];
              ExecStart = lib.concatStringsSep " " [
                (utils.escapeSystemdExecArg (lib.getExe' pkgs.curl "curl"))
                "\"%i\""
              ];
              ExecStopPost = lib.concatStringsSep " " (
                [
                  (utils.escapeSystemdExecArg (lib.getExe' pkgs.curl "curl"))
                  "\"\$\$${execPart cfg.greeting}\${EXIT_STATUS}\""
                ]
                ++ map utils.escapeSystemdExecArg cfg.names
              );
            };
          };
          everything-scripts.serviceConfig = {
            EnvironmentFile = pkgs.writeText "everything.env" (environmentLines {
              FLAG = cfg.flag;
              LINE = cfg.line;
              PORT = cfg.port;
            });
            ExecStart = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "everything-job" "set -e\ncurl=${lib.getExe' pkgs.curl "curl"}\nfile=${greeting}\nfixed='it'\\''s'\nflag=${lib.boolToString cfg.flag}\ngreeting=${lib.escapeShellArg cfg.greeting}\nnumber=-5\nport=${number}\nwhere=${lib.escapeShellArg "${cfg.stateDir}/out"}\nnames=(${
                lib.escapeShellArgs (
                  cfg.names
                  ++ [
                    cfg.port
                    "a b"
                  ]
                )
              })\nfor name in \"\${names[@]}\"; do\n  echo \"$greeting: ''$name\" >\"$where\"\ndone")
              "argument"
            ];
            ExecStartPre = utils.escapeSystemdExecArgs [
              (pkgs.writeShellScript "check" ''
                set -e
                test -n "$HOME"'')
            ];
          };
          everything-reloading = {
            reloadIfChanged = true;
            serviceConfig = {
              ExecReload = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
              ExecStart = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
            };
          };
          everything-staying = {
            restartIfChanged = false;
            serviceConfig.ExecStart = utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ];
          };
          systemd-journald = {
            description = "Journal of everything";
            after = [
              "everything-watch.path"
              "everything.socket"
            ];
            unitConfig.StartLimitBurst = cfg.port;
            environment.SYSTEMD_LOG_LEVEL = lib.mkIf cfg.flag (escapeSpecifiers cfg.line);
            serviceConfig = {
              ExecStartPre = "-${utils.escapeSystemdExecArgs [ (lib.getExe' pkgs.curl "curl") ]}";
              MemoryHigh = cfg.port;
              ReadWritePaths = [
                ""
                "/srv"
              ];
            };
          };
          systemd-udev-trigger = lib.mkIf cfg.flag {
            wants = [ "everything-watch.path" ];
          };
          "getty@tty1" = {
            overrideStrategy = "asDropin";
            wantedBy = [ "getty.target" ];
            serviceConfig.Restart = "always";
          };
        }
        (lib.mapAttrs' (
          name: job:
          lib.nameValuePair
            (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,245}[A-Za-z0-9:_.-])?" "everything-${name}")
            {
              description = "Copy ${unitText job.source}";
              serviceConfig = {
                ExecStart = utils.escapeSystemdExecArgs [
                  (lib.getExe' pkgs.curl "curl")
                  job.source
                  job.target
                ];
                Type = "oneshot";
                User = escapeSpecifiers (bareName job.user);
              };
            }
        ) (lib.filterAttrs (_: job: job.active) cfg.jobs))
      ];
      sockets = {
        everything = lib.mkIf cfg.tls.enable {
          wantedBy = [ "sockets.target" ];
          socketConfig.ListenStream = cfg.tls.port;
        };
        systemd-rfkill.unitConfig.ConditionPathExists = unitText (fitting "[^|!].*" cfg.root);
      };
      timers = disjoint "timer" [
        { systemd-tmpfiles-clean.timerConfig.RandomizedDelaySec = 60; }
        (lib.mapAttrs' (
          name: job:
          lib.nameValuePair
            (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,247}[A-Za-z0-9:_.-])?" "everything-${name}")
            {
              wantedBy = [ "timers.target" ];
              timerConfig.OnCalendar = calendar job.schedule;
            }
        ) cfg.jobs)
      ];
      targets = {
        everything-workers = {
          wantedBy = unitReference (lib.optional cfg.flag "multi-user.target");
          after = unitReference (map (unit: "${unit}.target") cfg.names);
          wants = [
            "everything.service"
          ]
          ++ unitReference (map (n: "everything-worker@${toString n}.service") (lib.range 1 cfg.percent));
        };
        everything.description = "Everything";
        everything-all = {
          aliases = [ "everything-every.target" ];
          onFailure = [ "everything-watch.path" ];
          requiredBy = [ "everything.service" ];
        };
        multi-user.wants = [ "everything.service" ];
      };
      paths = {
        everything-watch = {
          restartTriggers = [ cfg.root ];
          pathConfig.PathExists = unitText (fitting "/.*" cfg.root);
        };
        systemd-ask-password-wall.pathConfig.MakeDirectory = true;
      };
      mounts = [
        {
          where = "/srv/every-thing";
          what = unitText cfg.stateDir;
          type = "none";
          options = lib.mkIf cfg.flag "bind,ro";
          wantedBy = [ "multi-user.target" ];
          mountConfig.LazyUnmount = cfg.flag;
        }
      ]
      ++ lib.optional cfg.quiet {
        where = "/srv/.hidden";
        what = unitText cfg.greeting;
        type = unitText cfg.word8;
      };
      automounts = lib.mkIf cfg.quiet [
        {
          where = "/srv/every-thing";
          automountConfig.TimeoutIdleSec = "10min";
        }
      ];
      slices = {
        everything.sliceConfig = {
          CPUQuota = fitting "[0-9]{1,7}([.][0-9]{1,2})?%" "${toString (cfg.percent * 2)}%";
          CPUWeight = cfg.verbosity + 10;
          IOWeight = lib.max (lib.min (lib.length cfg.names) 100) 1;
          MemoryHigh = cfg.long * 3 / 4;
          MemoryMax = "100M";
          TasksMax = fitting "infinity|[0-9]{1,19}|(100|[0-9]{1,2}([.][0-9]{1,2})?)%" (cfg.byte - 100);
        };
        system.sliceConfig.MemoryHigh = "90%";
        user.sliceConfig.MemoryHigh = "50%";
      };
      packages =
        let
          dropIn =
            unit: settings:
            let
              content = ''
                [Service]
                ${utils.systemdUtils.lib.attrsToSection (lib.mergeAttrsList settings)}'';
            in
            pkgs.writeTextDir "etc/systemd/system/${unit}.d/zz-domi-everything.conf" content
            // {
              dropIn = { inherit unit content; };
            };
        in
        lib.mapAttrsToList (
          name: guard:
          dropIn
            "${freeUnit "service" (fitting "[A-Za-z0-9:_]([A-Za-z0-9:_.@-]{0,245}[A-Za-z0-9:_.-])?" name)}.service"
            [
              {
                Nice = guard.nice;
                NoNewPrivileges = true;
                ReadWritePaths = unitWord (fitting "/.*" guard.writes);
              }
              (lib.optionalAttrs guard.alone { PrivateNetwork = true; })
              (lib.optionalAttrs cfg.quiet {
                SyslogIdentifier = unitText cfg.nonEmpty;
              })
            ]
        ) (lib.filterAttrs (_: _: cfg.flag) cfg.guarded);
      tmpfiles.settings."10-everything" = lib.mkMerge (
        [
          {
            "/var/cache/everything".d = lib.mkMerge [
              { age = "10d"; }
              (lib.mkIf cfg.quiet {
                mode = "0750";
                age = fitting "[^'\\[:cntrl:]]*" number;
              })
            ];
            "/run/everything.port".f.argument = number;
            "/run/everything"."L+" = lib.mkIf cfg.flag {
              argument = escapeSpecifiers cfg.root;
            };
            "%t/100%%"."L+".argument = "%t/${escapeSpecifiers cfg.greeting}";
          }
          {
            ${freeTmpfilesPath (escapeSpecifiers (rulePath cfg.stateDir))}.d = {
              mode = "0750";
              user = "everything";
              group = "everything";
            };
          }
        ]
        ++ lib.mapAttrsToList (_: job: {
          ${freeTmpfilesPath (escapeSpecifiers (rulePath job.target))}.d = { };
        }) cfg.jobs
      );
    };

    users = {
      users = lib.mkMerge [
        {
          everything = lib.mkMerge [
            {
              isSystemUser = true;
              group = "everything";
              description = "Everything's user";
              home = homePath cfg.stateDir;
            }
            (lib.mkIf (!cfg.flag) {
              isSystemUser = true;
              group = "everything";
              home = homePath cfg.root;
            })
          ];
          everything-person = {
            isNormalUser = true;
            uid = 1200;
            group = "users";
            extraGroups = [
              "video"
              "everything-shared"
            ];
            shell = lib.getExe' pkgs.python3Packages.colorama "colours";
          };
          everything-worker = lib.mkIf cfg.quiet {
            isSystemUser = true;
            uid = 420;
            group = fitting "[A-Za-z_][A-Za-z0-9_-]{0,30}" cfg.word8;
            extraGroups = [ (fitting "[A-Za-z_][A-Za-z0-9_-]{0,30}" cfg.word8) ];
            home = homePath cfg.stateDir;
            createHome = true;
          };
        }
        (lib.mapAttrs' (
          name: _:
          lib.nameValuePair (freeUser (fitting "[A-Za-z_][A-Za-z0-9_-]{0,30}" name)) {
            isSystemUser = true;
            group = "everything";
          }
        ) cfg.jobs)
      ];
      groups = lib.mkMerge (
        [
          {
            everything = { };
            everything-shared.gid = 421;
          }
          (lib.mapAttrs' (
            label: _: lib.nameValuePair (freeGroup (fitting "[A-Za-z_][A-Za-z0-9_-]{0,30}" label)) { }
          ) (lib.filterAttrs (_: text: text == "a") cfg.labels))
        ]
        ++ lib.optional cfg.quiet {
          ${freeGroup (fitting "[A-Za-z_][A-Za-z0-9_-]{0,30}" cfg.word8)} = { };
        }
      );
    };

    boot.kernel.sysctl = {
      "net.core.somaxconn" = 1024;
      "net.ipv4.ip_forward" = lib.mkIf cfg.flag true;
    };

    networking.firewall = {
      allowedTCPPorts =
        lib.optional cfg.flag cfg.port
        ++ lib.mapAttrsToList (_: job: job.port) (lib.filterAttrs (_: job: job.active) cfg.jobs);
      allowedUDPPorts = [ 53 ];
    };

    services = lib.mkMerge [
      {
        openssh = {
          enable = true;
          ports = lib.mkDefault [ cfg.word ];
        };
      }
      (lib.mkIf cfg.flag { openssh.settings.PasswordAuthentication = cfg.inner; })
      (lib.mkIf cfg.quiet { nginx.virtualHosts."a.example.org".root = cfg.root; })
    ];

    security.polkit.enable = lib.mkForce false;

    domi = lib.mkMerge [
      {
        together.everything = {
          claims = [
            {
              what = "TCP port ${number}";
              options = [ "domi.services.everything.port" ];
            }
            {
              what = "TCP port ${toString (if cfg.tls.enable then cfg.tls.port else 0)}";
              options = [
                "domi.services.everything.tls.enable"
                "domi.services.everything.tls.port"
              ];
            }
            {
              what = "path ${plainPath "${cfg.stateDir}"}";
              options = [ "domi.services.everything.stateDir" ];
            }
            { what = "path /srv/everything"; }
            { what = "unit everything.service"; }
            { what = "path /var/lib/everything"; }
            { what = "path /var/lib/everything/x"; }
            { what = "unit everything-written.service"; }
            { what = "unit everything-varying.service"; }
            { what = "unit everything-changing.service"; }
            { what = "unit everything-lasting@.service"; }
            { what = "unit everything-worker@.service"; }
            { what = "unit everything-workers.target"; }
            { what = "unit everything-scripts.service"; }
            { what = "unit everything-reloading.service"; }
            { what = "unit everything-staying.service"; }
            { what = "unit everything-watch.path"; }
            { what = "unit everything.target"; }
            { what = "unit everything-all.target"; }
            { what = "unit everything-every.target"; }
            { what = "unit srv-every\\x2dthing.mount"; }
            { what = "unit everything.slice"; }
            { what = "drop-in of systemd-journald.service"; }
            { what = "drop-in of getty@tty1.service"; }
            { what = "drop-in of systemd-tmpfiles-clean.timer"; }
            { what = "drop-in of systemd-rfkill.socket"; }
            {
              what = "drop-in of systemd-ask-password-wall.path";
            }
            { what = "drop-in of multi-user.target"; }
            { what = "drop-in of system.slice"; }
            { what = "drop-in of user.slice"; }
            { what = "path /etc/everything/env"; }
            { what = "path /etc/everything/calculated.json"; }
            { what = "path /etc/everything/made.json"; }
            { what = "path /etc/everything/typed.json"; }
            { what = "path /etc/everything/gateway"; }
            { what = "path /etc/everything/greeting"; }
            { what = "path /etc/everything/link"; }
            { what = "path /etc/everything/free.toml"; }
            { what = "path /etc/everything/directives.conf"; }
            { what = "user everything"; }
            { what = "user everything-person"; }
            { what = "group everything"; }
            { what = "group everything-shared"; }
            { what = "path /var/cache/everything"; }
            { what = "path /run/everything.port"; }
          ]
          ++ lib.mapAttrsToList (_: job: {
            what = "TCP port ${toString job.port}";
            options = [ "domi.services.everything.jobs.<name>.port" ];
          }) (lib.filterAttrs (_: job: job.active) cfg.jobs)
          ++ lib.optional cfg.flag { what = "UDP port 53"; }
          ++ map (name: {
            what = "path ${plainPath name}";
            options = [ "domi.services.everything.names" ];
          }) (map (it: "/srv/${it}") cfg.names)
          ++ lib.optional (!cfg.quiet) { what = "command everything-status"; }
          ++ lib.optional cfg.tls.enable { what = "unit everything.socket"; }
          ++ lib.mapAttrsToList (name: _: {
            what = "unit everything-${name}.service";
            options = [ "domi.services.everything.jobs" ];
          }) (lib.filterAttrs (_: job: job.active) cfg.jobs)
          ++ lib.mapAttrsToList (name: _: {
            what = "unit everything-${name}.timer";
            options = [ "domi.services.everything.jobs" ];
          }) cfg.jobs
          ++ [
            {
              what = "path ${plainPath "/var/lib/everything/${cfg.line}"}";
              options = [ "domi.services.everything.line" ];
            }
          ]
          ++ lib.optional cfg.quiet { what = "unit srv-every\\x2dthing.automount"; }
          ++ lib.optional cfg.quiet { what = "unit srv-.hidden.mount"; }
          ++ lib.optional cfg.flag { what = "drop-in of systemd-udev-trigger.service"; }
          ++ lib.mapAttrsToList (name: _: {
            what = "drop-in of ${name}.service";
            options = [ "domi.services.everything.guarded" ];
          }) (lib.filterAttrs (_: _: cfg.flag) cfg.guarded)
          ++ lib.optional (cfg.word != 0) {
            what = "path ${plainPath "/etc/everything/share-${toString (1000 / cfg.word)}"}";
            options = [ "domi.services.everything.word" ];
          }
          ++ lib.optional cfg.quiet { what = "path /etc/everything/owned"; }
          ++ lib.optional cfg.flag { what = "path /etc/everything/summary.json"; }
          ++ lib.mapAttrsToList (name: _: {
            what = "path ${plainPath "/etc/everything/jobs/${name}"}";
            options = [ "domi.services.everything.jobs" ];
          }) cfg.jobs
          ++ lib.optional (!cfg.flag) { what = "user everything"; }
          ++ lib.mapAttrsToList (name: _: {
            what = "user ${name}";
            options = [ "domi.services.everything.jobs" ];
          }) cfg.jobs
          ++ lib.optional cfg.quiet { what = "user everything-worker"; }
          ++ lib.optional cfg.quiet {
            what = "path ${plainPath "${cfg.stateDir}"}";
            options = [ "domi.services.everything.stateDir" ];
          }
          ++ lib.mapAttrsToList (label: _: {
            what = "group ${label}";
            options = [ "domi.services.everything.labels" ];
          }) (lib.filterAttrs (_: text: text == "a") cfg.labels)
          ++ lib.optional cfg.quiet {
            what = "group ${cfg.word8}";
            options = [ "domi.services.everything.word8" ];
          }
          ++ lib.optional cfg.quiet { what = "path /var/cache/everything"; }
          ++ lib.optional cfg.flag { what = "path /run/everything"; }
          ++ lib.mapAttrsToList (_: job: {
            what = "path ${plainPath "${job.target}"}";
            options = [ "domi.services.everything.jobs.<name>.target" ];
          }) cfg.jobs;
          requires = lib.mkIf (cfg.flag && cfg.quiet) [ "another" ];
          wants = [ "everything-bare" ];
          conflicts = [ "nothing" ] ++ lib.optional cfg.quiet "everything-copy";
        };
      }
      (lib.optionalAttrs (options ? domi.security.gateway) {
        security.gateway = lib.mkMerge [
          (lib.mkIf cfg.flag {
            sites.everything.domain = cfg.greeting;
            rules = lib.mkAfter [ number ];
          })
          {
            level = lib.mkDefault 3;
          }
          (lib.mkIf cfg.quiet {
            default = lib.mkForce null;
          })
        ];
      })
      (lib.optionalAttrs (options ? domi.services.store) { services.store.sizes.everything = cfg.port; })
    ];
  };

  meta.maintainers = lib.filter (person: lib.elem person.github or null [ "ada" ]) (
    lib.attrValues lib.maintainers
  );
}

//! The table itself, by section, from systemd's own parsers of versions 252 to 257.

use super::form::Form;
use super::reading::{Reading, Start};

/// Directives that are read alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub(super) reading: Reading,
    pub(super) repeats: bool,
    pub(super) names: &'static str,
}

pub(super) const fn once(reading: Reading, names: &'static str) -> Rows {
    Rows { reading, repeats: false, names }
}

const fn many(reading: Reading, names: &'static str) -> Rows {
    Rows { reading, repeats: true, names }
}

pub(super) const fn form(form: Form, names: &'static str) -> Rows {
    once(Reading::Form(form), names)
}

const fn words(choices: &'static str, names: &'static str) -> Rows {
    form(Form::OneOf(choices), names)
}

pub(super) const TEXT: Reading = Reading::Line { start: Start::Any, expands: true };
pub(super) const PATH: Reading = Reading::Line { start: Start::Root, expands: true };
const LABEL: Reading = Reading::Line { start: Start::Like("[^-].*"), expands: true };
const CONDITION: Reading = Reading::Line { start: Start::Like("[^|!].*"), expands: true };
const CREDENTIAL: Reading = Reading::Line { start: Start::Credential, expands: true };
const WORDS: Reading = Reading::Words(Start::Any);
const PATHS: Reading = Reading::Words(Start::Root);
const NAME: Reading = Reading::Names { start: Start::Any, expands: true };
const RAW_NAME: Reading = Reading::Names { start: Start::Any, expands: false };
const BARE_PATH: Reading = Reading::Names { start: Start::Root, expands: true };
const FOLDER: Reading = Reading::Names { start: Start::Below, expands: true };

/// The sections, each with the parts of the table that it has.
pub(super) const SECTIONS: &[(&str, &[&[Rows]])] = &[
    ("Unit", &[UNIT]),
    ("Service", &[SERVICE, EXECUTION, KILLING, RESOURCES]),
    ("Socket", &[SOCKET, EXECUTION, KILLING, RESOURCES]),
    ("Slice", &[RESOURCES]),
    ("Timer", &[TIMER]),
    ("Path", &[WATCHED]),
];

const ACTIONS: &str = "none|reboot|reboot-force|reboot-immediate|poweroff|poweroff-force|\
                       poweroff-immediate|exit|exit-force";

const JOB_MODES: &str =
    "fail|replace|replace-irreversibly|isolate|flush|ignore-dependencies|ignore-requirements";

const UNIT: &[Rows] = &[
    form(
        Form::Boolean,
        "AllowIsolate DefaultDependencies IgnoreOnIsolate RefuseManualStart RefuseManualStop \
         StopWhenUnneeded SurviveFinalKillSignal",
    ),
    once(TEXT, "Description JobTimeoutRebootArgument RebootArgument"),
    many(WORDS, "Documentation"),
    words(ACTIONS, "FailureAction JobTimeoutAction StartLimitAction SuccessAction"),
    words("inactive|inactive-or-failed", "CollectMode"),
    words(JOB_MODES, "OnFailureJobMode OnSuccessJobMode"),
    form(Form::Status, "FailureActionExitStatus SuccessActionExitStatus"),
    form(Form::TimeSpan, "JobRunningTimeoutSec JobTimeoutSec StartLimitIntervalSec"),
    form(Form::Natural, "StartLimitBurst"),
    once(PATH, "SourcePath"),
    many(PATHS, "RequiresMountsFor WantsMountsFor"),
    many(
        Reading::Units,
        "After Before BindsTo Conflicts JoinsNamespaceOf OnFailure OnSuccess PartOf \
         PropagatesReloadTo PropagatesStopTo ReloadPropagatedFrom Requires Requisite \
         StopPropagatedFrom Upholds Wants",
    ),
    many(
        CONDITION,
        "AssertDirectoryNotEmpty AssertFileIsExecutable AssertFileNotEmpty AssertNeedsUpdate \
         AssertPathExists AssertPathExistsGlob AssertPathIsDirectory AssertPathIsEncrypted \
         AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsSymbolicLink \
         ConditionDirectoryNotEmpty ConditionFileIsExecutable ConditionFileNotEmpty \
         ConditionNeedsUpdate ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory \
         ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite \
         ConditionPathIsSymbolicLink",
    ),
    many(
        CONDITION,
        "AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure AssertCPUs \
         AssertCapability AssertControlGroupController AssertCredential AssertEnvironment \
         AssertFirstBoot AssertGroup AssertHost AssertIOPressure AssertKernelCommandLine \
         AssertKernelVersion AssertMemory AssertMemoryPressure AssertOSRelease AssertSecurity \
         AssertUser AssertVirtualization ConditionACPower ConditionArchitecture \
         ConditionCPUFeature ConditionCPUPressure ConditionCPUs ConditionCapability \
         ConditionControlGroupController ConditionCredential ConditionEnvironment \
         ConditionFirmware ConditionFirstBoot ConditionGroup ConditionHost ConditionIOPressure \
         ConditionKernelCommandLine ConditionKernelVersion ConditionMemory \
         ConditionMemoryPressure ConditionOSRelease ConditionSecurity ConditionUser \
         ConditionVirtualization",
    ),
];

const LOG_LEVELS: &str = "emerg|alert|crit|err|warning|notice|info|debug|[0-7]";

pub(super) const EXECUTION: &[Rows] = &[
    form(
        Form::Boolean,
        "BindLogSockets CPUSchedulingResetOnFork DynamicUser IgnoreSIGPIPE LockPersonality \
         MemoryDenyWriteExecute MemoryKSM MountAPIVFS NoNewPrivileges PrivateDevices PrivateIPC \
         PrivateMounts PrivateNetwork PrivateTmp PrivateUsers PrivatePIDs ProtectClock \
         ProtectControlGroups ProtectHostname ProtectKernelLogs ProtectKernelModules \
         ProtectKernelTunables RemoveIPC RestrictRealtime RestrictSUIDSGID RootEphemeral \
         SetLoginEnvironment SyslogLevelPrefix TTYReset TTYVHangup TTYVTDisallocate",
    ),
    once(
        TEXT,
        "PAMName StandardError StandardInput StandardOutput SyslogIdentifier UtmpIdentifier",
    ),
    once(
        PATH,
        "IPCNamespacePath NetworkNamespacePath RootDirectory RootImage RootVerity TTYPath \
         WorkingDirectory",
    ),
    many(PATH, "EnvironmentFile"),
    once(LABEL, "AppArmorProfile SELinuxContext SmackProcessLabel"),
    many(WORDS, "Environment LogExtraFields PassEnvironment UnsetEnvironment"),
    many(
        PATHS,
        "BindPaths BindReadOnlyPaths ExecPaths ExtensionDirectories InaccessiblePaths NoExecPaths \
         ReadOnlyPaths ReadWritePaths",
    ),
    many(BARE_PATH, "ExecSearchPath ExtensionImages MountImages TemporaryFileSystem"),
    many(
        FOLDER,
        "CacheDirectory ConfigurationDirectory LogsDirectory RuntimeDirectory StateDirectory",
    ),
    many(CREDENTIAL, "LoadCredential LoadCredentialEncrypted"),
    many(NAME, "ImportCredential SupplementaryGroups"),
    once(NAME, "Group LogNamespace RootImageOptions User"),
    many(
        RAW_NAME,
        "AmbientCapabilities CapabilityBoundingSet RestrictAddressFamilies RestrictFileSystems \
         RestrictNamespaces SetCredential SetCredentialEncrypted StandardInputData \
         StandardInputText SystemCallArchitectures SystemCallFilter SystemCallLog",
    ),
    many(Reading::Line { start: Start::Like("[^~].*"), expands: false }, "LogFilterPatterns"),
    once(
        RAW_NAME,
        "CoredumpFilter ExtensionImagePolicy MountImagePolicy RootHash RootHashSignature \
         RootImagePolicy SecureBits SystemCallErrorNumber SyslogFacility",
    ),
    words("other|batch|idle|fifo|rr", "CPUSchedulingPolicy"),
    words("[1-9]|[1-9][0-9]", "CPUSchedulingPriority"),
    words("realtime|best-effort|idle|[0-3]", "IOSchedulingClass"),
    words("[0-7]", "IOSchedulingPriority"),
    words("inherit|private|shared", "KeyringMode"),
    words("shared|slave|private", "MountFlags"),
    words("[+-]?1?[0-9]|-20", "Nice"),
    words("-?[0-9]{1,3}|-?1000", "OOMScoreAdjust"),
    words("no|yes|false|true|0|1|restart", "RuntimeDirectoryPreserve"),
    words("init|login|user", "UtmpMode"),
    words(LOG_LEVELS, "LogLevelMax SyslogLevel"),
    words("default|preferred|bind|interleave|local", "NUMAPolicy"),
    words("x86|x86-64|arm64|arm|mips|mips-le|ppc|ppc-le|s390|s390x", "Personality"),
    words("all|pid", "ProcSubset"),
    words("no|yes|false|true|0|1|off|on|read-only|tmpfs", "ProtectHome"),
    words("noaccess|invisible|ptraceable|default", "ProtectProc"),
    words("no|yes|false|true|0|1|off|on|full|strict", "ProtectSystem"),
    form(Form::Processors, "CPUAffinity NUMAMask"),
    form(
        Form::Mode,
        "CacheDirectoryMode ConfigurationDirectoryMode LogsDirectoryMode RuntimeDirectoryMode \
         StateDirectoryMode UMask",
    ),
    form(
        Form::Limit,
        "LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE \
         LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING \
         LimitSTACK",
    ),
    form(Form::TimeSpan, "LogRateLimitIntervalSec TimeoutCleanSec TimeoutSec TimerSlackNSec"),
    form(Form::Natural, "LogRateLimitBurst TTYColumns TTYRows"),
];

pub(super) const KILLING: &[Rows] = &[
    form(Form::Boolean, "SendSIGHUP SendSIGKILL"),
    words("control-group|process|mixed|none", "KillMode"),
    form(Form::Signal, "FinalKillSignal KillSignal RestartKillSignal WatchdogSignal"),
];

pub(super) const RESOURCES: &[Rows] = &[
    form(
        Form::Boolean,
        "BlockIOAccounting CPUAccounting CoredumpReceive IOAccounting IPAccounting \
         MemoryAccounting MemoryZSwapWriteback TasksAccounting",
    ),
    form(
        Form::Processors,
        "AllowedCPUs AllowedMemoryNodes StartupAllowedCPUs StartupAllowedMemoryNodes",
    ),
    form(
        Form::Weight,
        "BlockIOWeight CPUWeight IOWeight StartupBlockIOWeight StartupCPUWeight StartupIOWeight",
    ),
    form(Form::Percentage, "CPUQuota ManagedOOMMemoryPressureLimit"),
    form(
        Form::Memory,
        "DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow MemoryHigh MemoryLow MemoryMax \
         MemoryMin MemorySwapMax MemoryZSwapMax StartupMemoryHigh StartupMemoryLow \
         StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax",
    ),
    form(Form::Tasks, "TasksMax"),
    form(
        Form::TimeSpan,
        "CPUQuotaPeriodSec ManagedOOMMemoryPressureDurationSec MemoryPressureThresholdSec",
    ),
    many(
        WORDS,
        "BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth DeviceAllow \
         IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax IOReadIOPSMax \
         IOWriteBandwidthMax IOWriteIOPSMax",
    ),
    many(PATH, "IPEgressFilterPath IPIngressFilterPath"),
    many(NAME, "BPFProgram NFTSet"),
    many(
        RAW_NAME,
        "DisableControllers IPAddressAllow IPAddressDeny RestrictNetworkInterfaces \
         SocketBindAllow SocketBindDeny",
    ),
    once(RAW_NAME, "Delegate DelegateSubgroup"),
    once(Reading::Units, "Slice"),
    words("auto|closed|strict", "DevicePolicy"),
    words("auto|kill", "ManagedOOMMemoryPressure ManagedOOMSwap"),
    words("none|avoid|omit", "ManagedOOMPreference"),
    words("auto|on|off|skip|yes|no|true|false", "MemoryPressureWatch"),
];

const SERVICE: &[Rows] = &[
    form(
        Form::Boolean,
        "GuessMainPID NonBlocking PermissionsStartOnly RemainAfterExit RootDirectoryStartOnly",
    ),
    many(
        Reading::Command,
        "ExecCondition ExecReload ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost",
    ),
    once(NAME, "BusName"),
    once(TEXT, "PIDFile"),
    once(PATH, "USBFunctionDescriptors USBFunctionStrings"),
    many(BARE_PATH, "OpenFile"),
    many(Reading::Units, "Sockets"),
    words("simple|exec|forking|oneshot|dbus|notify|idle", "Type"),
    words("no|on-success|on-failure|on-abnormal|on-abort|always", "Restart"),
    words("normal|direct", "RestartMode"),
    words("main|cgroup", "ExitType"),
    words("none|main|exec|all", "NotifyAccess"),
    words("continue|stop|kill", "OOMPolicy"),
    words("terminate|abort|kill", "TimeoutStartFailureMode TimeoutStopFailureMode"),
    words("no|yes|false|true|0|1|restart", "FileDescriptorStorePreserve"),
    form(
        Form::TimeSpan,
        "RestartMaxDelaySec RestartSec RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutAbortSec \
         TimeoutStartSec TimeoutStopSec WatchdogSec",
    ),
    form(Form::Natural, "FileDescriptorStoreMax RestartSteps"),
    form(Form::Signal, "ReloadSignal"),
    many(RAW_NAME, "RestartForceExitStatus RestartPreventExitStatus SuccessExitStatus"),
];

const SOCKET: &[Rows] = &[
    form(
        Form::Boolean,
        "Accept Broadcast FlushPending FreeBind KeepAlive NoDelay PassCredentials \
         PassFileDescriptorsToExec PassPacketInfo PassSecurity RemoveOnStop ReusePort \
         SELinuxContextFromNet Transparent Writable",
    ),
    many(Reading::Command, "ExecStartPost ExecStartPre ExecStopPost ExecStopPre"),
    many(
        TEXT,
        "ListenDatagram ListenFIFO ListenMessageQueue ListenNetlink ListenSequentialPacket \
         ListenSpecial ListenStream ListenUSBFunction",
    ),
    many(PATHS, "Symlinks"),
    once(TEXT, "SmackLabel SmackLabelIPIn SmackLabelIPOut"),
    once(NAME, "FileDescriptorName SocketGroup SocketUser"),
    once(RAW_NAME, "BindToDevice IPTOS TCPCongestion"),
    once(Reading::Units, "Service"),
    words("default|both|ipv6-only|no|yes|false|true", "BindIPv6Only"),
    words("udplite|sctp", "SocketProtocol"),
    words("off|us|ns", "Timestamping"),
    form(Form::Size, "PipeSize ReceiveBuffer SendBuffer"),
    form(
        Form::Natural,
        "Backlog IPTTL KeepAliveProbes Mark MaxConnections MaxConnectionsPerSource \
         MessageQueueMaxMessages MessageQueueMessageSize PollLimitBurst TriggerLimitBurst",
    ),
    form(Form::Integer, "Priority"),
    form(Form::Mode, "DirectoryMode SocketMode"),
    form(
        Form::TimeSpan,
        "DeferAcceptSec KeepAliveIntervalSec KeepAliveTimeSec PollLimitIntervalSec \
         TriggerLimitIntervalSec",
    ),
];

const TIMER: &[Rows] = &[
    form(
        Form::Boolean,
        "DeferReactivation FixedRandomDelay OnClockChange OnTimezoneChange Persistent \
         RemainAfterElapse WakeSystem",
    ),
    form(Form::TimeSpan, "AccuracySec RandomizedDelaySec"),
    many(Reading::Form(Form::Calendar), "OnCalendar"),
    many(
        Reading::Form(Form::TimeSpan),
        "OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec",
    ),
    once(Reading::Units, "Unit"),
];

const WATCHED: &[Rows] = &[
    many(PATH, "DirectoryNotEmpty PathChanged PathExists PathExistsGlob PathModified"),
    form(Form::Boolean, "MakeDirectory"),
    form(Form::Mode, "DirectoryMode"),
    form(Form::TimeSpan, "TriggerLimitIntervalSec"),
    form(Form::Natural, "TriggerLimitBurst"),
    once(Reading::Units, "Unit"),
];

/// Directives that the oldest systemd does not have, by the version that they came with.
pub(super) const LATER: &[(u16, &[&str])] = &[
    (253, &["LogFilterPatterns", "MemoryZSwapMax", "OpenFile", "ReloadSignal"]),
    (
        254,
        &[
            "DefaultStartupMemoryLow",
            "DelegateSubgroup",
            "ExtensionImagePolicy",
            "FileDescriptorStorePreserve",
            "ImportCredential",
            "MemoryKSM",
            "MemoryPressureThresholdSec",
            "MemoryPressureWatch",
            "MountImagePolicy",
            "RestartMaxDelaySec",
            "RestartMode",
            "RestartSteps",
            "RootEphemeral",
            "RootImagePolicy",
            "StartupMemoryHigh",
            "StartupMemoryLow",
            "StartupMemoryMax",
            "StartupMemorySwapMax",
            "StartupMemoryZSwapMax",
        ],
    ),
    (
        255,
        &[
            "CoredumpReceive",
            "NFTSet",
            "PollLimitBurst",
            "PollLimitIntervalSec",
            "SetLoginEnvironment",
            "SurviveFinalKillSignal",
        ],
    ),
    (256, &["MemoryZSwapWriteback", "PassFileDescriptorsToExec", "WantsMountsFor"]),
    (
        257,
        &[
            "BindLogSockets",
            "DeferReactivation",
            "ManagedOOMMemoryPressureDurationSec",
            "PrivatePIDs",
        ],
    ),
];

/// Names that systemd still reads, and those that took their place.
pub(super) const OLD_NAMES: &[(&str, &str)] = &[
    ("BindTo", "BindsTo"),
    ("CPUShares", "CPUWeight"),
    ("InaccessibleDirectories", "InaccessiblePaths"),
    ("MemoryLimit", "MemoryMax"),
    ("OnFailureIsolate", "OnFailureJobMode"),
    ("PropagateReloadFrom", "ReloadPropagatedFrom"),
    ("PropagateReloadTo", "PropagatesReloadTo"),
    ("ReadOnlyDirectories", "ReadOnlyPaths"),
    ("ReadWriteDirectories", "ReadWritePaths"),
    ("RequiresOverridable", "Requires"),
    ("RequisiteOverridable", "Requisite"),
    ("StartLimitInterval", "StartLimitIntervalSec"),
    ("StartupCPUShares", "StartupCPUWeight"),
];

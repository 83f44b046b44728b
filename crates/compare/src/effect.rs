//! The table of effects: every kind of change, from which side it is felt, and what it does to the
//! version.

use schemars::JsonSchema;
use serde::Serialize;

/// From which side a change is felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// What a machine gives the feature: taking less breaks.
    Input,
    /// What the feature gives a machine: giving less, or something else, breaks.
    Output,
    /// What only people read, or only tests use.
    None,
}

/// What a change does to the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing that a machine has is another one.
    Patch,
    /// Machines that keep their settings may do more or something else, and go on working.
    Minor,
    /// A machine that keeps its settings may fail.
    Major,
}

impl Level {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl Direction {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::None => "none",
        }
    }
}

/// Makes the effects of rows: name, id, direction, level, sentence.
macro_rules! effects {
    ($($name:ident $id:literal $direction:ident $level:ident $says:literal)+) => {
        /// A kind of change. Its name in documents never gets another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
        pub enum Effect {
            $(#[doc = $says] #[serde(rename = $id)] $name,)+
        }

        impl Effect {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its stable name.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// From which side it is felt.
            pub fn direction(self) -> Direction {
                match self { $(Self::$name => Direction::$direction,)+ }
            }

            /// What it does to the version.
            pub fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)+ }
            }

            /// What it is, in a sentence.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)+ }
            }
        }
    };
}

effects! {
    KindChanged "kind-changed" Input Major "The kind is another one, and so is the path of every option."
    FeatureRenamed "feature-renamed" Input Minor "The feature has another name, and its options are still taken under the old one."
    FeatureNameWarning "feature-name-warning" Input Minor "Options under an old name of the feature give a warning now, or no longer."
    FeatureNameRemoved "feature-name-removed" Input Major "Options under an old name of the feature are no longer taken."
    OptionRemoved "option-removed" Input Major "An option, a tag or a free name is gone: who sets it is refused."
    OptionRequired "option-required" Input Major "A new option has no default: every machine has to set it."
    OptionAdded "option-added" Input Minor "A new option or tag may be set."
    OptionRenamed "option-renamed" Input Minor "An option has another name, and the old one is still taken."
    AliasWarning "alias-warning" Input Minor "Setting an old name of an option gives a warning now, or no longer."
    AliasRemoved "alias-removed" Input Major "The old name of an option is no longer taken, or is that of another option."
    DefaultRemoved "default-removed" Input Major "An option has lost its default: every machine has to set it."
    DefaultAdded "default-added" Input Minor "An option has a default now: it need not be set."
    DefaultChanged "default-changed" Input Minor "A default is another one: machines that do not set the option do something else."
    TypeNarrowed "type-narrowed" Input Major "An option no longer takes all values that it took."
    TypeWidened "type-widened" Input Minor "An option takes more values."
    TypeChanged "type-changed" Input Major "An option takes other values, or does something else with several settings of it."
    OptionReadOnly "option-read-only" Input Major "An option can no longer be set, only read."
    OptionWritable "option-writable" Input Minor "An option that could only be read can be set."
    OptionInternal "option-internal" Input Major "An option is no longer for users of the feature."
    OptionPublic "option-public" Input Minor "An option that was internal is for users now."
    AssertionAdded "assertion-added" Input Major "Something new must hold between options: some settings are refused."
    AssertionRemoved "assertion-removed" Input Minor "Something need no longer hold between options."
    RequirementAdded "requirement-added" Input Major "Another feature must be enabled on the machine."
    RequirementRemoved "requirement-removed" Input Minor "Another feature need no longer be enabled."
    ConflictAdded "conflict-added" Input Major "Another feature must not be enabled on the machine."
    ConflictRemoved "conflict-removed" Input Minor "Another feature may be enabled on the machine."
    WishChanged "wish-changed" Input Minor "It does less, with a warning, without another feature; or no longer does."
    NeighbourAdded "neighbour-added" Input Minor "It knows an option of another feature, which it sets or reads where that is there."
    NeighbourChanged "neighbour-changed" Input Major "It takes an option of another feature, or that feature, for something else."
    NeighbourRemoved "neighbour-removed" Input Minor "It no longer knows an option of another feature."
    SoftwareRemoved "software-removed" Input Major "Options that take a package no longer take this one by its name."
    SoftwareAdded "software-added" Input Minor "Options that take a package take one more by its name."
    SoftwareChanged "software-changed" Output Minor "It uses another package under the same name."
    ReadOnlyWidened "read-only-widened" Output Major "An option that is read may have values that it never had."
    ReadOnlyNarrowed "read-only-narrowed" Output Minor "An option that is read has fewer possible values."
    ReadOnlyChanged "read-only-changed" Output Major "An option that is read has another value or type."
    PlatformRemoved "platform-removed" Output Major "It is no longer for a system."
    PlatformAdded "platform-added" Output Minor "It is for one more system."
    MaturityLowered "maturity-lowered" Output Major "It may be trusted less than before."
    MaturityRaised "maturity-raised" Output Minor "It may be trusted more than before."
    ConditionChanged "condition-changed" Output Major "A part of the system is there under another condition, or for other names."
    ConditionDropped "condition-dropped" Output Minor "A part of the system that was there under a condition is always there."
    UnitRemoved "unit-removed" Output Major "A unit, or another name of one, is gone."
    UnitAdded "unit-added" Output Minor "There is one more unit, or another name of one."
    UnitChanged "unit-changed" Output Minor "A unit does its work in another way."
    StartRemoved "start-removed" Output Major "A unit is no longer started by what started it."
    StartAdded "start-added" Output Minor "A unit is started by something else as well."
    AccountChanged "account-changed" Output Major "A service runs as another user or group, who owns its files."
    ListenChanged "listen-changed" Output Major "A socket listens elsewhere."
    FolderRemoved "folder-removed" Output Major "A folder that systemd makes for a service is gone: state, cache, logs, configuration."
    FolderAdded "folder-added" Output Minor "systemd makes one more folder for a service."
    FileRemoved "file-removed" Output Major "A file under /etc is gone."
    FileAdded "file-added" Output Minor "There is one more file under /etc."
    FileChanged "file-changed" Output Minor "A file under /etc holds something else."
    FormatChanged "format-changed" Output Major "A file under /etc is in another format."
    AccessChanged "access-changed" Output Major "A file, or what systemd-tmpfiles makes, has another mode or owner."
    TmpfileRemoved "tmpfile-removed" Output Major "A rule of systemd-tmpfiles is gone: a file or folder is no longer made or cleaned up."
    TmpfileAdded "tmpfile-added" Output Minor "There is one more rule of systemd-tmpfiles."
    TmpfileChanged "tmpfile-changed" Output Minor "A rule of systemd-tmpfiles writes something else, or cleans up at another age."
    UserRemoved "user-removed" Output Major "A user, or its place in a group, is gone."
    UserAdded "user-added" Output Minor "There is one more user, or a user is in one more group."
    UserChanged "user-changed" Output Major "A user has another number, group, home or shell."
    GroupRemoved "group-removed" Output Major "A group is gone."
    GroupAdded "group-added" Output Minor "There is one more group."
    GroupChanged "group-changed" Output Major "A group has another number."
    SysctlRemoved "sysctl-removed" Output Major "A parameter of the kernel is no longer set."
    SysctlAdded "sysctl-added" Output Minor "One more parameter of the kernel is set."
    SysctlChanged "sysctl-changed" Output Minor "A parameter of the kernel has another value."
    PortRemoved "port-removed" Output Major "The firewall no longer lets a port in."
    PortAdded "port-added" Output Minor "The firewall lets one more port in."
    ClaimRemoved "claim-removed" Output Major "It no longer listens on a port, or no longer has a path for itself."
    ClaimAdded "claim-added" Output Minor "It listens on one more port, or has one more path for itself."
    CommandRemoved "command-removed" Output Major "A command or package is no longer on everyone's PATH."
    CommandAdded "command-added" Output Minor "One more command or package is on everyone's PATH."
    CommandChanged "command-changed" Output Minor "A command on everyone's PATH does its work in another way."
    SettingRemoved "setting-removed" Output Major "An option of another feature is no longer set."
    SettingAdded "setting-added" Output Minor "One more option of another feature is set."
    SettingChanged "setting-changed" Output Minor "An option of another feature is set to something else."
    NixosRemoved "nixos-removed" Output Major "An option of NixOS is no longer set."
    NixosAdded "nixos-added" Output Minor "One more option of NixOS is set."
    NixosChanged "nixos-changed" Output Minor "An option of NixOS is set to something else."
    HandWrittenChanged "hand-written-changed" Output Major "The hand-written extra.nix is another one, and what that means is not known."
    WarningChanged "warning-changed" None Patch "Other settings are warned of, or in other words."
    DocumentationChanged "documentation-changed" None Patch "What people read is another text."
    TestsChanged "tests-changed" None Patch "The tests are others."
    SourceChanged "source-changed" None Patch "The feature's folder is another one, and nothing that a manifest tells."
}

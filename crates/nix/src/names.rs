//! The names of the functions that generated modules share.

pub(crate) const COMMAND_LINE: &str = "commandLine";
/// Joins sets which have no name in common.
pub(crate) const DISJOINT: &str = "disjoint";
/// The lines of an environment file.
pub(crate) const ENVIRONMENT_LINES: &str = "environmentLines";
pub(crate) const ESCAPE_SPECIFIERS: &str = "escapeSpecifiers";
pub(crate) const ETC_PATH: &str = "etcPath";
pub(crate) const EXEC_PART: &str = "execPart";
pub(crate) const FITTING: &str = "fitting";
pub(crate) const FREE_ETC_PATH: &str = "freeEtcPath";
pub(crate) const FREE_GROUP: &str = "freeGroup";
pub(crate) const FREE_TMPFILES_PATH: &str = "freeTmpfilesPath";
pub(crate) const FREE_UNIT: &str = "freeUnit";
pub(crate) const FREE_USER: &str = "freeUser";
/// Refuses names and values that INI does not hold.
pub(crate) const INI_DATA: &str = "iniData";
/// Writes lines of a key and a value.
pub(crate) const KEY_VALUES: &str = "keyValues";
/// Merges sets, but not into packages.
pub(crate) const MERGED: &str = "merged";
pub(crate) const ONE_LINE: &str = "oneLine";
/// Refuses sets which Nix reads as something else.
pub(crate) const PLAIN_DATA: &str = "plainData";
/// A path without what does not change it.
pub(crate) const PLAIN_PATH: &str = "plainPath";
/// Refuses the commands of a service that systemd would not load.
pub(crate) const STARTABLE: &str = "startable";
/// Refuses null.
pub(crate) const TOML_DATA: &str = "tomlData";
pub(crate) const UNIT_LINE: &str = "unitLine";
pub(crate) const UNIT_TEXT: &str = "unitText";
pub(crate) const UNIT_WORD: &str = "unitWord";
/// Leaves out what is null.
pub(crate) const WITHOUT_NULLS: &str = "withoutNulls";

/// What every module may take, in the order in which it is written.
pub(crate) const ALL: [&str; 38] = [
    "bareName",
    "barePath",
    "calendar",
    COMMAND_LINE,
    "credentialPath",
    DISJOINT,
    ENVIRONMENT_LINES,
    ESCAPE_SPECIFIERS,
    ETC_PATH,
    EXEC_PART,
    FITTING,
    "folderName",
    FREE_ETC_PATH,
    FREE_GROUP,
    FREE_TMPFILES_PATH,
    FREE_UNIT,
    FREE_USER,
    "homePath",
    INI_DATA,
    KEY_VALUES,
    "memorySize",
    MERGED,
    ONE_LINE,
    PLAIN_DATA,
    PLAIN_PATH,
    "processors",
    "resourceLimit",
    "rulePath",
    "rulePattern",
    STARTABLE,
    "timeSpan",
    TOML_DATA,
    UNIT_LINE,
    "unitPattern",
    "unitReference",
    UNIT_TEXT,
    UNIT_WORD,
    WITHOUT_NULLS,
];

/// The name by which a file knows the package of a crate. A hyphen keeps it apart from all others.
pub(crate) fn of_crate(name: &str) -> String {
    if name.contains('-') { name.to_owned() } else { format!("{name}-crate") }
}

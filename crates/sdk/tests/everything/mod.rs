//! A feature that uses every type and attribute there is.

use domi::prelude::*;

/// Uses everything.
///
/// In two paragraphs.
#[derive(Debug, Clone, PartialEq, Options)]
#[options(removed("old.gone", "it did nothing; leave it out"))]
pub(crate) struct Everything {
    /// Whether.
    #[option(default = true)]
    pub(crate) boolean: bool,
    /// 8 bits.
    #[option(default = -128)]
    pub(crate) int8: i8,
    /// 16 bits.
    #[option(default = 32767)]
    pub(crate) int16: i16,
    /// 32 bits.
    #[option(default = 1)]
    pub(crate) int32: i32,
    /// 64 bits.
    #[option(default = i64::MIN)]
    pub(crate) int64: i64,
    /// 8 bits without a sign.
    #[option(default = 255)]
    pub(crate) unsigned8: u8,
    /// 16 bits without a sign.
    #[option(default = 0)]
    pub(crate) unsigned16: u16,
    /// 32 bits without a sign.
    #[option(default = 4_294_967_295_i64)]
    pub(crate) unsigned32: u32,
    /// Few.
    #[option(default = 4, range = 1..=9)]
    pub(crate) few: u8,
    /// Not negative.
    #[option(default = 0, range = 0..)]
    pub(crate) not_negative: i64,
    /// A port.
    #[option(default = cfg.fallback_port(), default_text = "the fallback", renamed_from = "old.port")]
    pub(crate) port: Port,
    /// Another port.
    #[option(default = 8080)]
    pub(crate) fallback_port: Port,
    /// A float.
    #[option(default = 0.5)]
    pub(crate) float: Float,
    /// A number.
    #[option(default = 1, range = 0.0..=1.0, example = 0.25)]
    pub(crate) number: f64,
    /// A string.
    #[option(default = text!("on {}", cfg.port()))]
    pub(crate) string: String,
    /// A string that is not empty.
    #[option(default = "x")]
    pub(crate) non_empty: NonEmptyStr,
    /// A line.
    #[option(default = "x")]
    pub(crate) line: SingleLineStr,
    /// Lines.
    #[option(default = "a\nb\n")]
    pub(crate) lines: Lines,
    /// A word.
    #[option(default = "word", matching = "[a-z]+")]
    pub(crate) word: String,
    /// A level.
    #[option(default = Level::VeryHigh)]
    pub(crate) level: Level,
    /// A path.
    #[option(default = "/srv")]
    pub(crate) path: AbsolutePath,
    /// A path in the store.
    pub(crate) store_path: Option<StorePath>,
    /// A secret.
    #[option(example = "/run/secrets/key")]
    pub(crate) secret_file: Option<SecretFile>,
    /// A package.
    #[option(default = "tool")]
    pub(crate) package: Package,
    /// Words.
    #[option(default = [], example = ["a", "b"], matching = "[a-z]")]
    pub(crate) list: Vec<String>,
    /// At least one.
    #[option(default = [1, 2])]
    pub(crate) non_empty_list: NonEmptyVec<i32>,
    /// By name.
    #[option(default = [("a", 1)])]
    pub(crate) map: BTreeMap<String, i32>,
    /// Lazily by name.
    #[option(default = attrs! {})]
    pub(crate) lazy: LazyMap<String>,
    /// One or the other.
    #[option(default = Either::Left(5))]
    pub(crate) either: Either<i32, String>,
    /// One of three.
    #[option(default = Choice::Names(vec!["a".to_owned()]))]
    pub(crate) choice: Choice,
    /// A submodule.
    #[option(default = attrs! { "path": "/" })]
    pub(crate) inner: Inner,
    /// Submodules.
    #[option(default = attrs! {})]
    pub(crate) instances: BTreeMap<String, Inner>,
    /// A tagged union.
    #[option(default = Store::Memory(16))]
    pub(crate) store: Store,
    /// JSON.
    #[option(default = attrs! {})]
    pub(crate) json: Settings<Json>,
    /// TOML, with an option of its own.
    #[option(default = attrs! { "free": [1, 2] })]
    pub(crate) toml: Settings<Toml, Declared>,
    /// YAML.
    #[option(default = attrs! {})]
    pub(crate) yaml: Settings<Yaml>,
    /// INI.
    #[option(default = attrs! { "section": { "key": 1 } })]
    pub(crate) ini: Settings<Ini>,
    /// Anything.
    #[option(default = attrs! { "a": [1, "b"] })]
    pub(crate) anything: Anything,
    /// Inside.
    #[option(default = 1, internal)]
    pub(crate) inside: i32,
    /// Hidden.
    #[option(default = 1, hidden)]
    pub(crate) hidden: i32,
    /// Computed.
    #[option(default = text!("{}!", cfg.word()), read_only, name = "madeUp")]
    pub(crate) computed: String,
    /// A name that Rust keeps to itself.
    #[option(default = "x")]
    pub(crate) r#type: String,
}

/// A level.
#[derive(Debug, Clone, Copy, PartialEq, Options)]
pub(crate) enum Level {
    Low,
    #[option(name = "so-so")]
    Medium,
    VeryHigh,
}

#[derive(Debug, Clone, PartialEq, Options)]
#[options(untagged)]
pub(crate) enum Choice {
    Number(i32),
    Name(NonEmptyStr),
    Names(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Options)]
pub(crate) enum Store {
    /// In memory, so many MiB.
    Memory(u32),
    /// In a folder.
    LocalFolder(Inner),
}

#[derive(Debug, Clone, PartialEq, Options)]
pub(crate) struct Inner {
    /// A path.
    pub(crate) path: AbsolutePath,
    /// Another path.
    #[option(default = cfg.path())]
    pub(crate) backup: AbsolutePath,
    /// A name.
    #[option(default = "none", example = "docs")]
    pub(crate) name: String,
    /// A depth below.
    pub(crate) deeper: Option<Deeper>,
}

#[derive(Debug, Clone, PartialEq, Options)]
pub(crate) struct Deeper {
    /// A level.
    #[option(default = Level::Low)]
    pub(crate) level: Level,
}

#[derive(Debug, Clone, PartialEq, Options)]
pub(crate) struct Declared {
    /// A port.
    #[option(default = 80)]
    pub(crate) port: Port,
}
